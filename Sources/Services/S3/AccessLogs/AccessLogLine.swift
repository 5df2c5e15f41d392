import Documents
import Kernel

/// A request that was answered, as far as the front door saw it.
public struct ServedRequest: Sendable {
    /// When it came in, on the platform's clock.
    public var time: Timestamp
    public var http: HTTPDetails
    /// A bucket's name, or what stands for it; as in a path-style path, decoded.
    public var bucket: String
    public var key: String?
    /// nil where none was found for the request.
    public var operation: String?
    /// nil where the request's signature was refused or not read.
    public var caller: Caller?
    public var requestID: String
    public var hostID: String
    public var status: Int
    public var errorCode: String?
    /// Of the body; nil where it is not known beforehand.
    public var bytesSent: Int64?
    /// The whole object's, for operations on one.
    public var objectSize: Int64?
    public var versionID: String?
    public var milliseconds: Int64
    /// The keys that a DeleteObjects has removed.
    public var deletedKeys: [String]
    /// The `x-amz-copy-source`.
    public var copySource: String?

    public init(
        time: Timestamp, http: HTTPDetails, bucket: String, key: String?, operation: String?, caller: Caller?, requestID: String,
        hostID: String, status: Int, errorCode: String?, bytesSent: Int64?, objectSize: Int64?, versionID: String?,
        milliseconds: Int64, deletedKeys: [String] = [], copySource: String? = nil
    ) {
        (self.time, self.http, self.bucket, self.key, self.operation) = (time, http, bucket, key, operation)
        (self.caller, self.requestID, self.hostID, self.status) = (caller, requestID, hostID, status)
        (self.errorCode, self.bytesSent, self.objectSize) = (errorCode, bytesSent, objectSize)
        (self.versionID, self.milliseconds) = (versionID, milliseconds)
        (self.deletedKeys, self.copySource) = (deletedKeys, copySource)
    }
}

/// One line of a server access log (https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html).
struct AccessLogLine {
    let request: ServedRequest
    let bucket: BucketRecord
    let accessPoint: AccessPointRecord?

    /// The fields in their order, without the newline.
    var text: String {
        line(operation: request.operation.map { AccessLogOperation.name($0, request.http.method, hasKey: request.key != nil) })
    }

    /// Further lines of the same request: one for each key that a DeleteObjects has removed.
    var more: [String] {
        request.deletedKeys.map { key in
            var other = request
            (other.key, other.bytesSent, other.objectSize, other.errorCode) = (key, nil, nil, nil)
            (other.status, other.versionID) = (204, nil)
            return AccessLogLine(request: other, bucket: bucket, accessPoint: accessPoint).line(operation: "BATCH.DELETE.OBJECT")
        }
    }

    /// - Parameter operation: nil where no operation was found.
    func line(operation: String?) -> String {
        let http = request.http
        let query = http.query.isEmpty ? "" : "?\(http.query)"
        let signature = Signature(http)
        return [
            CanonicalUser.id(bucket.account), bucket.name, Self.time(request.time), http.sourceIP, requester, request.requestID,
            operation ?? AccessLogOperation.unnamed(http.method, hasKey: request.key != nil),
            request.key.map { Self.encoded($0) } ?? "-",
            Self.quoted("\(http.method) \(http.path)\(query) HTTP/1.1"), String(request.status), request.errorCode ?? "-",
            Self.number(request.bytesSent), Self.number(request.objectSize), String(request.milliseconds),
            String(max(1, request.milliseconds)), Self.quoted(http.headers["referer"] ?? "-"),
            Self.quoted(http.headers["user-agent"] ?? "-"), request.versionID ?? "-", request.hostID, signature.version, "-",
            signature.kind, http.host.isEmpty ? "-" : http.host, "-", accessPoint?.arn ?? "-", "-", bucket.region,
        ].joined(separator: " ")
    }

    /// Root is its account's canonical user id, anybody else an ARN.
    private var requester: String {
        guard let caller = request.caller, caller.kind != .anonymous else { return "-" }
        switch caller.kind {
        case .root: return CanonicalUser.id(caller.account)
        case .service: return "svc:\(caller.serviceName ?? "-")"
        default: return caller.arn
        }
    }

    /// A zero is a dash.
    static func number(_ value: Int64?) -> String { value.map { $0 == 0 ? "-" : String($0) } ?? "-" }

    static func encoded(_ key: String) -> String { PercentEncoding.encode(key, keeping: "/") }

    /// Control characters and quotation marks would break the line.
    private static func quoted(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "%22"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                output += "%" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16, uppercase: true)
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }

    /// `[06/Feb/2019:00:00:38 +0000]`
    static func time(_ moment: Timestamp) -> String { "[\(moment.logDate())]" }

    /// How a request is signed.
    private struct Signature {
        var version = "-"
        var kind = "-"

        init(_ http: HTTPDetails) {
            if let header = http.headers["authorization"] {
                (version, kind) = (header.hasPrefix("AWS4-") ? "SigV4" : "SigV2", "AuthHeader")
            } else if http.query.contains("X-Amz-Signature=") {
                (version, kind) = ("SigV4", "QueryString")
            } else if http.query.contains("AWSAccessKeyId=") {
                (version, kind) = ("SigV2", "QueryString")
            }
        }
    }
}

/// Operations as access logs call them: `REST.METHOD.RESOURCE`.
enum AccessLogOperation {
    private static let resources: [String: String] = [
        "PutObject": "OBJECT", "GetObject": "OBJECT", "HeadObject": "OBJECT", "DeleteObject": "OBJECT",
        "GetObjectAttributes": "OBJECT_ATTRIBUTES", "ListObjects": "BUCKET", "ListObjectsV2": "BUCKET", "HeadBucket": "BUCKET",
        "CreateBucket": "BUCKET", "DeleteBucket": "BUCKET", "ListObjectVersions": "BUCKETVERSIONS", "GetBucketAcl": "ACL",
        "PutBucketAcl": "ACL", "GetObjectAcl": "ACL", "PutObjectAcl": "ACL", "GetObjectTagging": "OBJECT_TAGGING",
        "PutObjectTagging": "OBJECT_TAGGING", "DeleteObjectTagging": "OBJECT_TAGGING", "GetBucketTagging": "TAGGING",
        "PutBucketTagging": "TAGGING", "DeleteBucketTagging": "TAGGING", "CreateMultipartUpload": "UPLOADS",
        "ListMultipartUploads": "UPLOADS", "UploadPart": "PART", "CompleteMultipartUpload": "UPLOAD",
        "AbortMultipartUpload": "UPLOAD", "ListParts": "UPLOAD", "DeleteObjects": "MULTI_OBJECT_DELETE",
        "GetBucketPolicy": "BUCKETPOLICY", "PutBucketPolicy": "BUCKETPOLICY", "DeleteBucketPolicy": "BUCKETPOLICY",
        "GetBucketPolicyStatus": "BUCKETPOLICY_STATUS", "GetPublicAccessBlock": "PUBLIC_ACCESS_BLOCK",
        "PutPublicAccessBlock": "PUBLIC_ACCESS_BLOCK", "DeletePublicAccessBlock": "PUBLIC_ACCESS_BLOCK",
        "GetBucketVersioning": "VERSIONING", "PutBucketVersioning": "VERSIONING", "GetBucketLogging": "LOGGING_STATUS",
        "PutBucketLogging": "LOGGING_STATUS", "GetBucketNotificationConfiguration": "NOTIFICATION",
        "PutBucketNotificationConfiguration": "NOTIFICATION", "GetBucketEncryption": "ENCRYPTION",
        "PutBucketEncryption": "ENCRYPTION", "DeleteBucketEncryption": "ENCRYPTION", "GetBucketLocation": "LOCATION",
        "GetBucketCors": "CORS", "PutBucketCors": "CORS", "DeleteBucketCors": "CORS", "GetBucketWebsite": "WEBSITE",
        "PutBucketWebsite": "WEBSITE", "DeleteBucketWebsite": "WEBSITE", "GetBucketRequestPayment": "REQUEST_PAYMENT",
        "PutBucketRequestPayment": "REQUEST_PAYMENT", "GetBucketOwnershipControls": "OWNERSHIP_CONTROLS",
        "PutBucketOwnershipControls": "OWNERSHIP_CONTROLS", "DeleteBucketOwnershipControls": "OWNERSHIP_CONTROLS",
        "GetBucketLifecycleConfiguration": "LIFECYCLE", "PutBucketLifecycleConfiguration": "LIFECYCLE",
        "DeleteBucketLifecycle": "LIFECYCLE", "GetBucketReplication": "REPLICATION", "PutBucketReplication": "REPLICATION",
        "DeleteBucketReplication": "REPLICATION", "GetObjectLockConfiguration": "OBJECT_LOCK_CONFIGURATION",
        "PutObjectLockConfiguration": "OBJECT_LOCK_CONFIGURATION", "GetObjectRetention": "OBJECT_RETENTION",
        "PutObjectRetention": "OBJECT_RETENTION", "GetObjectLegalHold": "OBJECT_LEGALHOLD",
        "PutObjectLegalHold": "OBJECT_LEGALHOLD", "RestoreObject": "RESTORE", "SelectObjectContent": "SELECT",
    ]

    /// Of a request for which no operation was found.
    static func unnamed(_ method: String, hasKey: Bool) -> String {
        if method == "OPTIONS" { return "REST.OPTIONS.PREFLIGHT" }
        return "REST.\(method).\(hasKey ? "OBJECT" : "BUCKET")"
    }

    static func name(_ operation: String, _ method: String, hasKey: Bool) -> String {
        switch operation {
        case "CopyObject": "REST.COPY.OBJECT"
        case "UploadPartCopy": "REST.COPY.PART"
        case "Website": "WEBSITE.\(method).OBJECT"
        default: "REST.\(method).\(resources[operation] ?? (hasKey ? "OBJECT" : "BUCKET"))"
        }
    }
}
