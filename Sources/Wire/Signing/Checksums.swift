import Crypto
import Documents

/// A checksum that S3 clients send with an object (`x-amz-checksum-*`).
struct Checksum: Sendable {
    enum Algorithm: String, Sendable, CaseIterable {
        case crc32, crc32c, crc64nvme, sha1, sha256, sha512, md5, xxhash64, xxhash3, xxhash128

        /// `x-amz-checksum-crc32`
        init?(field: some StringProtocol) {
            guard field.hasPrefix("x-amz-checksum-") else { return nil }
            self.init(rawValue: String(field.dropFirst("x-amz-checksum-".count)))
        }
    }

    private enum State {
        case crc(CRC, UInt64)
        case sha1(Insecure.SHA1)
        case sha256(SHA256)
        case sha512(SHA512)
        case md5(Insecure.MD5)
        case xxhash64(XXHash64)
        case xxhash3(XXHash3)
    }

    let algorithm: Algorithm
    private var state: State

    init(_ algorithm: Algorithm) {
        self.algorithm = algorithm
        state =
            switch algorithm {
            case .crc32: .crc(.crc32, 0)
            case .crc32c: .crc(.crc32c, 0)
            case .crc64nvme: .crc(.crc64nvme, 0)
            case .sha1: .sha1(Insecure.SHA1())
            case .sha256: .sha256(SHA256())
            case .sha512: .sha512(SHA512())
            case .md5: .md5(Insecure.MD5())
            case .xxhash64: .xxhash64(XXHash64())
            case .xxhash3, .xxhash128: .xxhash3(XXHash3())
            }
    }

    /// Holds a whole body against the `x-amz-checksum-*` headers that come with it.
    /// - Throws: ``AuthFault/badChecksum(_:)``
    static func check(_ bytes: [UInt8], _ headers: [String: String]) throws {
        for algorithm in Algorithm.allCases {
            guard let claimed = headers["x-amz-checksum-\(algorithm.rawValue)"] else { continue }
            var checksum = Checksum(algorithm)
            checksum.update(bytes[...])
            guard Base64.decode(claimed) == checksum.bytes else { throw AuthFault.badChecksum(algorithm.rawValue.uppercased()) }
        }
    }

    mutating func update(_ bytes: ArraySlice<UInt8>) {
        switch state {
        case .crc(let check, let value): state = .crc(check, check.update(value, bytes))
        case .sha1(var hash):
            hash.update(data: bytes)
            state = .sha1(hash)
        case .sha256(var hash):
            hash.update(data: bytes)
            state = .sha256(hash)
        case .sha512(var hash):
            hash.update(data: bytes)
            state = .sha512(hash)
        case .md5(var hash):
            hash.update(data: bytes)
            state = .md5(hash)
        case .xxhash64(var hash):
            bytes.withUnsafeBytes { hash.update($0) }
            state = .xxhash64(hash)
        case .xxhash3(var hash):
            bytes.withUnsafeBytes { hash.update($0) }
            state = .xxhash3(hash)
        }
    }

    /// Big-endian, as it goes into base64.
    var bytes: [UInt8] {
        switch state {
        case .crc(let check, let value): Array(Self.bytes(value).suffix(check.width / 8))
        case .sha1(let hash): Array(hash.finalize())
        case .sha256(let hash): Array(hash.finalize())
        case .sha512(let hash): Array(hash.finalize())
        case .md5(let hash): Array(hash.finalize())
        case .xxhash64(let hash): Self.bytes(hash.finish())
        case .xxhash3(let hash):
            if algorithm == .xxhash3 { Self.bytes(hash.finish()) } else { Self.bytes(hash.finishWide()) }
        }
    }

    private static func bytes(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
    private static func bytes(_ value: XXHash3.Wide) -> [UInt8] { bytes(value.high) + bytes(value.low) }
}
