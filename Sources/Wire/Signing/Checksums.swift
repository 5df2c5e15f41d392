import Crypto
import Documents

/// A checksum that S3 clients send with an object (`x-amz-checksum-*`).
struct Checksum: Sendable {
    enum Algorithm: String, Sendable, CaseIterable {
        case crc32, crc32c, crc64nvme, sha1, sha256

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
        }
    }

    /// Big-endian, as it goes into base64.
    var bytes: [UInt8] {
        switch state {
        case .crc(let check, let value): withUnsafeBytes(of: value.bigEndian) { Array($0.suffix(check.width / 8)) }
        case .sha1(let hash): Array(hash.finalize())
        case .sha256(let hash): Array(hash.finalize())
        }
    }
}
