import Documents
import Kernel

/// The condition keys that a request fills beside its operation's own
/// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys and
/// https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html).
enum RequestConditions {
    /// Whether a request is signed by Signature Version 2.
    static func isOfVersion2(_ http: HTTPDetails?) -> Bool {
        guard let http else { return false }
        return http.query.contains("AWSAccessKeyId=") || http.headers["authorization"]?.hasPrefix("AWS ") == true
    }

    /// How the request was signed.
    static func signature(_ context: Context) -> [String: [String]] {
        guard let http = context.http else { return [:] }
        var keys: [String: [String]] = [:]
        let isOld = isOfVersion2(http)
        let isPresigned = http.query.contains("X-Amz-Signature=") || http.query.contains("AWSAccessKeyId=")
        if context.caller.kind != .anonymous {
            keys["s3:authType"] = [isPresigned ? "REST-QUERY-STRING" : "REST-HEADER"]
            keys["s3:signatureversion"] = [isOld ? "AWS" : "AWS4-HMAC-SHA256"]
            let date = isPresigned ? value("X-Amz-Date", in: http.query) : http.headers["x-amz-date"]
            if let signed = date.flatMap({ Timestamp(iso8601: $0) }) {
                keys["s3:signatureAge"] = [String(max(0, (context.now.microseconds - signed.microseconds) / 1_000))]
            }
        }
        if let digest = http.headers["x-amz-content-sha256"] { keys["s3:x-amz-content-sha256"] = [digest] }
        return keys
    }

    /// Members of writing requests under the names that policies give them.
    private static let members: [(String, String)] = [
        ("BucketNamespace", "s3:x-amz-bucket-namespace"), ("ACL", "s3:x-amz-acl"),
        ("GrantFullControl", "s3:x-amz-grant-full-control"), ("GrantRead", "s3:x-amz-grant-read"),
        ("GrantReadACP", "s3:x-amz-grant-read-acp"), ("GrantWrite", "s3:x-amz-grant-write"),
        ("GrantWriteACP", "s3:x-amz-grant-write-acp"), ("StorageClass", "s3:x-amz-storage-class"),
        ("CopySource", "s3:x-amz-copy-source"), ("MetadataDirective", "s3:x-amz-metadata-directive"),
        ("ServerSideEncryption", "s3:x-amz-server-side-encryption"),
        ("SSEKMSKeyId", "s3:x-amz-server-side-encryption-aws-kms-key-id"),
        ("SSECustomerAlgorithm", "s3:x-amz-server-side-encryption-customer-algorithm"),
        ("WebsiteRedirectLocation", "s3:x-amz-website-redirect-location"), ("ObjectOwnership", "s3:x-amz-object-ownership"),
        ("ObjectLockMode", "s3:object-lock-mode"), ("ObjectLockLegalHoldStatus", "s3:object-lock-legal-hold"),
        ("IfMatch", "s3:if-match"), ("IfNoneMatch", "s3:if-none-match"),
    ]

    static func write(_ input: Document, _ context: Context) -> [String: [String]] {
        var keys: [String: [String]] = [:]
        for (member, key) in members {
            if let text = input[member]?.string { keys[key] = [text] }
        }
        if let until = input["ObjectLockRetainUntilDate"]?.timestamp {
            keys["s3:object-lock-retain-until-date"] = [until.iso8601()]
            keys["s3:object-lock-remaining-retention-days"] = [String(max(0, (until.seconds - context.now.seconds) / 86_400))]
        }
        return keys
    }

    /// `s3:RequestObjectTag/KEY` and `s3:RequestObjectTagKeys`.
    static func tags(_ tags: [Tag]) -> [String: [String]] {
        guard !tags.isEmpty else { return [:] }
        var keys: [String: [String]] = ["s3:RequestObjectTagKeys": tags.map(\.key)]
        for tag in tags { keys["s3:RequestObjectTag/\(tag.key)"] = [tag.value] }
        return keys
    }

    /// Tags of buckets and access points, as they come in a request's body.
    static func resourceTags(_ tags: [Document]) -> [String: [String]] {
        var keys: [String: [String]] = [:]
        for tag in tags {
            guard let key = tag["Key"]?.string else { continue }
            keys["aws:RequestTag/\(key)"] = [tag["Value"]?.string ?? ""]
            keys["aws:TagKeys", default: []].append(key)
        }
        return keys
    }

    /// The first value of a field of the query.
    static func value(_ name: String, in query: String) -> String? {
        for pair in query.split(separator: "&") where pair.hasPrefix(name + "=") {
            return PercentEncoding.decode(pair.dropFirst(name.count + 1))
        }
        return nil
    }
}
