import Crypto
import Documents
import Kernel
import Store

/// Addresses from which a package can be fetched without credentials, for ten minutes as AWS's.
///
/// They are signed with a key of this process: they end with it.
public struct CodeLinks: Sendable {
    enum Limit {
        static let life = Duration.seconds(600)
    }

    /// Where the front door serves them.
    public static let path = "/_tarn/lambda/code"
    private let key = SymmetricKey(size: .bits256)

    func url(to code: BlobID, _ context: Context) -> String {
        let expires = (context.now + Limit.life).seconds
        let base = context.http.map { "\($0.isSecure ? "https" : "http")://\($0.host)" } ?? context.platform.endpoint
        return "\(base)\(Self.path)?archive=\(code.text)&expires=\(expires)&signature=\(signature(code.text, "\(expires)"))"
    }

    private func signature(_ code: String, _ expires: String) -> String {
        Hex.encode(HMAC<SHA256>.authenticationCode(for: Array("\(code) \(expires)".utf8), using: key))
    }

    /// - Returns: nil for a link that is none of ours or has ended.
    func archive(_ query: [String: String], now: Timestamp) -> BlobID? {
        guard let code = query["archive"], let expires = query["expires"], let given = query["signature"].flatMap(Hex.decode),
            let end = Int64(expires), now.seconds <= end,
            HMAC<SHA256>.isValidAuthenticationCode(given, authenticating: Array("\(code) \(expires)".utf8), using: key)
        else { return nil }
        return BlobID(code)
    }
}

extension LambdaService {
    /// The package behind a link of GetFunction or GetLayerVersion; nil for a link that does not hold.
    public func package(_ query: [String: String], _ platform: Platform) async throws -> [UInt8]? {
        guard let id = links.archive(query, now: platform.clock.now()) else { return nil }
        return try await parts().code.read(id)
    }
}
