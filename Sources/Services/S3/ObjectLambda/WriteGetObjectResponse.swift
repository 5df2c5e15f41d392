import Documents
import Kernel

extension S3Service {
    func registerWriteGetObjectResponse(in operations: inout Operations) {
        operations.directStream("WriteGetObjectResponse", as: WriteGetObjectResponseInput.self, Nothing.self) {
            input, payload, _ in
            try await writeGetObjectResponse(input, payload)
            return Reply([:])
        }
    }

    /// Hands a function's response to the client that waits for it, and returns when that has all of it
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_WriteGetObjectResponse.html).
    private func writeGetObjectResponse(_ input: Document, _ payload: RequestBody) async throws {
        if let status = input["StatusCode"]?.integer, !(200...599).contains(status) {
            throw ObjectLambdaFault.validation("The status code \(status) is not valid.")
        }
        guard let token = input["RequestToken"]?.string, let wait = transformations.wait(token) else {
            throw ObjectLambdaFault.validation("Invalid token: no request waits for this response.")
        }
        let handover = Handover()
        guard wait.settle(.response(input, payload.stream, handover)) else {
            throw ObjectLambdaFault.validation("The request has been answered already.")
        }
        try await handover.finished()
    }

    /// The permission to answer: on the access point whose request waits.
    func mayWriteResponse(_ input: Document) -> Permission {
        let wait = input["RequestToken"]?.string.flatMap { transformations.wait($0) }
        return Permission(
            "s3-object-lambda:WriteGetObjectResponse", on: wait?.point ?? "*", spelledAlso: wait == nil ? [] : ["*"])
    }
}

/// The members of WriteGetObjectResponse. All but the first five go on to the client as they are.
struct WriteGetObjectResponseInput: Codable, Sendable {
    var requestRoute: String
    var requestToken: String
    var statusCode: Int?
    var errorCode: String?
    var errorMessage: String?
    var body: [UInt8]?
    var acceptRanges: String?
    var cacheControl: String?
    var contentDisposition: String?
    var contentEncoding: String?
    var contentLanguage: String?
    var contentLength: Int64?
    var contentRange: String?
    var contentType: String?
    var checksumCRC32: String?
    var checksumCRC32C: String?
    var checksumCRC64NVME: String?
    var checksumSHA1: String?
    var checksumSHA256: String?
    var checksumSHA512: String?
    var checksumMD5: String?
    var checksumXXHASH64: String?
    var checksumXXHASH3: String?
    var checksumXXHASH128: String?
    var deleteMarker: Bool?
    var eTag: String?
    var expires: Timestamp?
    var expiration: String?
    var lastModified: Timestamp?
    var missingMeta: Int?
    var metadata: [String: String]?
    var objectLockMode: String?
    var objectLockLegalHoldStatus: String?
    var objectLockRetainUntilDate: Timestamp?
    var partsCount: Int?
    var replicationStatus: String?
    var requestCharged: String?
    var restore: String?
    var serverSideEncryption: String?
    var sseCustomerAlgorithm: String?
    var ssekmsKeyID: String?
    var sseCustomerKeyMD5: String?
    var storageClass: String?
    var tagCount: Int?
    var versionID: String?
    var bucketKeyEnabled: Bool?

    enum CodingKeys: String, CodingKey {
        case requestRoute = "RequestRoute"
        case requestToken = "RequestToken"
        case statusCode = "StatusCode"
        case errorCode = "ErrorCode"
        case errorMessage = "ErrorMessage"
        case body = "Body"
        case acceptRanges = "AcceptRanges"
        case cacheControl = "CacheControl"
        case contentDisposition = "ContentDisposition"
        case contentEncoding = "ContentEncoding"
        case contentLanguage = "ContentLanguage"
        case contentLength = "ContentLength"
        case contentRange = "ContentRange"
        case contentType = "ContentType"
        case checksumCRC32 = "ChecksumCRC32"
        case checksumCRC32C = "ChecksumCRC32C"
        case checksumCRC64NVME = "ChecksumCRC64NVME"
        case checksumSHA1 = "ChecksumSHA1"
        case checksumSHA256 = "ChecksumSHA256"
        case checksumSHA512 = "ChecksumSHA512"
        case checksumMD5 = "ChecksumMD5"
        case checksumXXHASH64 = "ChecksumXXHASH64"
        case checksumXXHASH3 = "ChecksumXXHASH3"
        case checksumXXHASH128 = "ChecksumXXHASH128"
        case deleteMarker = "DeleteMarker"
        case eTag = "ETag"
        case expires = "Expires"
        case expiration = "Expiration"
        case lastModified = "LastModified"
        case missingMeta = "MissingMeta"
        case metadata = "Metadata"
        case objectLockMode = "ObjectLockMode"
        case objectLockLegalHoldStatus = "ObjectLockLegalHoldStatus"
        case objectLockRetainUntilDate = "ObjectLockRetainUntilDate"
        case partsCount = "PartsCount"
        case replicationStatus = "ReplicationStatus"
        case requestCharged = "RequestCharged"
        case restore = "Restore"
        case serverSideEncryption = "ServerSideEncryption"
        case sseCustomerAlgorithm = "SSECustomerAlgorithm"
        case ssekmsKeyID = "SSEKMSKeyId"
        case sseCustomerKeyMD5 = "SSECustomerKeyMD5"
        case storageClass = "StorageClass"
        case tagCount = "TagCount"
        case versionID = "VersionId"
        case bucketKeyEnabled = "BucketKeyEnabled"
    }
}
