import Documents
import Kernel

/// The structures inside inputs and outputs, under the API model's names.
enum Shape {}

extension Timestamp {
    /// S3's answers know no fractions of a second, though they write them.
    var wholeSeconds: Timestamp { Timestamp(seconds: seconds) }
}

/// The ten checksum members of inputs and outputs.
protocol ChecksumMembers {
    var checksumCRC32: String? { get set }
    var checksumCRC32C: String? { get set }
    var checksumCRC64NVME: String? { get set }
    var checksumSHA1: String? { get set }
    var checksumSHA256: String? { get set }
    var checksumSHA512: String? { get set }
    var checksumMD5: String? { get set }
    var checksumXXHASH64: String? { get set }
    var checksumXXHASH3: String? { get set }
    var checksumXXHASH128: String? { get set }
}

extension ChecksumMembers {
    subscript(_ algorithm: ChecksumAlgorithm) -> String? {
        get {
            switch algorithm {
            case .crc32: checksumCRC32
            case .crc32c: checksumCRC32C
            case .crc64nvme: checksumCRC64NVME
            case .sha1: checksumSHA1
            case .sha256: checksumSHA256
            case .sha512: checksumSHA512
            case .md5: checksumMD5
            case .xxhash64: checksumXXHASH64
            case .xxhash3: checksumXXHASH3
            case .xxhash128: checksumXXHASH128
            }
        }
        set {
            switch algorithm {
            case .crc32: checksumCRC32 = newValue
            case .crc32c: checksumCRC32C = newValue
            case .crc64nvme: checksumCRC64NVME = newValue
            case .sha1: checksumSHA1 = newValue
            case .sha256: checksumSHA256 = newValue
            case .sha512: checksumSHA512 = newValue
            case .md5: checksumMD5 = newValue
            case .xxhash64: checksumXXHASH64 = newValue
            case .xxhash3: checksumXXHASH3 = newValue
            case .xxhash128: checksumXXHASH128 = newValue
            }
        }
    }

    /// The checksum that the client gave.
    /// - Throws: ``S3Fault/invalidRequest(_:)`` for more than one.
    func givenChecksum() throws -> Checksum? {
        let given = ChecksumAlgorithm.allCases.compactMap { algorithm in
            self[algorithm].map { Checksum(algorithm: algorithm, type: .fullObject, value: $0) }
        }
        guard given.count <= 1 else {
            throw S3Fault.invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
        }
        return given.first
    }
}

/// The members of PUT, copy and multipart creation that describe the object.
protocol ObjectHeaderMembers {
    var cacheControl: String? { get }
    var contentDisposition: String? { get }
    var contentEncoding: String? { get }
    var contentLanguage: String? { get }
    var contentType: String? { get }
    var expires: String? { get }
    var metadata: [String: String]? { get }
    var storageClass: String? { get }
    var websiteRedirectLocation: String? { get }
}

/// The members of PUT, copy and multipart creation that ask for access, encryption and lock rules.
protocol WriteRuleMembers: CustomerKeyMembers, GrantMembers {
    var serverSideEncryption: String? { get }
    var sseKMSEncryptionContext: String? { get }
    var bucketKeyEnabled: Bool? { get }
    var sseKMSKeyID: String? { get }
    var objectLockMode: String? { get }
    var objectLockRetainUntilDate: Timestamp? { get }
    var objectLockLegalHoldStatus: String? { get }
    var tagging: String? { get }
}

/// What GetObject and HeadObject ask alike.
protocol ObjectReadMembers: CustomerKeyMembers {
    var bucket: String { get }
    var key: String { get }
    var ifMatch: String? { get }
    var ifNoneMatch: String? { get }
    var ifModifiedSince: Timestamp? { get }
    var ifUnmodifiedSince: Timestamp? { get }
    var range: String? { get }
    var versionID: String? { get }
    var partNumber: Int? { get }
    var expectedBucketOwner: String? { get }
    var checksumMode: String? { get }
    var responseCacheControl: String? { get }
    var responseContentDisposition: String? { get }
    var responseContentEncoding: String? { get }
    var responseContentLanguage: String? { get }
    var responseContentType: String? { get }
    var responseExpires: Timestamp? { get }
}

extension ObjectReadMembers {
    /// Headers of the answer's choosing need a signature
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, "Overriding response header values").
    func checkOverrides(by caller: Caller) throws {
        guard caller.kind == .anonymous else { return }
        let isPlain =
            responseCacheControl == nil && responseContentDisposition == nil && responseContentEncoding == nil
            && responseContentLanguage == nil && responseContentType == nil && responseExpires == nil
        guard isPlain else {
            throw S3Fault.invalidRequest("Request specific response headers cannot be used for anonymous GET requests.")
        }
    }
}
