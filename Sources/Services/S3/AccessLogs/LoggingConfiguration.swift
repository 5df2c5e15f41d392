import Documents
import Kernel
import Store

/// Where a bucket's access logs go.
struct LoggingRule: Codable, Hashable, Sendable {
    enum KeyFormat: String, Codable, Sendable {
        case simple
        case partitionedByEvent = "EventTime"
        case partitionedByDelivery = "DeliveryTime"
    }
    var targetBucket: String
    var targetPrefix: String
    /// Beside the owner's full control; none where the target has lists off.
    var grants: [Grant]
    var keyFormat: KeyFormat
    /// The request named the simple format, which is also what it gets without a word; GetBucketLogging tells.
    var namesSimple: Bool?

    /// A row for each bucket that is logged, so that they are known at start.
    static func key(_ bucket: String) -> Key { Key(.s3AccessLog, "rule", .text(bucket)) }
    static let all = Key(.s3AccessLog, "rule")
}

/// What PutBucketLogging refuses (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html).
enum LoggingFault: Fault {
    case noTarget(String)
    case otherOwner(String)
    case otherRegion(String)
    case noPermission(String)

    var wire: AWSError {
        switch self {
        case .noTarget(let bucket): target(bucket, "The target bucket for logging does not exist")
        case .otherOwner(let bucket):
            target(bucket, "The owner for the bucket to be logged and the target bucket must be the same.")
        case .noPermission(let bucket):
            target(bucket, "You must give the log-delivery group WRITE and READ_ACP permissions to the target bucket")
        case .otherRegion(let bucket):
            AWSError(
                "CrossLocationLoggingProhibitted", 403,
                "Cross S3 location logging not allowed. Buckets in one geographic location cannot log information to a bucket in another location.",
                fields: ["TargetBucket": .string(bucket)])
        }
    }

    private func target(_ bucket: String, _ message: String) -> AWSError {
        AWSError("InvalidTargetBucketForLogging", 400, message, fields: ["TargetBucket": .string(bucket)])
    }
}

extension S3Service {
    func registerAccessLogs(in operations: inout Operations) {
        operations.on("PutBucketLogging", putBucketLogging)
        operations.on("GetBucketLogging", getBucketLogging)
        operations.timer("deliver access log", deliverAccessLog)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
    func putBucketLogging(_ input: PutBucketLoggingInput, _ context: Context) async throws -> Nothing {
        let rule = try await rule(input, context)
        try await context.store.write { [accessLogs] transaction in
            var bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: transaction)
            if let rule {
                try Self.check(rule, buckets.record(rule.targetBucket, in: transaction), for: bucket)
                try transaction.put(LoggingRule.key(bucket.name), [1])
            } else {
                try transaction.delete(LoggingRule.key(bucket.name))
            }
            bucket.logging = rule
            try transaction.put(BucketRecord.key(bucket.name), bucket)
            buckets.changes(bucket.name, in: transaction)
            transaction.afterCommit { [name = bucket.name] in accessLogs.set(name, isLogged: rule != nil) }
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html
    func getBucketLogging(_ input: GetBucketLoggingInput, _ context: Context) async throws -> GetBucketLoggingOutput {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        guard let rule = bucket.logging else { return GetBucketLoggingOutput() }
        var shape = Shape.LoggingEnabled(targetBucket: rule.targetBucket, targetPrefix: rule.targetPrefix)
        shape.targetGrants = rule.grants.isEmpty ? nil : rule.grants.map(Self.shape)
        switch rule.keyFormat {
        case .simple:
            if rule.namesSimple == true {
                shape.targetObjectKeyFormat = Shape.TargetObjectKeyFormat(simplePrefix: Shape.SimplePrefix())
            }
        case .partitionedByEvent, .partitionedByDelivery:
            shape.targetObjectKeyFormat = Shape.TargetObjectKeyFormat(
                partitionedPrefix: Shape.PartitionedPrefix(partitionDateSource: rule.keyFormat.rawValue))
        }
        return GetBucketLoggingOutput(loggingEnabled: shape)
    }

    private func rule(_ input: PutBucketLoggingInput, _ context: Context) async throws -> LoggingRule? {
        guard let asked = input.bucketLoggingStatus.loggingEnabled else { return nil }
        var format = LoggingRule.KeyFormat.simple
        if let wish = asked.targetObjectKeyFormat {
            guard (wish.simplePrefix == nil) != (wish.partitionedPrefix == nil) else { throw S3Fault.malformedXML }
            if let partitioned = wish.partitionedPrefix {
                guard let named = LoggingRule.KeyFormat(rawValue: partitioned.partitionDateSource ?? "DeliveryTime"),
                    named != .simple
                else { throw S3Fault.malformedXML }
                format = named
            }
        }
        let rule = LoggingRule(
            targetBucket: asked.targetBucket, targetPrefix: asked.targetPrefix,
            grants: try AccessWish.grants(asked.targetGrants), keyFormat: format,
            namesSimple: asked.targetObjectKeyFormat?.simplePrefix == nil ? nil : true)
        // Whose the buckets are is checked before anything is told of the target.
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        let target = try await buckets.current(rule.targetBucket, in: context.store)
        try Self.check(rule, target, for: bucket)
        if let target, target.usesACLs, try await !mayDeliver(rule, from: bucket, context) {
            throw LoggingFault.noPermission(target.name)
        }
        return rule
    }

    private static func check(_ rule: LoggingRule, _ target: BucketRecord?, for bucket: BucketRecord) throws {
        guard let target else { throw LoggingFault.noTarget(rule.targetBucket) }
        guard target.account == bucket.account else { throw LoggingFault.otherOwner(target.name) }
        guard target.region == bucket.region else { throw LoggingFault.otherRegion(target.name) }
        guard rule.grants.isEmpty || target.usesACLs else { throw S3Fault.aclNotSupported }
    }

    /// Whether the log delivery service may write there now: by the target's policy, or by its list.
    private func mayDeliver(_ rule: LoggingRule, from bucket: BucketRecord, _ context: Context) async throws -> Bool {
        var other = context
        other.caller = .service(AccessLogs.principal, account: bucket.account, sourceARN: bucket.arn)
        other.http = nil
        let place = S3Actions.Place(bucket: rule.targetBucket, key: rule.targetPrefix + "x")
        let permission = try await S3Actions(service: self).permission("s3:PutObject", place, other)
        return try await context.platform.isAllowed(permission, in: other)
    }

    private static func shape(_ grant: Grant) -> Shape.TargetGrant {
        var grantee = Shape.Grantee(type: grant.isGroup ? "Group" : "CanonicalUser")
        if grant.isGroup { grantee.uri = grant.grantee } else { grantee.id = grant.grantee }
        return Shape.TargetGrant(grantee: grantee, permission: grant.right.rawValue)
    }
}

extension AccessWish {
    static func grants(_ list: [Shape.TargetGrant]?) throws -> [Grant] {
        try grants(
            list?.map { entry in
                guard let right = entry.permission, ["FULL_CONTROL", "READ", "WRITE"].contains(right) else {
                    throw S3Fault.malformedXML
                }
                return Shape.Grant(grantee: entry.grantee, permission: right)
            })
    }
}
