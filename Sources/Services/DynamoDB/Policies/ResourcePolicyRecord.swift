/// The policy of a table or stream.
struct ResourcePolicyRecord: Codable, Sendable, Equatable {
    var json: String
    var revision: String
}
