import Documents
import Kernel
import Store

/// The permissions of each operation
/// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html).
struct S3Actions: Sendable {
    let service: S3Service

    var map: ActionMap {
        [
            "CreateBucket": create,
            "HeadBucket": bucket("s3:ListBucket"),
            "DeleteBucket": bucket("s3:DeleteBucket"),
            "ListBuckets": { _, context in
                [Permission("s3:ListAllMyBuckets", on: "*", conditions: RequestConditions.signature(context))]
            },
            "GetBucketLocation": bucket("s3:GetBucketLocation"),
            "PutBucketTagging": bucket("s3:PutBucketTagging"),
            "GetBucketTagging": bucket("s3:GetBucketTagging"),
            "DeleteBucketTagging": bucket("s3:PutBucketTagging"),
            "PutBucketAbac": bucket("s3:PutBucketABAC"),
            "GetBucketAbac": bucket("s3:GetBucketABAC"),
            "PutBucketVersioning": bucket("s3:PutBucketVersioning"),
            "GetBucketVersioning": bucket("s3:GetBucketVersioning"),
            "PutBucketPolicy": bucket("s3:PutBucketPolicy"),
            "GetBucketPolicy": bucket("s3:GetBucketPolicy"),
            "DeleteBucketPolicy": bucket("s3:DeleteBucketPolicy"),
            "GetBucketPolicyStatus": bucket("s3:GetBucketPolicyStatus"),
            "PutBucketEncryption": bucket("s3:PutEncryptionConfiguration"),
            "GetBucketEncryption": bucket("s3:GetEncryptionConfiguration"),
            "DeleteBucketEncryption": bucket("s3:PutEncryptionConfiguration"),
            "PutBucketOwnershipControls": bucket("s3:PutBucketOwnershipControls"),
            "GetBucketOwnershipControls": bucket("s3:GetBucketOwnershipControls"),
            "DeleteBucketOwnershipControls": bucket("s3:PutBucketOwnershipControls"),
            "PutBucketAcl": bucket("s3:PutBucketAcl"),
            "GetBucketAcl": bucket("s3:GetBucketAcl"),
            "PutPublicAccessBlock": bucket("s3:PutBucketPublicAccessBlock"),
            "GetPublicAccessBlock": bucket("s3:GetBucketPublicAccessBlock"),
            "DeletePublicAccessBlock": bucket("s3:PutBucketPublicAccessBlock"),
            "PutBucketNotificationConfiguration": bucket("s3:PutBucketNotification"),
            "GetBucketNotificationConfiguration": bucket("s3:GetBucketNotification"),
            "PutBucketLogging": bucket("s3:PutBucketLogging"),
            "GetBucketLogging": bucket("s3:GetBucketLogging"),
            "ListObjects": listing("s3:ListBucket", max: "MaxKeys"),
            "ListObjectsV2": listing("s3:ListBucket", max: "MaxKeys"),
            "ListObjectVersions": listing("s3:ListBucketVersions", max: "MaxKeys"),
            "ListMultipartUploads": bucket("s3:ListBucketMultipartUploads"),
            "PutObject": write,
            "GetObject": object("s3:GetObject", version: "s3:GetObjectVersion"),
            "HeadObject": object("s3:GetObject", version: "s3:GetObjectVersion"),
            "SelectObjectContent": object("s3:GetObject", version: "s3:GetObjectVersion"),
            "GetObjectAttributes": { input, context in
                let actions =
                    input["VersionId"] == nil
                    ? ["s3:GetObject", "s3:GetObjectAttributes"] : ["s3:GetObjectVersion", "s3:GetObjectVersionAttributes"]
                var all: [Permission] = []
                for action in actions { all.append(try await existing(action, Place(input), context)) }
                return all
            },
            "GetObjectAcl": object("s3:GetObjectAcl", version: "s3:GetObjectVersionAcl"),
            "PutObjectAcl": object("s3:PutObjectAcl", version: "s3:PutObjectVersionAcl"),
            "CopyObject": copy,
            "DeleteObject": delete,
            // Each key is authorized by itself, as the DeleteObject that it becomes.
            "DeleteObjects": { _, _ in [] },
            "PutObjectLockConfiguration": bucket("s3:PutBucketObjectLockConfiguration"),
            "GetObjectLockConfiguration": bucket("s3:GetBucketObjectLockConfiguration"),
            "PutObjectRetention": retention,
            "GetObjectRetention": object("s3:GetObjectRetention", version: "s3:GetObjectRetention"),
            "PutObjectLegalHold": object("s3:PutObjectLegalHold", version: "s3:PutObjectLegalHold"),
            "GetObjectLegalHold": object("s3:GetObjectLegalHold", version: "s3:GetObjectLegalHold"),
            "RestoreObject": object("s3:RestoreObject", version: "s3:RestoreObject"),
            "UpdateObjectEncryption": object("s3:UpdateObjectEncryption", version: "s3:UpdateObjectEncryption"),
            "PutBucketCors": bucket("s3:PutBucketCORS"),
            "GetBucketCors": bucket("s3:GetBucketCORS"),
            "DeleteBucketCors": bucket("s3:PutBucketCORS"),
            "PutBucketWebsite": bucket("s3:PutBucketWebsite"),
            "GetBucketWebsite": bucket("s3:GetBucketWebsite"),
            "DeleteBucketWebsite": bucket("s3:DeleteBucketWebsite"),
            "PutBucketRequestPayment": bucket("s3:PutBucketRequestPayment"),
            "GetBucketRequestPayment": bucket("s3:GetBucketRequestPayment"),
            "PutBucketLifecycleConfiguration": bucket("s3:PutLifecycleConfiguration"),
            "GetBucketLifecycleConfiguration": bucket("s3:GetLifecycleConfiguration"),
            "DeleteBucketLifecycle": bucket("s3:PutLifecycleConfiguration"),
            "PutBucketReplication": { input, context in
                let own = try await bucket("s3:PutReplicationConfiguration")(input, context)
                let role = input["ReplicationConfiguration"]?["Role"]?.string ?? "*"
                return own + [
                    Permission("iam:PassRole", on: role, conditions: ["iam:PassedToService": ["s3.amazonaws.com"]])
                ]
            },
            "GetBucketReplication": bucket("s3:GetReplicationConfiguration"),
            "DeleteBucketReplication": bucket("s3:PutReplicationConfiguration"),
            "PutBucketInventoryConfiguration": bucket("s3:PutInventoryConfiguration"),
            "GetBucketInventoryConfiguration": bucket("s3:GetInventoryConfiguration"),
            "DeleteBucketInventoryConfiguration": bucket("s3:PutInventoryConfiguration"),
            "ListBucketInventoryConfigurations": bucket("s3:GetInventoryConfiguration"),
            "PutBucketMetricsConfiguration": bucket("s3:PutMetricsConfiguration"),
            "GetBucketMetricsConfiguration": bucket("s3:GetMetricsConfiguration"),
            "DeleteBucketMetricsConfiguration": bucket("s3:PutMetricsConfiguration"),
            "ListBucketMetricsConfigurations": bucket("s3:GetMetricsConfiguration"),
            "PutBucketAnalyticsConfiguration": bucket("s3:PutAnalyticsConfiguration"),
            "GetBucketAnalyticsConfiguration": bucket("s3:GetAnalyticsConfiguration"),
            "DeleteBucketAnalyticsConfiguration": bucket("s3:PutAnalyticsConfiguration"),
            "ListBucketAnalyticsConfigurations": bucket("s3:GetAnalyticsConfiguration"),
            "PutBucketIntelligentTieringConfiguration": bucket("s3:PutIntelligentTieringConfiguration"),
            "GetBucketIntelligentTieringConfiguration": bucket("s3:GetIntelligentTieringConfiguration"),
            "DeleteBucketIntelligentTieringConfiguration": bucket("s3:PutIntelligentTieringConfiguration"),
            "ListBucketIntelligentTieringConfigurations": bucket("s3:GetIntelligentTieringConfiguration"),
            "PutBucketAccelerateConfiguration": bucket("s3:PutAccelerateConfiguration"),
            "GetBucketAccelerateConfiguration": bucket("s3:GetAccelerateConfiguration"),
            "PutObjectTagging": tagging,
            "GetObjectTagging": object("s3:GetObjectTagging", version: "s3:GetObjectVersionTagging"),
            "DeleteObjectTagging": object("s3:DeleteObjectTagging", version: "s3:DeleteObjectVersionTagging"),
            "CreateMultipartUpload": write,
            "UploadPart": { input, context in [try await part(input, context)] },
            "UploadPartCopy": { input, context in
                let place = Place(try CopySource(input["CopySource"]?.string ?? ""))
                return [try await source(place, context), try await part(input, context)]
            },
            "CompleteMultipartUpload": { input, context in
                [try await part(input, context)] + (try await comparison(input, context))
            },
            "AbortMultipartUpload": inBucket("s3:AbortMultipartUpload"),
            "WriteGetObjectResponse": { input, _ in [service.mayWriteResponse(input)] },
            "ListParts": inBucket("s3:ListMultipartUploadParts"),
        ]
    }

    typealias Rule = @Sendable (Document, Context) async throws -> [Permission]

    /// What a permission is about.
    struct Place {
        var bucket: String
        var key: String?
        var version: String?

        init(bucket: String, key: String? = nil) { (self.bucket, self.key) = (bucket, key) }
        init(_ input: Document) {
            bucket = input["Bucket"]?.string ?? ""
            key = input["Key"]?.string
            version = input["VersionId"]?.string
        }
        init(_ source: CopySource) { (bucket, key, version) = (source.bucket, source.key, source.versionID) }

        var arn: String { key.map { "arn:aws:s3:::\(bucket)/\($0)" } ?? "arn:aws:s3:::\(bucket)" }
    }

    /// A permission on a bucket, or on what is in it by the bucket's rules.
    /// - Parameter conditions: asked for when a policy has conditions.
    func permission(
        _ action: String, _ place: Place, _ context: Context, isSource: Bool = false,
        conditions: @escaping @Sendable () -> [String: [String]] = { [:] }
    ) async throws -> Permission {
        var permission = Permission(action, on: place.arn)
        // That a name is free is no secret: everybody is told, before any policy is asked.
        guard let bucket = try await service.buckets.current(place.bucket, in: context.store) else {
            throw S3Fault.noSuchBucket(place.bucket)
        }
        if !isSource { try RegionRules.check(bucket, context) }
        try RequesterPays.check(bucket, context)
        permission.lateConditions = {
            var all = conditions()
            all.merge(RequestConditions.signature(context)) { own, _ in own }
            all["s3:ResourceAccount"] = [bucket.account]
            for (key, value) in bucket.accessTags { all["s3:BucketTag/\(key)"] = [value] }
            return all
        }
        if let point = Passage.current { permission.conditions.merge(point.conditions) { own, _ in own } }
        permission.facts = try await service.facts(of: bucket, for: context.caller, in: context.store)
        return permission
    }

    /// A permission on an object that is there: its tags and, where lists count, its owner and its list have a say.
    func existing(
        _ action: String, _ place: Place, _ context: Context, isSource: Bool = false,
        conditions: @escaping @Sendable () -> [String: [String]] = { [:] }
    ) async throws -> Permission {
        var permission = try await permission(action, place, context, isSource: isSource, conditions: conditions)
        if let version = place.version { permission.conditions["s3:VersionId"] = [version] }
        // An owner without a policy of its own needs none of this.
        guard let bucket = try await service.buckets.current(place.bucket, in: context.store), let key = place.key,
            bucket.usesACLs || context.caller.kind != .root || bucket.policy?.contains("ExistingObjectTag") == true
        else { return permission }
        let found: ObjectRecord
        do {
            found = try await context.store.read { snapshot in
                try ObjectTable.visible(bucket.name, key, version: place.version, in: snapshot)
            }
        } catch is S3Fault {
            // What is not there has no list of its own; the handler tells those who may know.
            if bucket.usesACLs {
                permission.facts?.grants += try await service.grants(
                    toMissing: action, in: bucket, for: context.caller, context.store)
            }
            return permission
        }
        for tag in found.tags { permission.conditions["s3:ExistingObjectTag/\(tag.key)"] = [tag.value] }
        permission.facts = try await service.facts(
            of: found, key, in: bucket, for: context.caller, store: context.store)
        return permission
    }

    private func bucket(_ action: String) -> Rule {
        { input, context in
            [
                try await permission(action, Place(bucket: input["Bucket"]?.string ?? ""), context) {
                    RequestConditions.write(input, context)
                }
            ]
        }
    }

    private func object(_ action: String, version: String) -> Rule {
        { input, context in
            let name = input["VersionId"] == nil ? action : version
            return [
                try await existing(name, Place(input), context) {
                    name.hasSuffix("Acl") ? RequestConditions.write(input, context) : [:]
                }
            ]
        }
    }

    /// What the bucket's owner decides alone, whoever owns the object.
    private func inBucket(_ action: String, version: String? = nil) -> Rule {
        { input, context in
            guard let version, let id = input["VersionId"]?.string else {
                return [try await permission(action, Place(input), context)]
            }
            return [try await permission(version, Place(input), context) { ["s3:VersionId": [id]] }]
        }
    }

    /// Bypassing governance is a permission of its own, asked where the request asks to; so is reading the object, which who
    /// compares its ETag does
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-delete-enforce.html).
    private var delete: Rule {
        { input, context in
            var needed = try await inBucket("s3:DeleteObject", version: "s3:DeleteObjectVersion")(input, context)
            if let eTag = input["IfMatch"]?.string, eTag != "*" {
                needed += try await object("s3:GetObject", version: "s3:GetObjectVersion")(input, context)
            }
            if input["BypassGovernanceRetention"]?.bool == true, input["VersionId"] != nil, var other = needed.first {
                other.action = "s3:BypassGovernanceRetention"
                needed.append(other)
            }
            return needed
        }
    }

    private var retention: Rule {
        { input, context in
            var conditions: [String: [String]] = [:]
            if let mode = input["Retention"]?["Mode"]?.string { conditions["s3:object-lock-mode"] = [mode] }
            if let until = input["Retention"]?["RetainUntilDate"]?.timestamp {
                conditions["s3:object-lock-retain-until-date"] = [until.iso8601()]
                let days = max(0, (until.seconds - context.now.seconds) / 86_400)
                conditions["s3:object-lock-remaining-retention-days"] = [String(days)]
            }
            let found = conditions
            let put = try await existing("s3:PutObjectRetention", Place(input), context) { found }
            guard input["BypassGovernanceRetention"]?.bool == true else { return [put] }
            var bypass = put
            bypass.action = "s3:BypassGovernanceRetention"
            return [put, bypass]
        }
    }

    private func listing(_ action: String, max: String) -> Rule {
        { input, context in
            var conditions: [String: [String]] = [:]
            if let prefix = input["Prefix"]?.string { conditions["s3:prefix"] = [prefix] }
            if let delimiter = input["Delimiter"]?.string { conditions["s3:delimiter"] = [delimiter] }
            if let count = input[max]?.integer { conditions["s3:max-keys"] = [String(count)] }
            let found = conditions
            return [try await permission(action, Place(bucket: input["Bucket"]?.string ?? ""), context) { found }]
        }
    }

    /// Who may list a bucket may know what is not in it.
    func listing(_ bucket: String, _ context: Context) async throws -> Permission {
        try await permission("s3:ListBucket", Place(bucket: bucket), context)
    }

    private var create: Rule {
        { input, context in
            var conditions = RequestConditions.write(input, context)
            conditions.merge(RequestConditions.signature(context)) { own, _ in own }
            if let constraint = input["CreateBucketConfiguration"]?["LocationConstraint"]?.string {
                conditions["s3:locationconstraint"] = [constraint]
            }
            let tags = input["CreateBucketConfiguration"]?["Tags"]?.list ?? []
            conditions.merge(RequestConditions.resourceTags(tags)) { own, _ in own }
            let arn = Place(input).arn
            var needed = [Permission("s3:CreateBucket", on: arn, conditions: conditions, isCreation: true)]
            func also(_ action: String) {
                needed.append(Permission(action, on: arn, conditions: conditions, isCreation: true))
            }
            // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html, "Permissions"
            let grants = ["GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP"]
            if (input["ACL"]?.string ?? "private") != "private" || grants.contains(where: { input[$0] != nil }) {
                also("s3:PutBucketAcl")
            }
            if input["ObjectLockEnabledForBucket"]?.bool == true {
                also("s3:PutBucketObjectLockConfiguration")
                also("s3:PutBucketVersioning")
            }
            if input["ObjectOwnership"] != nil { also("s3:PutBucketOwnershipControls") }
            if !tags.isEmpty { also("s3:TagResource") }
            return needed
        }
    }

    private var write: Rule {
        { input, context in
            let tags = try TagRules.parse(input["Tagging"]?.string)
            return try await puts(input, tags, context)
        }
    }

    /// Who compares an ETag before writing reads the object
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html, `If-Match`).
    private func comparison(_ input: Document, _ context: Context) async throws -> [Permission] {
        guard input["IfMatch"] != nil else { return [] }
        var place = Place(input)
        place.version = nil
        return [try await existing("s3:GetObject", place, context)]
    }

    /// The permissions to put an object with what the request wishes for it.
    func puts(_ input: Document, _ tags: [Tag], _ context: Context) async throws -> [Permission] {
        var place = Place(input)
        place.version = nil
        let put = try await permission("s3:PutObject", place, context) {
            var conditions = RequestConditions.write(input, context)
            conditions.merge(RequestConditions.tags(tags)) { own, _ in own }
            if context.operation != "CreateMultipartUpload" { conditions["s3:ObjectCreationOperation"] = ["true"] }
            return conditions
        }
        var needed = [put]
        func also(_ action: String) {
            var other = put
            other.action = action
            needed.append(other)
        }
        needed += try await comparison(input, context)
        if !tags.isEmpty { also("s3:PutObjectTagging") }
        if input["ObjectLockMode"] != nil || input["ObjectLockRetainUntilDate"] != nil { also("s3:PutObjectRetention") }
        if input["ObjectLockLegalHoldStatus"] != nil { also("s3:PutObjectLegalHold") }
        let grants = ["GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP"]
        let acl = input["ACL"]?.string
        if acl != nil && acl != "private" && acl != "bucket-owner-full-control" || grants.contains(where: { input[$0] != nil }) {
            also("s3:PutObjectAcl")
        }
        return needed
    }

    private var tagging: Rule {
        { input, context in
            let tags = (input["Tagging"]?["TagSet"]?.list ?? []).compactMap { tag in
                tag["Key"]?.string.map { Tag(key: $0, value: tag["Value"]?.string ?? "") }
            }
            let action = input["VersionId"] == nil ? "s3:PutObjectTagging" : "s3:PutObjectVersionTagging"
            return [
                try await existing(action, Place(input), context) { RequestConditions.tags(tags) }
            ]
        }
    }

    /// A part is put under the conditions of its upload: its own request repeats none of them.
    private func part(_ input: Document, _ context: Context) async throws -> Permission {
        let place = Place(input)
        let id = input["UploadId"]?.string ?? ""
        let upload: UploadRecord?
        do {
            upload = try await context.store.read { try UploadTable.upload(place.bucket, place.key ?? "", id, in: $0) }
        } catch is S3Fault {
            upload = nil
        }
        return try await permission("s3:PutObject", place, context) {
            var conditions = RequestConditions.write(input, context)
            if let encryption = upload?.encryption {
                if let header = encryption.method.header { conditions["s3:x-amz-server-side-encryption"] = [header] }
                if let arn = encryption.keyARN { conditions["s3:x-amz-server-side-encryption-aws-kms-key-id"] = [arn] }
            }
            conditions["s3:ObjectCreationOperation"] = [context.operation == "CompleteMultipartUpload" ? "true" : "false"]
            return conditions
        }
    }
}
