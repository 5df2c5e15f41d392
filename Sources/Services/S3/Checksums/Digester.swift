import Crypto
import Documents

/// One running checksum.
enum Digester {
    case crc(CRC, UInt64)
    case sha1(Insecure.SHA1)
    case sha256(SHA256)
    case sha512(SHA512)
    case md5(Insecure.MD5)
    case xxhash64(XXHash64)
    case xxhash3(XXHash3)
    case xxhash128(XXHash3)

    init(_ algorithm: ChecksumAlgorithm) {
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

    mutating func update(_ bytes: [UInt8]) {
        switch self {
        case .crc(let kind, let value): self = .crc(kind, kind.update(value, bytes))
        case .sha1(var hash):
            hash.update(data: bytes)
            self = .sha1(hash)
        case .sha256(var hash):
            hash.update(data: bytes)
            self = .sha256(hash)
        case .sha512(var hash):
            hash.update(data: bytes)
            self = .sha512(hash)
        case .md5(var hash):
            hash.update(data: bytes)
            self = .md5(hash)
        case .xxhash64(var hash):
            bytes.withUnsafeBytes { hash.update($0) }
            self = .xxhash64(hash)
        case .xxhash3(var hash):
            bytes.withUnsafeBytes { hash.update($0) }
            self = .xxhash3(hash)
        case .xxhash128(var hash):
            bytes.withUnsafeBytes { hash.update($0) }
            self = .xxhash128(hash)
        }
    }

    func finish() -> [UInt8] {
        switch self {
        case .crc(let kind, let value): Array(Self.bytes(value).suffix(kind.width / 8))
        case .sha1(let hash): Array(hash.finalize())
        case .sha256(let hash): Array(hash.finalize())
        case .sha512(let hash): Array(hash.finalize())
        case .md5(let hash): Array(hash.finalize())
        case .xxhash64(let hash): Self.bytes(hash.finish())
        case .xxhash3(let hash): Self.bytes(hash.finish())
        case .xxhash128(let hash):
            [hash.finishWide()].flatMap { Self.bytes($0.high) + Self.bytes($0.low) }
        }
    }

    /// Big end first, as all of them go into base64.
    private static func bytes(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
}

extension ChecksumAlgorithm {
    func digest(_ bytes: [UInt8]) -> [UInt8] {
        var digester = Digester(self)
        digester.update(bytes)
        return digester.finish()
    }

    /// The checksum of parts put together, from theirs. Only for algorithms that ``combines``.
    func combine(_ parts: [(value: [UInt8], size: Int64)]) -> [UInt8] {
        let kind: CRC = self == .crc32 ? .crc32 : self == .crc32c ? .crc32c : .crc64nvme
        var whole: UInt64 = 0
        for part in parts {
            whole = kind.combine(whole, part.value.reduce(0) { $0 << 8 | UInt64($1) }, length: part.size)
        }
        return Digester.crc(kind, whole).finish()
    }
}

/// What is computed over an object's bytes as they go by: MD5 for the ETag, and one checksum.
struct PayloadDigest {
    private var md5 = Insecure.MD5()
    /// nil where the checksum comes with the payload, checked.
    private var digester: Digester?
    /// The checksum that is kept, where the client has another one checked.
    private var kept: (algorithm: ChecksumAlgorithm, digester: Digester)?
    let algorithm: ChecksumAlgorithm
    private(set) var size: Int64 = 0

    init(_ algorithm: ChecksumAlgorithm, isChecked: Bool = false, kept: ChecksumAlgorithm? = nil) {
        self.algorithm = algorithm
        digester = isChecked ? nil : Digester(algorithm)
        self.kept = kept.map { ($0, Digester($0)) }
    }

    mutating func update(_ bytes: [UInt8]) {
        md5.update(data: bytes)
        digester?.update(bytes)
        kept?.digester.update(bytes)
        size += Int64(bytes.count)
    }

    /// Of the algorithm that is kept beside the client's.
    var keptChecksum: Checksum? {
        kept.map { Checksum(algorithm: $0.algorithm, type: .fullObject, value: Base64.string($0.digester.finish())) }
    }

    /// - Parameter checked: the checksum's text, from a trailer that was checked.
    func finish(checked: String? = nil) -> (md5: [UInt8], checksum: Checksum) {
        let value = digester.map { Base64.string($0.finish()) } ?? checked ?? ""
        return (Array(md5.finalize()), Checksum(algorithm: algorithm, type: .fullObject, value: value))
    }
}
