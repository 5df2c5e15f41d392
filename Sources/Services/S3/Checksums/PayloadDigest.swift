import Crypto
import Documents
import Kernel

/// What is computed over an object's bytes as they go by: MD5 for the ETag, and one checksum.
struct PayloadDigest {
    private var md5 = Insecure.MD5()
    /// nil where the checksum comes with the payload, checked.
    private var digester: ChecksumDigest?
    /// The checksum that is kept, where the client has another one checked.
    private var kept: (algorithm: ChecksumAlgorithm, digester: ChecksumDigest)?
    let algorithm: ChecksumAlgorithm
    private(set) var size: Int64 = 0

    init(_ algorithm: ChecksumAlgorithm, isChecked: Bool = false, kept: ChecksumAlgorithm? = nil) {
        self.algorithm = algorithm
        digester = isChecked ? nil : ChecksumDigest(algorithm)
        self.kept = kept.map { ($0, ChecksumDigest($0)) }
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
