import Documents

// The hot operations' inputs and outputs, read and written without Codable, which takes several times as long. The wire
// layer has made the types right; a mistaken caller inside gets an error as from ``DocumentDecoder``.

/// Takes members out of an input's document.
private struct MemberReader {
    let name: String
    let value: Document

    private func unwrap<Value>(_ found: Value?) throws -> Value {
        guard let found else { throw DocumentError(.wrongType, path: [name]) }
        return found
    }
    func text() throws -> String { try unwrap(value.string) }
    func integer() throws -> Int64 { try unwrap(value.integer) }
    func count() throws -> Int { try unwrap(value.integer.flatMap { Int(exactly: $0) }) }
    func flag() throws -> Bool { try unwrap(value.bool) }
    func moment() throws -> Timestamp { try unwrap(value.timestamp) }
    func texts() throws -> [String: String] {
        var texts: [String: String] = [:]
        for (name, value) in try unwrap(value.members) { texts[name] = try unwrap(value.string) }
        return texts
    }
}

extension Document {
    fileprivate func required(_ name: String) throws -> String {
        guard let text = self[name]?.string else { throw DocumentError(.missing, path: [name]) }
        return text
    }
}

extension PutObjectInput {
    init(_ document: Document) throws {
        self.init(bucket: try document.required("Bucket"), key: try document.required("Key"))
        for (name, value) in document.members ?? [:] where value != .null {
            let member = MemberReader(name: name, value: value)
            switch name {
            case "ContentLength": contentLength = try member.integer()
            case "ContentMD5": contentMD5 = try member.text()
            case "ChecksumAlgorithm": checksumAlgorithm = try member.text()
            case "ChecksumCRC32": checksumCRC32 = try member.text()
            case "ChecksumCRC32C": checksumCRC32C = try member.text()
            case "ChecksumCRC64NVME": checksumCRC64NVME = try member.text()
            case "ChecksumSHA1": checksumSHA1 = try member.text()
            case "ChecksumSHA256": checksumSHA256 = try member.text()
            case "ChecksumSHA512": checksumSHA512 = try member.text()
            case "ChecksumMD5": checksumMD5 = try member.text()
            case "ChecksumXXHASH64": checksumXXHASH64 = try member.text()
            case "ChecksumXXHASH3": checksumXXHASH3 = try member.text()
            case "ChecksumXXHASH128": checksumXXHASH128 = try member.text()
            case "IfMatch": ifMatch = try member.text()
            case "IfNoneMatch": ifNoneMatch = try member.text()
            case "WriteOffsetBytes": writeOffsetBytes = try member.integer()
            case "ExpectedBucketOwner": expectedBucketOwner = try member.text()
            case "CacheControl": cacheControl = try member.text()
            case "ContentDisposition": contentDisposition = try member.text()
            case "ContentEncoding": contentEncoding = try member.text()
            case "ContentLanguage": contentLanguage = try member.text()
            case "ContentType": contentType = try member.text()
            case "Expires": expires = try member.text()
            case "Metadata": metadata = try member.texts()
            case "StorageClass": storageClass = try member.text()
            case "WebsiteRedirectLocation": websiteRedirectLocation = try member.text()
            case "ACL": acl = try member.text()
            case "GrantFullControl": grantFullControl = try member.text()
            case "GrantRead": grantRead = try member.text()
            case "GrantReadACP": grantReadACP = try member.text()
            case "GrantWriteACP": grantWriteACP = try member.text()
            case "ServerSideEncryption": serverSideEncryption = try member.text()
            case "SSECustomerAlgorithm": sseCustomerAlgorithm = try member.text()
            case "SSECustomerKey": sseCustomerKey = try member.text()
            case "SSECustomerKeyMD5": sseCustomerKeyMD5 = try member.text()
            case "SSEKMSEncryptionContext": sseKMSEncryptionContext = try member.text()
            case "BucketKeyEnabled": bucketKeyEnabled = try member.flag()
            case "SSEKMSKeyId": sseKMSKeyID = try member.text()
            case "ObjectLockMode": objectLockMode = try member.text()
            case "ObjectLockRetainUntilDate": objectLockRetainUntilDate = try member.moment()
            case "ObjectLockLegalHoldStatus": objectLockLegalHoldStatus = try member.text()
            case "Tagging": tagging = try member.text()
            default: break
            }
        }
    }
}

extension GetObjectInput {
    init(_ document: Document) throws {
        self.init(bucket: try document.required("Bucket"), key: try document.required("Key"))
        for (name, value) in document.members ?? [:] where value != .null {
            let member = MemberReader(name: name, value: value)
            switch name {
            case "IfMatch": ifMatch = try member.text()
            case "IfNoneMatch": ifNoneMatch = try member.text()
            case "IfModifiedSince": ifModifiedSince = try member.moment()
            case "IfUnmodifiedSince": ifUnmodifiedSince = try member.moment()
            case "Range": range = try member.text()
            case "VersionId": versionID = try member.text()
            case "PartNumber": partNumber = try member.count()
            case "ExpectedBucketOwner": expectedBucketOwner = try member.text()
            case "ChecksumMode": checksumMode = try member.text()
            case "ResponseCacheControl": responseCacheControl = try member.text()
            case "ResponseContentDisposition": responseContentDisposition = try member.text()
            case "ResponseContentEncoding": responseContentEncoding = try member.text()
            case "ResponseContentLanguage": responseContentLanguage = try member.text()
            case "ResponseContentType": responseContentType = try member.text()
            case "ResponseExpires": responseExpires = try member.moment()
            case "SSECustomerAlgorithm": sseCustomerAlgorithm = try member.text()
            case "SSECustomerKey": sseCustomerKey = try member.text()
            case "SSECustomerKeyMD5": sseCustomerKeyMD5 = try member.text()
            default: break
            }
        }
    }
}

extension HeadObjectInput {
    init(_ document: Document) throws {
        self.init(bucket: try document.required("Bucket"), key: try document.required("Key"))
        for (name, value) in document.members ?? [:] where value != .null {
            let member = MemberReader(name: name, value: value)
            switch name {
            case "IfMatch": ifMatch = try member.text()
            case "IfNoneMatch": ifNoneMatch = try member.text()
            case "IfModifiedSince": ifModifiedSince = try member.moment()
            case "IfUnmodifiedSince": ifUnmodifiedSince = try member.moment()
            case "Range": range = try member.text()
            case "VersionId": versionID = try member.text()
            case "PartNumber": partNumber = try member.count()
            case "ExpectedBucketOwner": expectedBucketOwner = try member.text()
            case "ChecksumMode": checksumMode = try member.text()
            case "ResponseCacheControl": responseCacheControl = try member.text()
            case "ResponseContentDisposition": responseContentDisposition = try member.text()
            case "ResponseContentEncoding": responseContentEncoding = try member.text()
            case "ResponseContentLanguage": responseContentLanguage = try member.text()
            case "ResponseContentType": responseContentType = try member.text()
            case "ResponseExpires": responseExpires = try member.moment()
            case "SSECustomerAlgorithm": sseCustomerAlgorithm = try member.text()
            case "SSECustomerKey": sseCustomerKey = try member.text()
            case "SSECustomerKeyMD5": sseCustomerKeyMD5 = try member.text()
            default: break
            }
        }
    }
}

extension PutObjectOutput {
    var document: Document {
        var members = Members(minimumCapacity: 16)
        if let eTag { members["ETag"] = .string(eTag) }
        if let checksumCRC32 { members["ChecksumCRC32"] = .string(checksumCRC32) }
        if let checksumCRC32C { members["ChecksumCRC32C"] = .string(checksumCRC32C) }
        if let checksumCRC64NVME { members["ChecksumCRC64NVME"] = .string(checksumCRC64NVME) }
        if let checksumSHA1 { members["ChecksumSHA1"] = .string(checksumSHA1) }
        if let checksumSHA256 { members["ChecksumSHA256"] = .string(checksumSHA256) }
        if let checksumSHA512 { members["ChecksumSHA512"] = .string(checksumSHA512) }
        if let checksumMD5 { members["ChecksumMD5"] = .string(checksumMD5) }
        if let checksumXXHASH64 { members["ChecksumXXHASH64"] = .string(checksumXXHASH64) }
        if let checksumXXHASH3 { members["ChecksumXXHASH3"] = .string(checksumXXHASH3) }
        if let checksumXXHASH128 { members["ChecksumXXHASH128"] = .string(checksumXXHASH128) }
        if let checksumType { members["ChecksumType"] = .string(checksumType) }
        if let versionID { members["VersionId"] = .string(versionID) }
        if let expiration { members["Expiration"] = .string(expiration) }
        if let serverSideEncryption { members["ServerSideEncryption"] = .string(serverSideEncryption) }
        if let sseKMSKeyID { members["SSEKMSKeyId"] = .string(sseKMSKeyID) }
        if let bucketKeyEnabled { members["BucketKeyEnabled"] = .bool(bucketKeyEnabled) }
        if let sseCustomerAlgorithm { members["SSECustomerAlgorithm"] = .string(sseCustomerAlgorithm) }
        if let sseCustomerKeyMD5 { members["SSECustomerKeyMD5"] = .string(sseCustomerKeyMD5) }
        if let sseKMSEncryptionContext { members["SSEKMSEncryptionContext"] = .string(sseKMSEncryptionContext) }
        return .map(members)
    }
}

extension GetObjectOutput {
    var document: Document {
        var members = Members(minimumCapacity: 16)
        if let deleteMarker { members["DeleteMarker"] = .bool(deleteMarker) }
        if let acceptRanges { members["AcceptRanges"] = .string(acceptRanges) }
        if let lastModified { members["LastModified"] = .timestamp(lastModified) }
        if let contentLength { members["ContentLength"] = .integer(contentLength) }
        if let eTag { members["ETag"] = .string(eTag) }
        if let checksumCRC32 { members["ChecksumCRC32"] = .string(checksumCRC32) }
        if let checksumCRC32C { members["ChecksumCRC32C"] = .string(checksumCRC32C) }
        if let checksumCRC64NVME { members["ChecksumCRC64NVME"] = .string(checksumCRC64NVME) }
        if let checksumSHA1 { members["ChecksumSHA1"] = .string(checksumSHA1) }
        if let checksumSHA256 { members["ChecksumSHA256"] = .string(checksumSHA256) }
        if let checksumSHA512 { members["ChecksumSHA512"] = .string(checksumSHA512) }
        if let checksumMD5 { members["ChecksumMD5"] = .string(checksumMD5) }
        if let checksumXXHASH64 { members["ChecksumXXHASH64"] = .string(checksumXXHASH64) }
        if let checksumXXHASH3 { members["ChecksumXXHASH3"] = .string(checksumXXHASH3) }
        if let checksumXXHASH128 { members["ChecksumXXHASH128"] = .string(checksumXXHASH128) }
        if let checksumType { members["ChecksumType"] = .string(checksumType) }
        if let versionID { members["VersionId"] = .string(versionID) }
        if let replicationStatus { members["ReplicationStatus"] = .string(replicationStatus) }
        if let expiration { members["Expiration"] = .string(expiration) }
        if let cacheControl { members["CacheControl"] = .string(cacheControl) }
        if let contentDisposition { members["ContentDisposition"] = .string(contentDisposition) }
        if let contentEncoding { members["ContentEncoding"] = .string(contentEncoding) }
        if let contentLanguage { members["ContentLanguage"] = .string(contentLanguage) }
        if let contentRange { members["ContentRange"] = .string(contentRange) }
        if let contentType { members["ContentType"] = .string(contentType) }
        if let expires { members["Expires"] = .string(expires) }
        if let websiteRedirectLocation { members["WebsiteRedirectLocation"] = .string(websiteRedirectLocation) }
        if let metadata {
            members["Metadata"] = .map(Members(uniqueKeysWithValues: metadata.map { ($0.key, Document.string($0.value)) }))
        }
        if let storageClass { members["StorageClass"] = .string(storageClass) }
        if let restore { members["Restore"] = .string(restore) }
        if let objectLockMode { members["ObjectLockMode"] = .string(objectLockMode) }
        if let objectLockRetainUntilDate { members["ObjectLockRetainUntilDate"] = .timestamp(objectLockRetainUntilDate) }
        if let objectLockLegalHoldStatus { members["ObjectLockLegalHoldStatus"] = .string(objectLockLegalHoldStatus) }
        if let partsCount { members["PartsCount"] = .integer(Int64(partsCount)) }
        if let tagCount { members["TagCount"] = .integer(Int64(tagCount)) }
        if let serverSideEncryption { members["ServerSideEncryption"] = .string(serverSideEncryption) }
        if let sseKMSKeyID { members["SSEKMSKeyId"] = .string(sseKMSKeyID) }
        if let bucketKeyEnabled { members["BucketKeyEnabled"] = .bool(bucketKeyEnabled) }
        if let sseCustomerAlgorithm { members["SSECustomerAlgorithm"] = .string(sseCustomerAlgorithm) }
        if let sseCustomerKeyMD5 { members["SSECustomerKeyMD5"] = .string(sseCustomerKeyMD5) }
        return .map(members)
    }
}

extension HeadObjectOutput {
    var document: Document {
        var members = Members(minimumCapacity: 16)
        if let deleteMarker { members["DeleteMarker"] = .bool(deleteMarker) }
        if let acceptRanges { members["AcceptRanges"] = .string(acceptRanges) }
        if let lastModified { members["LastModified"] = .timestamp(lastModified) }
        if let contentLength { members["ContentLength"] = .integer(contentLength) }
        if let eTag { members["ETag"] = .string(eTag) }
        if let checksumCRC32 { members["ChecksumCRC32"] = .string(checksumCRC32) }
        if let checksumCRC32C { members["ChecksumCRC32C"] = .string(checksumCRC32C) }
        if let checksumCRC64NVME { members["ChecksumCRC64NVME"] = .string(checksumCRC64NVME) }
        if let checksumSHA1 { members["ChecksumSHA1"] = .string(checksumSHA1) }
        if let checksumSHA256 { members["ChecksumSHA256"] = .string(checksumSHA256) }
        if let checksumSHA512 { members["ChecksumSHA512"] = .string(checksumSHA512) }
        if let checksumMD5 { members["ChecksumMD5"] = .string(checksumMD5) }
        if let checksumXXHASH64 { members["ChecksumXXHASH64"] = .string(checksumXXHASH64) }
        if let checksumXXHASH3 { members["ChecksumXXHASH3"] = .string(checksumXXHASH3) }
        if let checksumXXHASH128 { members["ChecksumXXHASH128"] = .string(checksumXXHASH128) }
        if let checksumType { members["ChecksumType"] = .string(checksumType) }
        if let versionID { members["VersionId"] = .string(versionID) }
        if let replicationStatus { members["ReplicationStatus"] = .string(replicationStatus) }
        if let expiration { members["Expiration"] = .string(expiration) }
        if let cacheControl { members["CacheControl"] = .string(cacheControl) }
        if let contentDisposition { members["ContentDisposition"] = .string(contentDisposition) }
        if let contentEncoding { members["ContentEncoding"] = .string(contentEncoding) }
        if let contentLanguage { members["ContentLanguage"] = .string(contentLanguage) }
        if let contentRange { members["ContentRange"] = .string(contentRange) }
        if let contentType { members["ContentType"] = .string(contentType) }
        if let expires { members["Expires"] = .string(expires) }
        if let websiteRedirectLocation { members["WebsiteRedirectLocation"] = .string(websiteRedirectLocation) }
        if let metadata {
            members["Metadata"] = .map(Members(uniqueKeysWithValues: metadata.map { ($0.key, Document.string($0.value)) }))
        }
        if let storageClass { members["StorageClass"] = .string(storageClass) }
        if let restore { members["Restore"] = .string(restore) }
        if let objectLockMode { members["ObjectLockMode"] = .string(objectLockMode) }
        if let objectLockRetainUntilDate { members["ObjectLockRetainUntilDate"] = .timestamp(objectLockRetainUntilDate) }
        if let objectLockLegalHoldStatus { members["ObjectLockLegalHoldStatus"] = .string(objectLockLegalHoldStatus) }
        if let partsCount { members["PartsCount"] = .integer(Int64(partsCount)) }
        if let tagCount { members["TagCount"] = .integer(Int64(tagCount)) }
        if let serverSideEncryption { members["ServerSideEncryption"] = .string(serverSideEncryption) }
        if let sseKMSKeyID { members["SSEKMSKeyId"] = .string(sseKMSKeyID) }
        if let bucketKeyEnabled { members["BucketKeyEnabled"] = .bool(bucketKeyEnabled) }
        if let sseCustomerAlgorithm { members["SSECustomerAlgorithm"] = .string(sseCustomerAlgorithm) }
        if let sseCustomerKeyMD5 { members["SSECustomerKeyMD5"] = .string(sseCustomerKeyMD5) }
        return .map(members)
    }
}
