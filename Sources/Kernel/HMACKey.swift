import Crypto
import Documents

/// HMAC-SHA-256 (RFC 2104) under a key that is used again and again.
///
/// The key's two blocks are hashed once, when this is made; swift-crypto's `HMAC` hashes one of them for every message, and its
/// generic calls cost more than hashing a short message does. The hash itself is swift-crypto's.
public struct HMACKey: Sendable {
    /// A block of SHA-256.
    private typealias Block = SIMD64<UInt8>
    private let inner: SHA256
    private let outer: SHA256

    public init(_ key: SymmetricKey) { self = key.withUnsafeBytes { HMACKey(bytes: $0) } }

    /// - Parameter key: a code whose bytes are a key in turn.
    public init(_ key: SHA256Digest) { self = key.withUnsafeBytes { HMACKey(bytes: $0) } }

    private init(bytes: UnsafeRawBufferPointer) {
        var block = Block()
        withUnsafeMutableBytes(of: &block) { block in
            if bytes.count <= block.count {
                block.copyMemory(from: bytes)
            } else {
                SHA256.hash(data: bytes).withUnsafeBytes { block.copyMemory(from: $0) }
            }
        }
        (inner, outer) = (Self.begun(block ^ Block(repeating: 0x36)), Self.begun(block ^ Block(repeating: 0x5C)))
    }

    private static func begun(_ block: Block) -> SHA256 {
        var hash = SHA256()
        withUnsafeBytes(of: block) { hash.update(bufferPointer: $0) }
        return hash
    }

    /// The key that Signature Version 4 signs with for one day, Region and service
    /// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
    /// - Parameters:
    ///   - secret: of the access key.
    ///   - date: `20260101`
    ///   - service: the signing name.
    public static func signing(secret: String, date: String, region: String, service: String) -> HMACKey {
        let first = HMACKey(SymmetricKey(data: Array("AWS4\(secret)".utf8)))
        return [date, region, service, "aws4_request"].reduce(first) { HMACKey($0.code(Array($1.utf8))) }
    }

    /// The 32 bytes that authenticate `message`.
    public func code(_ message: [UInt8]) -> SHA256Digest {
        var (inner, outer) = (inner, outer)
        message.withUnsafeBytes { inner.update(bufferPointer: $0) }
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        return outer.finalize()
    }
}

extension SHA256Digest {
    /// In lower-case digits. The bytes are read in one piece: as a sequence, each costs a generic call.
    public var hexadecimal: String { withUnsafeBytes { Hex.encode($0) } }
}
