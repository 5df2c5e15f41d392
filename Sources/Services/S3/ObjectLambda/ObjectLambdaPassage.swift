import Documents
import Kernel
import Store

/// What works through an Object Lambda access point, and the action that each operation needs there
/// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3objectlambda.html).
enum ObjectLambdaPassage {
    private static let actions: [String: String] = [
        "AbortMultipartUpload": "AbortMultipartUpload", "CompleteMultipartUpload": "PutObject",
        "CreateMultipartUpload": "PutObject", "DeleteObject": "DeleteObject", "DeleteObjects": "DeleteObject",
        "DeleteObjectTagging": "DeleteObjectTagging", "GetObject": "GetObject", "GetObjectAcl": "GetObjectAcl",
        "GetObjectAttributes": "GetObject", "GetObjectLegalHold": "GetObjectLegalHold",
        "GetObjectRetention": "GetObjectRetention", "GetObjectTagging": "GetObjectTagging", "HeadBucket": "ListBucket",
        "HeadObject": "GetObject", "ListMultipartUploads": "ListBucketMultipartUploads", "ListObjects": "ListBucket",
        "ListObjectsV2": "ListBucket", "ListObjectVersions": "ListBucketVersions", "ListParts": "ListMultipartUploadParts",
        "PutObject": "PutObject", "PutObjectAcl": "PutObjectAcl", "PutObjectLegalHold": "PutObjectLegalHold",
        "PutObjectRetention": "PutObjectRetention", "PutObjectTagging": "PutObjectTagging", "RestoreObject": "RestoreObject",
        "UploadPart": "PutObject",
    ]
    /// Those that are others for a version by its id: `GetObjectVersionTagging`.
    private static let versioned: Set<String> = [
        "DeleteObject", "DeleteObjectTagging", "GetObject", "GetObjectAcl", "GetObjectTagging", "PutObjectAcl",
        "PutObjectTagging",
    ]

    /// - Returns: nil for an operation that does not work there.
    static func action(_ operation: String, _ input: Document) -> String? {
        guard let action = actions[operation] else { return nil }
        guard versioned.contains(action), input["VersionId"] != nil, let end = action.firstRange(of: "Object")?.upperBound else {
            return "s3-object-lambda:\(action)"
        }
        return "s3-object-lambda:\(action[..<end])Version\(action[end...])"
    }
}

extension ObjectLambdaRecord {
    /// What the caller must be allowed at the access point itself. What lies behind it is asked for when the request goes
    /// on, or when the function does.
    func permission(_ operation: String, _ input: Document) throws -> Permission {
        guard let action = ObjectLambdaPassage.action(operation, input) else {
            throw AccessPointFault.notAllowed(operation: operation)
        }
        var permission = Permission(action, on: arn)
        if let version = input["VersionId"]?.string { permission.conditions["s3-object-lambda:versionid"] = [version] }
        permission.facts = ResourceFacts(account: account, policy: policy)
        return permission
    }
}
