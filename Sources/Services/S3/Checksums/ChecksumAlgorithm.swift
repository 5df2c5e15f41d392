/// S3's object checksums (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html).
enum ChecksumAlgorithm: UInt8, CaseIterable, Sendable, Codable {
    case crc32 = 1
    case crc32c = 2
    case crc64nvme = 3
    case sha1 = 4
    case sha256 = 5

    /// The API's name, `CRC64NVME`.
    var name: String {
        switch self {
        case .crc32: "CRC32"
        case .crc32c: "CRC32C"
        case .crc64nvme: "CRC64NVME"
        case .sha1: "SHA1"
        case .sha256: "SHA256"
        }
    }

    var headerName: String { "x-amz-checksum-" + name.lowercased() }

    /// - Returns: nil for algorithms that are not among the five.
    init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name.uppercased() }) else { return nil }
        self = found
    }

    /// The one that comes after the payload, as the request's `x-amz-trailer` says.
    static func trailing(_ headers: [String: String]) -> ChecksumAlgorithm? {
        headers["x-amz-trailer"]?.split(separator: ",").lazy.compactMap { field in
            allCases.first { $0.headerName == field.drop(while: { $0 == " " }).lowercased() }
        }.first
    }

    /// Whether the checksum of a whole can be had from those of its parts.
    var combines: Bool { self != .sha1 && self != .sha256 }

    var byteCount: Int {
        switch self {
        case .crc32, .crc32c: 4
        case .crc64nvme: 8
        case .sha1: 20
        case .sha256: 32
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
