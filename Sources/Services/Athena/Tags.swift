import Documents
import Kernel
import Store

/// Tags of work groups, the one kind of taggable resource that accounts can make here
/// (https://docs.aws.amazon.com/athena/latest/ug/tags.html).
enum Tags {
    struct Tag: Codable, Sendable, Hashable {
        var Key: String?
        var Value: String?
    }
    struct TagInput: Codable, Sendable {
        var ResourceARN: String
        var Tags: [Tag]
    }
    struct UntagInput: Codable, Sendable {
        var ResourceARN: String
        var TagKeys: [String]
    }
    struct ListInput: Codable, Sendable {
        var ResourceARN: String
        var NextToken: String?
        var MaxResults: Int?
    }
    struct ListOutput: Codable, Sendable { var Tags: [Tag] }

    static func tag(_ input: TagInput, _ context: Context) async throws -> Nothing {
        try await change(input.ResourceARN, context) { try $0.add(input.Tags) }
    }

    static func untag(_ input: UntagInput, _ context: Context) async throws -> Nothing {
        try await change(input.ResourceARN, context) { $0.removeTags(input.TagKeys) }
    }

    /// A page holds at least 75 tags and a resource has at most 50, so the first page is the last, and no token is ours.
    static func list(_ input: ListInput, _ context: Context) async throws -> ListOutput {
        let target = try Target(input.ResourceARN, context)
        guard input.NextToken == nil else { throw AthenaFault.invalid("Invalid NextToken") }
        let tags = try await context.store.read { try $0.record(at: target).tags ?? [] }
        return ListOutput(Tags: Array(tags.prefix(input.MaxResults ?? AthenaLimit.tags)))
    }

    private static func change(
        _ arn: String, _ context: Context, _ body: @escaping @Sendable (inout [Tag]) throws -> Void
    ) async throws -> Nothing {
        let target = try Target(arn, context)
        try await context.store.write { transaction in
            var record = try transaction.record(at: target)
            var tags = record.tags ?? []
            try body(&tags)
            record.tags = tags
            try transaction.put(target.place.workGroup(target.name), record)
        }
        return Nothing()
    }

    /// The work group that an ARN names; it may not exist.
    struct Target: Sendable, Hashable {
        var place: Place
        var name: String
        var arn: String

        /// nil for what is no work group.
        init?(_ arn: String) {
            guard let parsed = ARN(arn), parsed.partition == "aws", parsed.service == "athena",
                parsed.resource.hasPrefix("workgroup/")
            else { return nil }
            place = Place(account: parsed.account, region: parsed.region)
            name = String(parsed.resource.dropFirst("workgroup/".count))
            self.arn = arn
        }

        init(_ arn: String, _ context: Context) throws(AthenaFault) {
            guard let target = Target(arn) else {
                guard let other = ARN(arn), other.partition == "aws", other.service == "athena", !other.account.isEmpty,
                    ["datacatalog/", "capacity-reservation/"].contains(where: other.resource.hasPrefix)
                else { throw .invalid("Invalid resource ARN: \(arn)") }
                throw .resourceNotFound(arn)
            }
            guard !target.place.account.isEmpty, !target.place.region.isEmpty else {
                throw .invalid("Invalid resource ARN: \(arn)")
            }
            guard target.place.region == context.region else { throw .resourceNotFound(arn) }
            self = target
        }
    }
}

extension Tags.Tag: KeyedTag {
    var tagKey: String { Key ?? "" }
    var tagValue: String { Value ?? "" }
}

extension [Tags.Tag] {
    init(checking tags: [Tags.Tag]?) throws(AthenaFault) {
        self = []
        try add(tags ?? [])
    }

    mutating func add(_ tags: [Tags.Tag]) throws(AthenaFault) {
        guard tags.allSatisfy({ $0.Key != nil }) else { throw .invalid("Tag key is required.") }
        let whole = tags.map { Tags.Tag(Key: $0.tagKey, Value: $0.tagValue) }
        try addTags(whole, limit: AthenaLimit.tags) { flaw -> AthenaFault? in
            switch flaw {
            case .reserved: .invalid("Tag keys that start with aws: are reserved for AWS use.")
            case .repeated(let key): .invalid("Duplicate tag keys: \(key)")
            case .tooMany: .invalid("A resource can have at most \(AthenaLimit.tags) tags.")
            case .lookAlike: nil
            }
        }
    }
}

extension Snapshot {
    fileprivate func record(at target: Tags.Target) throws -> WorkGroupRecord {
        do { return try requireWorkGroup(target.place, target.name) } catch AthenaFault.workGroupNotFound {
            throw AthenaFault.resourceNotFound(target.arn)
        }
    }
}
