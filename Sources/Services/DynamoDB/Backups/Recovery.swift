import Documents
import Kernel
import Store

/// Point-in-time recovery of a table, while it is on.
struct Recovery: Codable, Sendable, Equatable {
    enum Limit {
        static let days: Int64 = 35
        /// AWS restores up to five minutes ago; here the log is whole at once, and the present second is too.
        static let secondsADay: Int64 = 86_400
    }
    var since: Timestamp
    var days: Int64

    /// The earliest moment that can be restored.
    func earliest(at now: Timestamp) -> Timestamp { max(since, now - .seconds(days * Limit.secondsADay)) }
}

/// `RestoreSummary`: where a restored table's items came from.
struct RestoreSummary: Codable, Sendable, Equatable {
    var backup: String?
    var source: String
    var time: Timestamp
}

/// A copy of a table as of one moment that is under way: what changes meanwhile is logged for it.
struct CopyUnderWay: Codable, Sendable, Equatable {
    var id: String
    var asOf: Timestamp
}
