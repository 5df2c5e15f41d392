import Documents

/// A Kinesis stream that gets a table's changes.
struct KinesisDestination: Codable, Sendable, Equatable {
    var stream: String
    /// `ACTIVE` or `DISABLED`.
    var status: String
    /// `MILLISECOND` or `MICROSECOND`.
    var precision: String
}
