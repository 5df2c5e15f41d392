/// The prefix of a rule, in lifecycle and replication alike.
enum PrefixRules {
    /// - Throws: ``S3Fault/invalidRequest(_:)``: no key could begin with it.
    static func check(_ prefix: String?) throws {
        guard let prefix, prefix.utf8.count > Limit.keySize else { return }
        throw S3Fault.invalidRequest("The maximum size of a prefix is \(Limit.keySize).")
    }
}
