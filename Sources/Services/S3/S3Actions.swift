import Documents
import Kernel

/// The permissions of each operation
/// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html).
enum S3Actions {
    static let map: ActionMap = [
        "CreateBucket": { input, _ in [Permission("s3:CreateBucket", on: bucketARN(input), isCreation: true)] },
        "HeadBucket": bucket("s3:ListBucket"),
        "DeleteBucket": bucket("s3:DeleteBucket"),
        "ListBuckets": { _, _ in [Permission("s3:ListAllMyBuckets", on: "*")] },
        "GetBucketLocation": bucket("s3:GetBucketLocation"),
        "PutBucketTagging": bucket("s3:PutBucketTagging"),
        "GetBucketTagging": bucket("s3:GetBucketTagging"),
        "DeleteBucketTagging": bucket("s3:PutBucketTagging"),
        "PutBucketVersioning": bucket("s3:PutBucketVersioning"),
        "GetBucketVersioning": bucket("s3:GetBucketVersioning"),
        "PutBucketPolicy": bucket("s3:PutBucketPolicy"),
        "GetBucketPolicy": bucket("s3:GetBucketPolicy"),
        "DeleteBucketPolicy": bucket("s3:DeleteBucketPolicy"),
        "PutPublicAccessBlock": bucket("s3:PutBucketPublicAccessBlock"),
        "GetPublicAccessBlock": bucket("s3:GetBucketPublicAccessBlock"),
        "DeletePublicAccessBlock": bucket("s3:PutBucketPublicAccessBlock"),
        "PutBucketNotificationConfiguration": bucket("s3:PutBucketNotification"),
        "GetBucketNotificationConfiguration": bucket("s3:GetBucketNotification"),
        "ListObjects": listing("s3:ListBucket", max: "MaxKeys"),
        "ListObjectsV2": listing("s3:ListBucket", max: "MaxKeys"),
        "ListObjectVersions": listing("s3:ListBucketVersions", max: "MaxKeys"),
        "ListMultipartUploads": bucket("s3:ListBucketMultipartUploads"),
        "PutObject": write,
        "GetObject": object("s3:GetObject", version: "s3:GetObjectVersion"),
        "HeadObject": object("s3:GetObject", version: "s3:GetObjectVersion"),
        "GetObjectAttributes": { input, _ in
            let actions =
                input["VersionId"] == nil
                ? ["s3:GetObject", "s3:GetObjectAttributes"] : ["s3:GetObjectVersion", "s3:GetObjectVersionAttributes"]
            return actions.map { permission($0, input) }
        },
        "CopyObject": copy,
        "DeleteObject": object("s3:DeleteObject", version: "s3:DeleteObjectVersion"),
        // Each key is authorized by itself, as the DeleteObject that it becomes.
        "DeleteObjects": { _, _ in [] },
        "PutObjectTagging": object("s3:PutObjectTagging", version: "s3:PutObjectVersionTagging"),
        "GetObjectTagging": object("s3:GetObjectTagging", version: "s3:GetObjectVersionTagging"),
        "DeleteObjectTagging": object("s3:DeleteObjectTagging", version: "s3:DeleteObjectVersionTagging"),
        "CreateMultipartUpload": write,
        "UploadPart": object("s3:PutObject"),
        "UploadPartCopy": { input, _ in [try source(input), permission("s3:PutObject", input)] },
        "CompleteMultipartUpload": object("s3:PutObject"),
        "AbortMultipartUpload": object("s3:AbortMultipartUpload"),
        "ListParts": object("s3:ListMultipartUploadParts"),
    ]

    private typealias Rule = @Sendable (Document, Context) throws -> [Permission]

    private static func bucketARN(_ input: Document) -> String { "arn:aws:s3:::\(input["Bucket"]?.string ?? "")" }

    /// Who may list a bucket may know what is not in it.
    static func listing(_ bucket: String) -> Permission { Permission("s3:ListBucket", on: "arn:aws:s3:::\(bucket)") }

    private static func permission(_ action: String, _ input: Document, conditions: [String: [String]] = [:]) -> Permission {
        Permission(action, on: "\(bucketARN(input))/\(input["Key"]?.string ?? "")", conditions: conditions)
    }

    private static func bucket(_ action: String) -> Rule {
        { input, _ in [Permission(action, on: bucketARN(input))] }
    }

    private static func object(_ action: String, version: String? = nil) -> Rule {
        { input, _ in
            guard let version, let id = input["VersionId"]?.string else { return [permission(action, input)] }
            return [permission(version, input, conditions: ["s3:VersionId": [id]])]
        }
    }

    private static func listing(_ action: String, max: String) -> Rule {
        { input, _ in
            var conditions: [String: [String]] = [:]
            if let prefix = input["Prefix"]?.string { conditions["s3:prefix"] = [prefix] }
            if let delimiter = input["Delimiter"]?.string { conditions["s3:delimiter"] = [delimiter] }
            if let count = input[max]?.integer { conditions["s3:max-keys"] = [String(count)] }
            return [Permission(action, on: bucketARN(input), conditions: conditions)]
        }
    }

    /// Condition keys that PUT, copy and multipart creation fill.
    private static func writeConditions(_ input: Document) -> [String: [String]] {
        var conditions: [String: [String]] = [:]
        for (key, member) in [("s3:x-amz-acl", "ACL"), ("s3:x-amz-storage-class", "StorageClass")] {
            if let value = input[member]?.string { conditions[key] = [value] }
        }
        return conditions
    }

    private static let write: Rule = { input, _ in
        let put = permission("s3:PutObject", input, conditions: writeConditions(input))
        return input["Tagging"] == nil ? [put] : [put, permission("s3:PutObjectTagging", input)]
    }

    private static let copy: Rule = { input, _ in
        var needed = [try source(input), permission("s3:PutObject", input, conditions: writeConditions(input))]
        if input["TaggingDirective"]?.string == "REPLACE", input["Tagging"] != nil {
            needed.append(permission("s3:PutObjectTagging", input))
        }
        return needed
    }

    private static func source(_ input: Document) throws -> Permission {
        let source = try CopySource(input["CopySource"]?.string ?? "")
        let action = source.versionID == nil ? "s3:GetObject" : "s3:GetObjectVersion"
        return Permission(action, on: "arn:aws:s3:::\(source.bucket)/\(source.key)")
    }
}
