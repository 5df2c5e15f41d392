/// S3's object checksums (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html): the
/// front door holds payloads against them, S3 keeps them.
public enum ChecksumAlgorithm: UInt8, CaseIterable, Sendable, Codable {
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
    public var name: String {
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

    /// `x-amz-checksum-crc32`
    public var headerName: String { Self.headerPrefix + name.lowercased() }

    private static let headerPrefix = "x-amz-checksum-"

    /// - Returns: nil for algorithms that are not among the ten.
    public init?(name: String) {
        let wanted = name.uppercased()
        guard let found = Self.allCases.first(where: { $0.name == wanted }) else { return nil }
        self = found
    }

    /// - Parameter headerName: in lower case.
    /// - Returns: nil for any other header.
    public init?(headerName: some StringProtocol) {
        guard headerName.hasPrefix(Self.headerPrefix) else { return nil }
        self.init(name: String(headerName.dropFirst(Self.headerPrefix.count)))
    }

    /// Whether the checksum of a whole can be had from those of its parts.
    public var combines: Bool { self == .crc32 || self == .crc32c || self == .crc64nvme }

    public var byteCount: Int {
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
