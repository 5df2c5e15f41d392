import Documents

/// One Region of a global table.
struct Replica: Codable, Sendable, Equatable {
    enum Work: String, Codable, Sendable { case creating = "CREATING", deleting = "DELETING" }
    var region: String
    /// nil is none: it is active.
    var work: Work?
    var status: String { work?.rawValue ?? "ACTIVE" }
}
