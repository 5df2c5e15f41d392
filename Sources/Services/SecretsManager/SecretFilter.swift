/// One filter of ListSecrets and BatchGetSecretValue. Its values are alternatives; one that begins with `!` excludes
/// (https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html).
struct SecretFilter: Codable, Sendable {
    var Key: String?
    var Values: [String]?

    func check() throws {
        guard let Key else { throw SecretsFault.invalidParameter("A filter must have a key.") }
        guard let Values, !Values.isEmpty else { throw SecretsFault.invalidParameter("Invalid filter values for key: \(Key)") }
    }

    func matches(_ secret: SecretRecord) -> Bool {
        var wanted: [String] = []
        for value in Values ?? [] {
            if value.hasPrefix("!") {
                if holds(String(value.dropFirst()), secret) { return false }
            } else {
                wanted.append(value)
            }
        }
        return wanted.isEmpty || wanted.contains { holds($0, secret) }
    }

    private func holds(_ value: String, _ secret: SecretRecord) -> Bool {
        switch Key {
        case "name": secret.name.hasPrefix(value)
        case "description": (secret.description ?? "").lowercased().hasPrefix(value.lowercased())
        case "tag-key": secret.tags.contains { ($0.Key ?? "").hasPrefix(value) }
        case "tag-value": secret.tags.contains { ($0.Value ?? "").hasPrefix(value) }
        case "primary-region": (secret.primaryRegion ?? "").hasPrefix(value) && secret.primaryRegion != nil
        case "owning-service": (secret.owningService ?? "").hasPrefix(value) && secret.owningService != nil
        default: everywhere(value, secret)
        }
    }

    /// `all`: each word of the value begins a word of some attribute.
    private func everywhere(_ value: String, _ secret: SecretRecord) -> Bool {
        let attributes =
            [secret.name, secret.description, secret.owningService, secret.primaryRegion].compactMap { $0 }
            + secret.tags.flatMap { [$0.Key ?? "", $0.Value ?? ""] }
        let words = attributes.flatMap { [$0.lowercased()] + Self.words($0) }
        return Self.words(value).allSatisfy { word in words.contains { $0.hasPrefix(word) } }
    }

    private static func words(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }
}
