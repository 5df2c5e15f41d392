import Compression

/// The compression formats of S3 destinations.
enum ObjectCompression: String, Sendable {
    case none = "UNCOMPRESSED"
    case gzip = "GZIP"
    case zip = "ZIP"
    case snappy = "Snappy"
    case hadoopSnappy = "HADOOP_SNAPPY"

    /// What AWS appends to the object's name.
    var ending: String {
        switch self {
        case .none: ""
        case .gzip: ".gz"
        case .zip: ".zip"
        case .snappy: ".snappy"
        case .hadoopSnappy: ".hsnappy"
        }
    }

    /// - Parameter name: of the one file in a ZIP archive.
    func compress(_ bytes: [UInt8], name: String) throws -> [UInt8] {
        switch self {
        case .none: bytes
        case .gzip: try Gzip.compress(bytes)
        case .zip: try Zip.archive(bytes, name: name)
        case .snappy: Snappy.framed(bytes)
        case .hadoopSnappy: Snappy.hadoop(bytes)
        }
    }
}
