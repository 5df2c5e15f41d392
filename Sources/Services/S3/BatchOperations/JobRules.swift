import Documents
import Kernel

/// What CreateJob takes (https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateJob.html).
enum JobRules {
    private static let built: Set<String> = [
        "LambdaInvoke", "S3PutObjectCopy", "S3PutObjectAcl", "S3PutObjectTagging", "S3DeleteObjectTagging",
        "S3InitiateRestoreObject", "S3PutObjectLegalHold", "S3PutObjectRetention", "S3ReplicateObject",
        "S3UpdateObjectEncryption", "S3ComputeObjectChecksum",
    ]

    static func check(_ input: CreateJobInput) throws {
        guard let operations = input.operation.members, operations.count == 1, let entry = operations.elements.first else {
            throw JobFault.invalid("A job has exactly one operation.")
        }
        let (name, arguments) = (entry.key, entry.value)
        guard built.contains(name) else { throw JobFault.notBuilt(name) }
        guard input.priority >= 0 else { throw JobFault.invalid("The priority is not valid.") }
        guard !input.clientRequestToken.isEmpty else { throw JobFault.invalid("The client request token is empty.") }
        guard let role = ARN(input.roleARN), role.service == "iam", role.resource.hasPrefix("role/") else {
            throw JobFault.invalid("The role ARN is not valid.")
        }
        try check(name, arguments)
        try checkManifest(input)
        try checkReport(input.report)
    }

    private static func check(_ name: String, _ arguments: Document) throws {
        switch name {
        case "LambdaInvoke":
            guard let function = arguments["FunctionArn"]?.string, !function.isEmpty else {
                throw JobFault.invalid("LambdaInvoke needs a function's ARN.")
            }
            let version = arguments["InvocationSchemaVersion"]?.string ?? "1.0"
            guard version == "1.0" || version == "2.0" else {
                throw JobFault.invalid("The invocation schema version is not valid.")
            }
            guard arguments["UserArguments"] == nil || version == "2.0" else {
                throw JobFault.invalid("User arguments need invocation schema version 2.0.")
            }
        case "S3PutObjectCopy":
            guard let target = arguments["TargetResource"]?.string, target.hasPrefix("arn:") else {
                throw JobFault.invalid("S3PutObjectCopy needs the target bucket's ARN.")
            }
            try refuseHolds(["ObjectLockEventHold", "ObjectLockEventHoldDuration"], of: arguments)
        case "S3PutObjectTagging":
            let tags = arguments["TagSet"]?.list ?? []
            let shapes = tags.compactMap { tag in
                tag["Key"]?.string.map { Shape.Tag(key: $0, value: tag["Value"]?.string ?? "") }
            }
            guard !shapes.isEmpty else { throw JobFault.invalid("The tag set is empty.") }
            _ = try TagRules.check(shapes, limit: Limit.objectTags)
        case "S3InitiateRestoreObject":
            if let days = arguments["ExpirationInDays"]?.integer, days < 1 {
                throw JobFault.invalid("ExpirationInDays is not valid.")
            }
            // Expedited retrieval is not for batches.
            if let tier = arguments["GlacierJobTier"]?.string, tier != "BULK", tier != "STANDARD" {
                throw JobFault.invalid("The retrieval tier is not valid.")
            }
        case "S3PutObjectRetention":
            guard let retention = arguments["Retention"] else {
                throw JobFault.invalid("S3PutObjectRetention needs a retention.")
            }
            try refuseHolds(["EventHold", "EventHoldDuration"], of: retention)
        case "S3UpdateObjectEncryption":
            guard arguments["ObjectEncryption"]?["SSEKMS"] != nil else {
                throw JobFault.invalid("S3UpdateObjectEncryption needs the new encryption, SSE-KMS.")
            }
        case "S3ComputeObjectChecksum": _ = try JobChecksum(arguments)
        case "S3PutObjectLegalHold":
            guard arguments["LegalHold"]?["Status"]?.string != nil else {
                throw JobFault.invalid("S3PutObjectLegalHold needs a status.")
            }
        default: break
        }
    }

    /// Holds until an event, which Tarn does not have.
    private static func refuseHolds(_ members: [String], of arguments: Document) throws {
        for member in members where arguments[member] != nil { throw JobFault.notBuilt(member) }
    }

    private static func checkManifest(_ input: CreateJobInput) throws {
        guard (input.manifest == nil) != (input.manifestGenerator == nil) else {
            throw JobFault.invalid("A job has either a manifest or a manifest generator.")
        }
        if let manifest = input.manifest {
            let format = manifest["Spec"]?["Format"]?.string
            if format == "S3BatchOperations_CSV_20180820" {
                let fields = (manifest["Spec"]?["Fields"]?.list ?? []).compactMap(\.string)
                guard fields.contains("Bucket"), fields.contains("Key") else {
                    throw JobFault.invalid("The manifest's fields must have Bucket and Key.")
                }
            } else if format != "S3InventoryReport_CSV_20161130" {
                throw JobFault.invalid("The manifest's format is not valid.")
            }
            guard let object = manifest["Location"]?["ObjectArn"]?.string, JobPath(object)?.key != nil else {
                throw JobFault.invalid("The manifest's location is not an object's ARN.")
            }
        }
        guard let generator = input.manifestGenerator?["S3JobManifestGenerator"] else {
            if input.manifestGenerator != nil { throw JobFault.invalid("The manifest generator is not valid.") }
            return
        }
        guard JobPath(generator["SourceBucket"]?.string ?? "") != nil else {
            throw JobFault.invalid("The source bucket's ARN is not valid.")
        }
        if generator["EnableManifestOutput"]?.bool == true, generator["ManifestOutputLocation"] == nil {
            throw JobFault.invalid("The manifest's output needs a location.")
        }
    }

    private static func checkReport(_ report: Document) throws {
        guard report["Enabled"]?.bool == true else { return }
        guard let bucket = report["Bucket"]?.string, JobPath(bucket) != nil else {
            throw JobFault.invalid("The report's bucket is not a bucket's ARN.")
        }
        guard report["Format"]?.string == "Report_CSV_20180820", report["ReportScope"]?.string != nil else {
            throw JobFault.invalid("The report needs its format and its scope.")
        }
    }
}

/// The bucket and key in `arn:PARTITION:s3:::BUCKET/KEY`; an access point's ARN stands for its bucket.
struct JobPath: Hashable, Sendable {
    var bucket: String
    var key: String?

    init?(_ text: String) {
        guard let arn = ARN(text), arn.service == "s3" else { return nil }
        guard arn.account.isEmpty else {
            let parts = arn.resource.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
            guard parts.count == 2 || parts.count == 4, parts[0] == "accesspoint" else { return nil }
            bucket = "arn:\(arn.partition):s3:\(arn.region):\(arn.account):accesspoint/\(parts[1])"
            key = parts.count == 4 ? String(parts[3]) : nil
            return
        }
        let slash = arn.resource.utf8.firstIndex(of: UInt8(ascii: "/"))
        bucket = slash.map { String(arn.resource[..<$0]) } ?? arn.resource
        key = slash.map { String(arn.resource[arn.resource.utf8.index(after: $0)...]) }
        guard !bucket.isEmpty, key != "" else { return nil }
    }
}
