import Kernel

/// What the headers of a write say of the payload's checksum, beside the checksum itself. A header that promises a check that
/// nobody would make is refused: the client takes its object for checked.
enum ChecksumHeaders {
    private static let others: Set<String> = [
        "x-amz-checksum-algorithm", "x-amz-checksum-mode", "x-amz-checksum-type",
    ]

    /// - Parameter given: the checksum from the header.
    /// - Returns: the algorithm of the checksum that comes after the payload, as `x-amz-trailer` says.
    /// - Throws: ``S3Fault/invalidRequest(_:)``
    static func check(_ headers: [String: String], given: Checksum?) throws -> ChecksumAlgorithm? {
        for name in headers.keys where name.hasPrefix("x-amz-checksum-") && !others.contains(name) {
            guard ChecksumAlgorithm(headerName: name) != nil else {
                throw S3Fault.invalidRequest("The algorithm type you specified in x-amz-checksum- header is invalid.")
            }
        }
        let trailer = ChecksumAlgorithm.trailing(headers)
        if headers["x-amz-trailer"] != nil, trailer == nil {
            throw S3Fault.invalidRequest("The value specified in the x-amz-trailer header is not supported")
        }
        if given != nil, trailer != nil { throw S3Fault.invalidRequest("Expecting a single x-amz-checksum- header") }
        let promised = given?.algorithm ?? trailer
        if let named = headers["x-amz-sdk-checksum-algorithm"], let promised, ChecksumAlgorithm(name: named) != promised {
            throw S3Fault.invalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
        }
        return trailer
    }
}
