import Crypto
import Documents

/// One running checksum.
public enum ChecksumDigest: Sendable {
    case crc(CRC, UInt64)
    case sha1(Insecure.SHA1)
    case sha256(SHA256)
    case sha512(SHA512)
    case md5(Insecure.MD5)
    case xxhash64(XXHash64)
    case xxhash3(XXHash3)
    case xxhash128(XXHash3)

    public init(_ algorithm: ChecksumAlgorithm) {
        switch algorithm {
        case .crc32: self = .crc(.crc32, 0)
        case .crc32c: self = .crc(.crc32c, 0)
        case .crc64nvme: self = .crc(.crc64nvme, 0)
        case .sha1: self = .sha1(Insecure.SHA1())
        case .sha256: self = .sha256(SHA256())
        case .sha512: self = .sha512(SHA512())
        case .md5: self = .md5(Insecure.MD5())
        case .xxhash64: self = .xxhash64(XXHash64())
        case .xxhash3: self = .xxhash3(XXHash3())
        case .xxhash128: self = .xxhash128(XXHash3())
        }
    }

    public mutating func update(_ bytes: ArraySlice<UInt8>) { bytes.withUnsafeBytes { update($0) } }

    public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    private mutating func update(_ bytes: UnsafeRawBufferPointer) {
        // Consumed, or each hash would be copied before it changes.
        switch consume self {
        case .crc(let kind, let value): self = .crc(kind, kind.update(value, bytes))
        case .sha1(var hash):
            hash.update(bufferPointer: bytes)
            self = .sha1(hash)
        case .sha256(var hash):
            hash.update(bufferPointer: bytes)
            self = .sha256(hash)
        case .sha512(var hash):
            hash.update(bufferPointer: bytes)
            self = .sha512(hash)
        case .md5(var hash):
            hash.update(bufferPointer: bytes)
            self = .md5(hash)
        case .xxhash64(var hash):
            hash.update(bytes)
            self = .xxhash64(hash)
        case .xxhash3(var hash):
            hash.update(bytes)
            self = .xxhash3(hash)
        case .xxhash128(var hash):
            hash.update(bytes)
            self = .xxhash128(hash)
        }
    }

    /// Big end first, as all of them go into base64.
    public func finish() -> [UInt8] {
        switch self {
        case .crc(let kind, let value): Array(Self.bytes(value).suffix(kind.width / 8))
        case .sha1(let hash): Array(hash.finalize())
        case .sha256(let hash): Array(hash.finalize())
        case .sha512(let hash): Array(hash.finalize())
        case .md5(let hash): Array(hash.finalize())
        case .xxhash64(let hash): Self.bytes(hash.finish())
        case .xxhash3(let hash): Self.bytes(hash.finish())
        case .xxhash128(let hash): Self.bytes(hash.finishWide())
        }
    }

    private static func bytes(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
    private static func bytes(_ value: XXHash3.Wide) -> [UInt8] { bytes(value.high) + bytes(value.low) }
}

extension ChecksumAlgorithm {
    public func digest(_ bytes: [UInt8]) -> [UInt8] {
        var digest = ChecksumDigest(self)
        digest.update(bytes)
        return digest.finish()
    }

    /// The checksum of parts put together, from theirs. Only for algorithms that ``combines``.
    public func combine(_ parts: [(value: [UInt8], size: Int64)]) -> [UInt8] {
        let kind: CRC = self == .crc32 ? .crc32 : self == .crc32c ? .crc32c : .crc64nvme
        var whole: UInt64 = 0
        for part in parts {
            whole = kind.combine(whole, part.value.reduce(0) { $0 << 8 | UInt64($1) }, length: part.size)
        }
        return ChecksumDigest.crc(kind, whole).finish()
    }
}
