import Documents
import Synchronization

/// The `Date` header, written once a second.
final class DateHeader: Sendable {
    private let last = Mutex<(second: Int64, text: String)>((.min, ""))

    func text(_ now: Timestamp) -> String {
        let second = now.seconds
        return last.withLock { last in
            if last.second != second { last = (second, now.httpDate()) }
            return last.text
        }
    }
}
