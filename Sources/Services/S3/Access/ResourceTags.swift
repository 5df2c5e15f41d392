import Documents
import Kernel
import Store

/// Tags of access points and of buckets
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-tagging.html and .../buckets-tagging.html).
extension S3ControlService {
    func registerTags(in operations: inout Operations) {
        operations.on("TagResource", tagResource)
        operations.on("UntagResource", untagResource)
        operations.on("ListTagsForResource", listTagsForResource)
    }

    var tagActions: ActionMap {
        ["TagResource", "UntagResource", "ListTagsForResource"].reduce(into: [:]) { map, name in
            map[name] = { input, context in
                let arn = input["ResourceArn"]?.string ?? "*"
                var conditions = RequestConditions.resourceTags(input["Tags"]?.list ?? [])
                if let keys = input["TagKeys"]?.list { conditions["aws:TagKeys"] = keys.compactMap(\.string) }
                var permission = Permission("s3:\(name)", on: arn, conditions: conditions)
                if let bucket = Self.bucket(arn) {
                    guard let record = try await s3.buckets.current(bucket, in: context.store) else {
                        throw S3Fault.noSuchBucket(bucket)
                    }
                    for (key, value) in record.accessTags { permission.conditions["s3:BucketTag/\(key)"] = [value] }
                    permission.facts = try await s3.facts(of: record, for: context.caller, in: context.store)
                }
                return [permission]
            }
        }
    }

    /// An access point's owner and tags, for policies that ask for `aws:ResourceTag`.
    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        // Other ARNs that S3 Control's actions are about name nothing that has tags here.
        guard let reference = try? AccessPointReference(arn), case .place(let name, let account, let region) = reference else {
            return nil
        }
        let key = AccessPointRecord.key(name, account: account, region: region)
        return try await platform.store.read { try $0.record(AccessPointRecord.self, key) }?.facts
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_TagResource.html
    func tagResource(_ input: TagResourceInput, _ context: Context) async throws -> Nothing {
        let new = try TagRules.check(input.tags, limit: Limit.bucketTags)
        try await changeTags(input.resourceARN, of: input.accountID, context) { tags in
            try tags.addTags(new, limit: Limit.bucketTags) { flaw -> S3Fault? in
                switch flaw {
                case .tooMany: .badRequest("A resource can have at most \(Limit.bucketTags) tags.")
                // New ones were judged by themselves.
                case .repeated, .reserved, .lookAlike: nil
                }
            }
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_UntagResource.html
    func untagResource(_ input: UntagResourceInput, _ context: Context) async throws -> Nothing {
        try await changeTags(input.resourceARN, of: input.accountID, context) { $0.removeTags(input.tagKeys) }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListTagsForResource.html
    func listTagsForResource(_ input: TaggedResourceInput, _ context: Context) async throws -> ListTagsOutput {
        if let name = Self.bucket(input.resourceARN) {
            let bucket = try await context.store.read { try s3.requiredBucket(name, owner: input.accountID, in: $0) }
            return ListTagsOutput(tags: (bucket.tags ?? []).map(Shape.Tag.init))
        }
        try check(input.accountID, context)
        let key = try Self.tagged(input.resourceARN, context)
        guard let record = try await context.store.read({ try $0.record(AccessPointRecord.self, key) }) else {
            throw AccessPointFault.noSuchPoint(input.resourceARN)
        }
        return ListTagsOutput(tags: (record.tags ?? []).map(Shape.Tag.init))
    }

    /// The name of a bucket in its ARN; nil for other ARNs.
    private static func bucket(_ arn: String) -> String? {
        guard arn.hasPrefix("arn:aws:s3:::"), !arn.contains("/") else { return nil }
        return String(arn.dropFirst("arn:aws:s3:::".count))
    }

    private func changeTags(
        _ arn: String, of account: String, _ context: Context, _ body: @escaping @Sendable (inout [Tag]) throws -> Void
    ) async throws {
        if let name = Self.bucket(arn) {
            return try await s3.change(name, owner: account, context) { bucket in
                var tags = bucket.tags ?? []
                try body(&tags)
                bucket.tags = tags.isEmpty ? nil : tags
            }
        }
        try check(account, context)
        let key = try Self.tagged(arn, context)
        try await context.store.write { transaction in
            guard var record = try transaction.record(AccessPointRecord.self, key) else {
                throw AccessPointFault.noSuchPoint(arn)
            }
            var tags = record.tags ?? []
            try body(&tags)
            record.tags = tags.isEmpty ? nil : tags
            try transaction.put(key, record)
        }
    }

    /// - Throws: what is no access point has no tags here.
    private static func tagged(_ arn: String, _ context: Context) throws -> Key {
        guard arn.hasPrefix("arn:"), case .place(let name, let account, let region)? = try AccessPointReference(arn) else {
            throw AWSError("NotImplemented", 501, "Tarn tags buckets and access points here.")
        }
        guard account == context.account else { throw S3Fault.accessDenied }
        return AccessPointRecord.key(name, account: account, region: region)
    }
}

extension AccessPointRecord {
    /// Without its policy, which speaks of what goes through it and not of itself.
    var facts: ResourceFacts {
        ResourceFacts(
            account: account,
            tags: tags?.byKey ?? [:])
    }
}

struct TagResourceInput: Codable, Sendable {
    var accountID: String
    var resourceARN: String
    var tags: [Shape.Tag]

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case resourceARN = "ResourceArn"
        case tags = "Tags"
    }
}

struct UntagResourceInput: Codable, Sendable {
    var accountID: String
    var resourceARN: String
    var tagKeys: [String]

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case resourceARN = "ResourceArn"
        case tagKeys = "TagKeys"
    }
}

struct TaggedResourceInput: Codable, Sendable {
    var accountID: String
    var resourceARN: String

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case resourceARN = "ResourceArn"
    }
}

struct ListTagsOutput: Codable, Sendable {
    var tags: [Shape.Tag]

    enum CodingKeys: String, CodingKey { case tags = "Tags" }
}
