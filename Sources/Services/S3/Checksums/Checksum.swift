import Kernel

extension ChecksumAlgorithm {
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
            ChecksumAlgorithm(headerName: field.drop { $0 == " " }.lowercased())
        }.first
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
