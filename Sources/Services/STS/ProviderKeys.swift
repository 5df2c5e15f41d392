import Documents
import Kernel
import Outbound

/// The signing keys of OpenID providers, taken from the address that their discovery document names
/// (https://openid.net/specs/openid-connect-discovery-1_0.html) and kept for a while.
actor ProviderKeys {
    enum Limit {
        static let answerBytes = 256 << 10
        static let keys = 100
        static let providers = 1_000
        static let timeout = Duration.seconds(5)
        /// How long keys are kept, by the machine's time.
        static let lifetime = Duration.seconds(600)
        /// A key that is not known is looked for again after this: tokens with invented keys must not make us a client that
        /// asks without end.
        static let retry = Duration.seconds(10)
    }
    private struct Entry {
        var keys: [Document]
        var fetched: Duration
    }
    private var known: [String: Entry] = [:]

    /// The provider's keys that a token may be signed with.
    /// - Parameter keyID: the token's `kid`; keys are asked for anew when it is not among those known.
    /// - Throws: ``STSFault/providerUnreachable``
    func keys(_ provider: OpenIDProviderRecord, keyID: String?) async throws -> [Document] {
        let address = "\(provider.scheme)://\(provider.issuer)"
        let now = RealTime.reading()
        if let entry = known[address] {
            let matching = Self.matching(entry.keys, keyID)
            let age = now - entry.fetched
            if age < Limit.retry || (age < Limit.lifetime && !matching.isEmpty) { return matching }
        }
        let fetched = try await Self.fetch(address)
        if known.count >= Limit.providers { known.removeAll() }
        known[address] = Entry(keys: fetched, fetched: RealTime.reading())
        return Self.matching(fetched, keyID)
    }

    private static func matching(_ keys: [Document], _ keyID: String?) -> [Document] {
        guard let keyID else { return keys }
        return keys.filter { $0["kid"]?.string == keyID || $0["kid"] == nil }
    }

    private static func fetch(_ address: String) async throws -> [Document] {
        let discovery = try await get(address + "/.well-known/openid-configuration")
        guard let issuer = discovery["issuer"]?.string, trimmed(issuer) == address, let keys = discovery["jwks_uri"]?.string,
            keys.hasPrefix("https://") || (keys.hasPrefix("http://") && address.hasPrefix("http://"))
        else { throw STSFault.providerUnreachable }
        guard let set = try await get(keys)["keys"]?.list, set.count <= Limit.keys else { throw STSFault.providerUnreachable }
        return set
    }

    private static func trimmed(_ issuer: String) -> String { issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer }

    private static func get(_ url: String) async throws -> Document {
        do {
            let response = try await Outbound.send(
                OutboundRequest("GET", url, timeout: Limit.timeout, answerBytes: Limit.answerBytes))
            guard response.status == 200, !response.isCut else { throw STSFault.providerUnreachable }
            return try JSON.parse(response.body)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // Whatever kept the provider from answering well: that is what the caller is told.
            throw STSFault.providerUnreachable
        }
    }
}
