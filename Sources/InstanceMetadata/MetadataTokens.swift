import Crypto
import Documents
import Kernel

/// The session tokens of IMDSv2. They say until when they hold and are sealed with a key of this process, so none is kept.
struct MetadataTokens: Sendable {
    enum Limit {
        /// Seconds (EC2 User Guide, "Use IMDSv2").
        static let longest = 21_600
        static let bytes = 48
    }
    private let key = SymmetricKey(size: .bits256)

    /// - Parameter now: a reading that only grows.
    func issue(seconds: Int, now: Duration) -> String {
        var bytes = Self.bytes(of: (now + .seconds(seconds)).components.seconds) + Identifier.random(8)
        bytes += Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key))
        return Base64.string(bytes)
    }

    func isValid(_ token: String, now: Duration) -> Bool {
        guard token.utf8.count <= 2 * Limit.bytes, let bytes = Base64.decode(token), bytes.count == Limit.bytes,
            HMAC<SHA256>.isValidAuthenticationCode(bytes[16...], authenticating: bytes[..<16], using: key)
        else { return false }
        let end = bytes[..<8].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return now.components.seconds < end
    }

    private static func bytes(of number: Int64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) } }
}
