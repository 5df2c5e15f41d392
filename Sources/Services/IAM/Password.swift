import Crypto
import CryptoExtras
import Documents
import Kernel

/// A password as it is kept: its scrypt hash (RFC 7914), never itself.
struct PasswordHash: Codable, Sendable, Hashable {
    private enum Cost {
        static let rounds = 16_384
        static let blockSize = 8
        static let bytes = 32
    }
    var salt: [UInt8]
    var hash: [UInt8]

    init(_ password: String) throws {
        salt = Identifier.random(16)
        hash = try Self.derive(password, salt)
    }

    func matches(_ password: String) throws -> Bool { ConstantTime.equal(hash, try Self.derive(password, salt)) }

    private static func derive(_ password: String, _ salt: [UInt8]) throws -> [UInt8] {
        let key = try KDF.Scrypt.deriveKey(
            from: Array(password.utf8), salt: salt, outputByteCount: Cost.bytes, rounds: Cost.rounds, blockSize: Cost.blockSize,
            parallelism: 1)
        return key.withUnsafeBytes { Array($0) }
    }
}
