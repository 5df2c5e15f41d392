import Documents
import Kernel
import Store

/// The access point that the present request goes through. A request for a bucket by its own name has none.
///
/// It travels beside the call and not in it: what a request through an access point may do is decided at the same places
/// as for any other, which are the only ones that look here.
enum Passage {
    @TaskLocal static var current: AccessPointRecord?

    /// What works through an access point
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-service-api-support.html).
    static let operations: Set<String> = [
        "AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject", "CreateMultipartUpload", "DeleteObject", "DeleteObjects",
        "DeleteObjectTagging", "GetBucketAcl", "GetBucketCors", "GetBucketLocation", "GetBucketNotificationConfiguration",
        "GetBucketPolicy", "GetObject", "GetObjectAcl", "GetObjectAttributes", "GetObjectLegalHold", "GetObjectRetention",
        "GetObjectTagging", "HeadBucket", "HeadObject", "ListMultipartUploads", "ListObjects", "ListObjectsV2",
        "ListObjectVersions", "ListParts", "PutObject", "PutObjectAcl", "PutObjectLegalHold", "PutObjectRetention",
        "PutObjectTagging", "RestoreObject", "SelectObjectContent", "UpdateObjectEncryption", "UploadPart",
        "UploadPartCopy",
    ]
}

extension AccessPointRecord {
    /// The keys that policies know the access point by
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html, "Condition keys").
    var conditions: [String: [String]] {
        [
            "s3:DataAccessPointArn": [arn], "s3:DataAccessPointAccount": [account],
            "s3:AccessPointNetworkOrigin": [networkOrigin],
        ]
    }

    /// What the access point itself must grant beside `permission`, which is on its bucket or on an object there.
    /// - Parameter block: the access point's settings and its account's, whichever is stricter.
    func permission(beside permission: Permission, block: PublicAccessBlock) -> Permission {
        let bucket = "arn:aws:s3:::\(bucket)"
        let rest = permission.resource.dropFirst(bucket.count)
        var own = permission
        own.resource = rest.isEmpty ? arn : "\(arn)/object\(rest)"
        own.spellings = []
        var facts = facts
        facts.policy = policy
        var denials: [Document] = []
        if let vpcID {
            denials.append(Self.denial(["StringNotEquals": ["aws:SourceVpc": .string(vpcID)]]))
        }
        if isPolicyPublic == true, block.restrictPublicBuckets {
            denials.append(
                Self.denial([
                    "StringNotEquals": ["aws:PrincipalAccount": .string(account)],
                    "Bool": ["aws:PrincipalIsAWSService": "false"],
                ]))
        }
        if !denials.isEmpty {
            // As the resource's own policy, which binds root too.
            if let policy { facts.grants.append(.init(name: "access point policy", json: policy)) }
            facts.policy = String(
                decoding: JSON.write(["Version": "2012-10-17", "Statement": .list(denials)]), as: UTF8.self)
        }
        own.facts = facts
        return own
    }

    private static func denial(_ condition: Document) -> Document {
        ["Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition]
    }
}

/// Where a request goes in.
enum Entrance {
    /// By a bucket's own name.
    case bucket
    /// Through an access point; the input has its bucket's name now.
    case point(AccessPointRecord, Document)
    /// Through a multi-Region access point, which led to a Region.
    case multiRegion(AccessPointRecord, Document, region: String)
    case objectLambda(ObjectLambdaRecord)
}

extension S3Service {
    /// The access point that `bucket` names; nil for a bucket's own name.
    /// - Throws: ``AccessPointFault``
    func accessPoint(_ bucket: String, _ context: Context) async throws -> AccessPointRecord? {
        guard let reference = try await reference(bucket, context) else { return nil }
        switch reference {
        case .place, .alias:
            return try await context.store.read { try Self.point(reference, in: $0) }
        case .objectLambda, .objectLambdaAlias: throw AccessPointFault.notAllowed(operation: context.operation)
        case .multiRegion(let alias, let account):
            return try await multiRegionPoint(alias, account: account, context).point
        }
    }

    private static func point(_ reference: AccessPointReference, in snapshot: any Snapshot) throws -> AccessPointRecord {
        switch reference {
        case .place(let name, let account, let region):
            let key = AccessPointRecord.key(name, account: account, region: region)
            guard let found = try snapshot.record(AccessPointRecord.self, key) else { throw AccessPointFault.noSuchPoint(name) }
            return found
        case .alias(let alias):
            guard let place = try snapshot.record(AccessPointPlace.self, AccessPointRecord.aliasKey(alias)),
                let found = try snapshot.record(
                    AccessPointRecord.self, AccessPointRecord.key(place.name, account: place.account, region: place.region))
            else { throw AccessPointFault.invalidAlias }
            return found
        case .objectLambda, .objectLambdaAlias, .multiRegion: throw AccessPointFault.invalid
        }
    }

    private static func objectLambda(_ reference: AccessPointReference, in snapshot: any Snapshot) throws -> ObjectLambdaRecord {
        switch reference {
        case .objectLambda(let name, let account, let region):
            let key = ObjectLambdaRecord.key(name, account: account, region: region)
            guard let found = try snapshot.record(ObjectLambdaRecord.self, key) else { throw ObjectLambdaFault.noSuchPoint(name) }
            return found
        case .objectLambdaAlias(let alias):
            guard let place = try snapshot.record(AccessPointPlace.self, ObjectLambdaRecord.aliasKey(alias)),
                let found = try snapshot.record(
                    ObjectLambdaRecord.self, ObjectLambdaRecord.key(place.name, account: place.account, region: place.region))
            else { throw AccessPointFault.invalidAlias }
            return found
        case .place, .alias, .multiRegion: throw AccessPointFault.invalid
        }
    }

    private func reference(_ bucket: String, _ context: Context) async throws -> AccessPointReference? {
        if let reference = try AccessPointReference(bucket) { return reference }
        // A local domain has no label that tells an access point's host from a bucket's: a bucket's name wins.
        guard let reference = AccessPointReference.label(bucket, region: context.region),
            case .place(let name, let account, let region) = reference,
            try await buckets.current(bucket, in: context.store) == nil
        else { return nil }
        return try await context.store.read { snapshot in
            if try snapshot.contains(AccessPointRecord.key(name, account: account, region: region)) { return reference }
            let other = ObjectLambdaRecord.key(name, account: account, region: region)
            return try snapshot.contains(other) ? .objectLambda(name: name, account: account, region: region) : nil
        }
    }

    /// The same operations with an access point's ARN, alias or host name where the bucket's name stands.
    func throughAccessPoints(_ operations: Operations) -> Operations {
        var wrapped = operations
        for (name, entry) in operations.entries {
            let handler: Operations.Handler = { input, body, context in
                switch try await enter(name, input, context) {
                case .bucket:
                    guard Passage.current != nil else { return try await entry.handler(input, body, context) }
                    return try await Passage.$current.withValue(nil) { try await entry.handler(input, body, context) }
                case .point(let point, let input):
                    return try await Passage.$current.withValue(point) { try await entry.handler(input, body, context) }
                case .multiRegion(let point, let input, let region):
                    var context = context
                    context.region = region
                    return try await Passage.$current.withValue(point) { [context] in
                        try await entry.handler(input, body, context)
                    }
                case .objectLambda(let point): return try await serve(name, input, body, through: point, context)
                }
            }
            guard let taken = entry.input, let given = entry.output else { continue }
            Self.put(name, taken, given, in: &wrapped, handler)
        }
        return wrapped
    }

    private static func put<Input: Decodable & SendableMetatype, Output: Encodable & SendableMetatype>(
        _ name: String, _ input: Input.Type, _ output: Output.Type, in operations: inout Operations,
        _ handler: @escaping Operations.Handler
    ) {
        operations.directStream(name, as: input, output, handler)
    }

    /// The permissions of the same: the bucket's, with the access point among their conditions, and the access point's.
    func throughAccessPoints(_ actions: ActionMap) -> ActionMap {
        var wrapped = actions
        for (name, rule) in actions {
            wrapped[name] = { input, context in
                switch try await enter(name, input, context) {
                case .bucket:
                    guard Passage.current != nil else { return try await withPoints(rule(input, context), context) }
                    return try await Passage.$current.withValue(nil) { try await withPoints(rule(input, context), context) }
                case .point(let point, let input):
                    return try await Passage.$current.withValue(point) { try await withPoints(rule(input, context), context) }
                case .multiRegion(let point, let input, let region):
                    var context = context
                    context.region = region
                    return try await Passage.$current.withValue(point) { [context] in
                        try await withPoints(rule(input, context), context)
                    }
                case .objectLambda(let point): return [try point.permission(name, input)]
                }
            }
        }
        return wrapped
    }

    /// Puts the bucket's name in the place of its access point's.
    private func enter(_ operation: String, _ input: Document, _ context: Context) async throws -> Entrance {
        guard operation != "CreateBucket", case .map(var members) = input, let bucket = members["Bucket"]?.string,
            let reference = try await reference(bucket, context)
        else { return .bucket }
        switch reference {
        case .objectLambda, .objectLambdaAlias:
            return .objectLambda(try await context.store.read { try Self.objectLambda(reference, in: $0) })
        case .place, .alias:
            let point = try await context.store.read { try Self.point(reference, in: $0) }
            guard Passage.operations.contains(operation) else { throw AccessPointFault.notAllowed(operation: operation) }
            members["Bucket"] = .string(point.bucket)
            return .point(point, .map(members))
        case .multiRegion(let alias, let account):
            let (point, region) = try await multiRegionPoint(alias, account: account, context)
            guard MultiRegionRules.operations.contains(operation) else {
                throw AccessPointFault.notAllowed(operation: operation)
            }
            try MultiRegionRules.checkSignature(context, region: region)
            members["Bucket"] = .string(point.bucket)
            return .multiRegion(point, .map(members), region: region)
        }
    }

    /// Each permission that goes through an access point with what that one must grant.
    func withPoints(_ permissions: [Permission], _ context: Context) async throws -> [Permission] {
        var all: [Permission] = []
        for permission in permissions {
            all.append(permission)
            guard let arn = permission.conditions["s3:DataAccessPointArn"]?.first,
                let point = try await accessPoint(arn, context)
            else { continue }
            let accountBlock = try await accounts.current(point.account, in: context.store).publicAccessBlock ?? .none
            all.append(point.permission(beside: permission, block: point.publicAccessBlock.joined(accountBlock)))
        }
        return all
    }
}
