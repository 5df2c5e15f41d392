/// S3's object checksums (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html).
enum ChecksumAlgorithm: UInt8, CaseIterable, Sendable, Codable {
    case crc32 = 1
    case crc32c = 2
    case crc64nvme = 3
    case sha1 = 4
    case sha256 = 5
    case sha512 = 6
    case md5 = 7
    case xxhash64 = 8
    case xxhash3 = 9
    case xxhash128 = 10

    /// The API's name, `CRC64NVME`.
    var name: String {
        switch self {
        case .crc32: "CRC32"
        case .crc32c: "CRC32C"
        case .crc64nvme: "CRC64NVME"
        case .sha1: "SHA1"
        case .sha256: "SHA256"
        case .sha512: "SHA512"
        case .md5: "MD5"
        case .xxhash64: "XXHASH64"
        case .xxhash3: "XXHASH3"
        case .xxhash128: "XXHASH128"
        }
    }

    var headerName: String { "x-amz-checksum-" + name.lowercased() }

    /// - Returns: nil for algorithms that are not among the ten.
    init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name.uppercased() }) else { return nil }
        self = found
    }

    /// The algorithm that a request names.
    /// - Throws: ``S3Fault/invalidRequest(_:)`` for another.
    static func named(_ name: String) throws -> ChecksumAlgorithm {
        if let known = ChecksumAlgorithm(name: name) { return known }
        throw S3Fault.invalidRequest(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
                + "[\(allCases.map(\.name).sorted().joined(separator: ", "))]")
    }

    /// The one that comes after the payload, as the request's `x-amz-trailer` says.
    static func trailing(_ headers: [String: String]) -> ChecksumAlgorithm? {
        headers["x-amz-trailer"]?.split(separator: ",").lazy.compactMap { field in
            allCases.first { $0.headerName == field.drop(while: { $0 == " " }).lowercased() }
        }.first
    }

    /// Whether the checksum of a whole can be had from those of its parts.
    var combines: Bool { self == .crc32 || self == .crc32c || self == .crc64nvme }

    var byteCount: Int {
        switch self {
        case .crc32, .crc32c: 4
        case .crc64nvme, .xxhash64, .xxhash3: 8
        case .md5, .xxhash128: 16
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }
}

enum ChecksumType: UInt8, Sendable, Codable {
    case fullObject = 1
    /// A checksum of the parts' checksums.
    case composite = 2

    var name: String { self == .fullObject ? "FULL_OBJECT" : "COMPOSITE" }

    init?(name: String) {
        switch name {
        case "FULL_OBJECT": self = .fullObject
        case "COMPOSITE": self = .composite
        default: return nil
        }
    }
}

struct Checksum: Sendable, Hashable, Codable {
    var algorithm: ChecksumAlgorithm
    var type: ChecksumType
    /// Base64, as in the header; a composite one ends with `-` and the number of parts.
    var value: String
}
