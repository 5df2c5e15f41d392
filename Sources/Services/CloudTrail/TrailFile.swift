import Crypto
import Documents
import Kernel

/// Files that a trail puts into its bucket.
enum TrailFile {
    /// Puts an object as CloudTrail, for the trail: the bucket's policy decides.
    /// - Parameter isFile: gzip of JSON, encrypted with the trail's key; else the empty folder of the check.
    /// - Throws: ``AWSError`` of S3.
    static func put(
        _ bytes: [UInt8], key: String, of trail: TrailRecord, on platform: Platform, metadata: Members = [:], isFile: Bool = true
    ) async throws {
        var input: Members = [
            "Bucket": .string(trail.bucket), "Key": .string(key), "ACL": "bucket-owner-full-control",
            "ContentLength": .integer(Int64(bytes.count)),
        ]
        if isFile {
            input["ContentType"] = "application/json"
            input["ContentEncoding"] = "gzip"
        }
        if let key = trail.kmsKey {
            input["ServerSideEncryption"] = "aws:kms"
            input["SSEKMSKeyId"] = .string(key)
            // By which the documented key policy knows CloudTrail's requests; S3 adds the object's ARN. A bucket key would
            // have the bucket's context alone
            // (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html).
            let context: Document = ["aws:cloudtrail:arn": .string(trail.arn)]
            input["SSEKMSEncryptionContext"] = .string(Base64.string(JSON.write(context)))
            input["BucketKeyEnabled"] = false
        }
        if !metadata.isEmpty { input["Metadata"] = .map(metadata) }
        _ = try await platform.call(
            Call(
                "s3", "PutObject", .map(input), body: RequestBody(ByteStream(bytes: bytes)),
                caller: CloudTrailService.caller(for: trail), region: trail.homeRegion))
    }

    /// `AWSLogs/ACCOUNT/CloudTrail/REGION/2026/11/21/ACCOUNT_CloudTrail_REGION_20261121T0845Z_RANDOM.json.gz`
    /// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-find-log-files.html)
    static func logKey(_ trail: TrailRecord, _ account: String, _ region: String, at moment: Timestamp) -> String {
        let minute = String(moment.iso8601Basic().prefix(13)) + "Z"
        return "\(trail.folder(account))/CloudTrail/\(region)/\(day(moment))/\(account)_CloudTrail_\(region)_\(minute)_"
            + "\(Identifier.code(16)).json.gz"
    }

    /// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html)
    static func digestKey(_ trail: TrailRecord, _ account: String, _ region: String, at moment: Timestamp) -> String {
        "\(trail.folder(account))/CloudTrail-Digest/\(region)/\(day(moment))/\(account)_CloudTrail-Digest_\(region)_"
            + "\(trail.name)_\(trail.homeRegion)_\(moment.iso8601Basic()).json.gz"
    }

    private static func day(_ moment: Timestamp) -> String {
        String(moment.iso8601().prefix(10)).replacing("-", with: "/")
    }

    /// The events as one document, `{"Records":[...]}`.
    static func document(_ events: [AuditEntry]) -> [UInt8] {
        var bytes = Array(#"{"Records":["#.utf8)
        for (index, event) in events.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: event.event)
        }
        bytes.append(contentsOf: "]}".utf8)
        return bytes
    }

    static func hash(_ bytes: [UInt8]) -> String { Hex.encode(SHA256.hash(data: bytes)) }
}
