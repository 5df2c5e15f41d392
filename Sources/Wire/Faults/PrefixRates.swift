import Synchronization

/// Requests in the present second, by prefix: what a key has before its last `/`
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html).
final class PrefixRates: Sendable {
    /// What S3 promises for each prefix.
    static let reads: Int64 = 5_500
    static let writes: Int64 = 3_500

    private struct State {
        var second: Int64 = 0
        var counts: [String: (reads: Int64, writes: Int64)] = [:]
    }
    private let state = Mutex(State())

    /// Operations that count as reads; the others change something.
    private static func isRead(_ operation: String) -> Bool {
        operation.hasPrefix("Get") || operation.hasPrefix("Head") || operation.hasPrefix("List") || operation.hasPrefix("Select")
    }

    /// Counts a request.
    /// - Parameters:
    ///   - rule: each counts for itself.
    ///   - second: of any clock that goes with the machine's.
    /// - Returns: whether it is beyond what its prefix bears in this second.
    func exceeds(_ operation: String, rule: Int, bucket: String, key: String, reads: Int64, writes: Int64, second: Int64) -> Bool
    {
        let isRead = Self.isRead(operation)
        let folder = key.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(key[..<$0]) } ?? ""
        let name = "\(rule) \(bucket)/\(folder)"
        return state.withLock { state in
            if state.second != second { (state.second, state.counts) = (second, [:]) }
            var count = state.counts[name] ?? (0, 0)
            if isRead { count.reads += 1 } else { count.writes += 1 }
            // More prefixes than this in one second are not hot.
            if state.counts[name] != nil || state.counts.count < FaultInjector.Bound.prefixes { state.counts[name] = count }
            return isRead ? count.reads > reads : count.writes > writes
        }
    }
}
