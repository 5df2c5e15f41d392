import Documents
import Kernel

extension ChecksumAlgorithm {
    /// Holds a whole body against the `x-amz-checksum-*` headers that come with it.
    /// - Throws: ``AuthFault/badChecksum(_:)``
    static func check(_ bytes: [UInt8], _ headers: [String: String]) throws {
        for algorithm in allCases {
            guard let claimed = headers[algorithm.headerName] else { continue }
            guard Base64.decode(claimed) == algorithm.digest(bytes) else { throw AuthFault.badChecksum(algorithm.name) }
        }
    }
}
