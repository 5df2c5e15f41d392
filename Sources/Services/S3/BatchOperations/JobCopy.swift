import Documents
import Kernel

/// A batch's copy as CopyObject has it
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_S3CopyObjectOperation.html).
enum JobCopy {
    private static let names = [
        "CannedAccessControlList": "ACL", "StorageClass": "StorageClass", "RedirectLocation": "WebsiteRedirectLocation",
        "ModifiedSinceConstraint": "CopySourceIfModifiedSince", "UnModifiedSinceConstraint": "CopySourceIfUnmodifiedSince",
        "SSEAwsKmsKeyId": "SSEKMSKeyId", "ObjectLockLegalHoldStatus": "ObjectLockLegalHoldStatus",
        "ObjectLockMode": "ObjectLockMode", "ObjectLockRetainUntilDate": "ObjectLockRetainUntilDate",
        "BucketKeyEnabled": "BucketKeyEnabled", "ChecksumAlgorithm": "ChecksumAlgorithm",
        "MetadataDirective": "MetadataDirective",
    ]
    private static let metadata = [
        "CacheControl": "CacheControl", "ContentDisposition": "ContentDisposition", "ContentEncoding": "ContentEncoding",
        "ContentLanguage": "ContentLanguage", "ContentType": "ContentType", "UserMetadata": "Metadata",
    ]

    static func input(_ task: JobTask, _ arguments: Document) throws -> Document {
        guard let target = JobPath(arguments["TargetResource"]?.string ?? "") else {
            throw JobFault.invalid("The target is not a bucket.")
        }
        var source = "\(task.bucket)/\(PercentEncoding.encode(task.key, keeping: "/"))"
        if let version = task.version { source += "?versionId=\(version)" }
        let prefix = arguments["TargetKeyPrefix"]?.string ?? ""
        var input: Members = [
            "Bucket": .string(target.bucket), "Key": .string(prefix.isEmpty ? task.key : "\(prefix)/\(task.key)"),
            "CopySource": .string(source),
        ]
        for (name, member) in names where arguments[name] != nil { input[member] = arguments[name] }
        if let wish = arguments["NewObjectMetadata"] {
            for (name, member) in metadata where wish[name] != nil { input[member] = wish[name] }
            if let expires = wish["HttpExpiresDate"]?.timestamp { input["Expires"] = .string(expires.httpDate()) }
            switch wish["SSEAlgorithm"]?.string {
            case "AES256": input["ServerSideEncryption"] = "AES256"
            case "KMS": input["ServerSideEncryption"] = "aws:kms"
            default: break
            }
            let replaces = metadata.keys.contains { wish[$0] != nil } || wish["HttpExpiresDate"] != nil
            if replaces, arguments["MetadataDirective"] == nil { input["MetadataDirective"] = "REPLACE" }
        }
        if arguments["SSEAwsKmsKeyId"] != nil { input["ServerSideEncryption"] = "aws:kms" }
        if arguments["RequesterPays"]?.bool == true { input["RequestPayer"] = "requester" }
        if let tags = arguments["NewObjectTagging"]?.list {
            input["TaggingDirective"] = "REPLACE"
            input["Tagging"] = .string(
                tags.map { tag in
                    let (key, value) = (tag["Key"]?.string ?? "", tag["Value"]?.string ?? "")
                    return "\(PercentEncoding.encode(key))=\(PercentEncoding.encode(value))"
                }.joined(separator: "&"))
        }
        for (name, right) in grants(arguments["AccessControlGrants"]) {
            input[name] = .string(right)
        }
        return .map(input)
    }

    /// Grants as the headers of a request.
    private static func grants(_ list: Document?) -> [(String, String)] {
        let members = [
            "FULL_CONTROL": "GrantFullControl", "READ": "GrantRead", "READ_ACP": "GrantReadACP", "WRITE_ACP": "GrantWriteACP",
        ]
        var headers: [String: [String]] = [:]
        for grant in list?.list ?? [] {
            guard let member = members[grant["Permission"]?.string ?? ""], let grantee = grant["Grantee"] else { continue }
            let kind = grantee["TypeIdentifier"]?.string ?? "id"
            headers[member, default: []].append("\(kind)=\"\(grantee["Identifier"]?.string ?? "")\"")
        }
        return headers.map { ($0.key, $0.value.joined(separator: ", ")) }
    }

    /// An access control policy as PutObjectAcl has it.
    static func list(_ policy: Document?) -> Members {
        if let canned = policy?["CannedAccessControlList"] { return ["ACL": canned] }
        let grants = (policy?["AccessControlList"]?["Grants"]?.list ?? []).map { grant -> Document in
            let identifier = grant["Grantee"]?["Identifier"] ?? .null
            let grantee: Document =
                switch grant["Grantee"]?["TypeIdentifier"]?.string {
                case "uri": ["Type": "Group", "URI": identifier]
                case "emailAddress": ["Type": "AmazonCustomerByEmail", "EmailAddress": identifier]
                default: ["Type": "CanonicalUser", "ID": identifier]
                }
            return ["Grantee": grantee, "Permission": grant["Permission"] ?? .null]
        }
        var owner: Members = [:]
        if let id = policy?["AccessControlList"]?["Owner"]?["ID"] { owner["ID"] = id }
        return ["AccessControlPolicy": ["Grants": .list(grants), "Owner": .map(owner)]]
    }
}
