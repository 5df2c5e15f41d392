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
        try await change(input.ResourceARN, context) { try merged($0, with: input.Tags) }
    }

    static func untag(_ input: UntagInput, _ context: Context) async throws -> Nothing {
        try await change(input.ResourceARN, context) { tags in
            tags.filter { tag in !input.TagKeys.contains { tag.has(key: $0) } }
        }
    }

    /// A page holds at least 75 tags and a resource has at most 50, so the first page is the last, and no token is ours.
    static func list(_ input: ListInput, _ context: Context) async throws -> ListOutput {
        let target = try Target(input.ResourceARN, context)
        guard input.NextToken == nil else { throw AthenaFault.invalid("Invalid NextToken") }
        let tags = try await context.store.read { try $0.record(at: target).tags ?? [] }
        return ListOutput(Tags: Array(tags.prefix(input.MaxResults ?? AthenaLimit.tags)))
    }

    private static func change(
        _ arn: String, _ context: Context, _ body: @escaping @Sendable ([Tag]) throws -> [Tag]
    ) async throws -> Nothing {
        let target = try Target(arn, context)
        try await context.store.write { transaction in
            var record = try transaction.record(at: target)
            record.tags = try body(record.tags ?? [])
            try transaction.put(target.place.workGroup(target.name), record)
        }
        return Nothing()
    }

    static func merged(_ old: [Tag], with new: [Tag]) throws(AthenaFault) -> [Tag] {
        var tags = old
        var seen: Set<[UInt8]> = []
        for tag in new {
            guard let key = tag.Key else { throw .invalid("Tag key is required.") }
            guard !key.lowercased().hasPrefix("aws:") else {
                throw .invalid("Tag keys that start with aws: are reserved for AWS use.")
            }
            // AWS tells apart what Unicode's canonical equivalence joins.
            guard seen.insert(Array(key.utf8)).inserted else { throw .invalid("Duplicate tag keys: \(key)") }
            let whole = Tag(Key: key, Value: tag.Value ?? "")
            if let present = tags.firstIndex(where: { $0.has(key: key) }) { tags[present] = whole } else { tags.append(whole) }
        }
        guard tags.count <= AthenaLimit.tags else {
            throw .invalid("A resource can have at most \(AthenaLimit.tags) tags.")
        }
        return tags
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

extension Tags.Tag {
    func has(key: String) -> Bool { Key?.utf8.elementsEqual(key.utf8) == true }
}

extension Snapshot {
    fileprivate func record(at target: Tags.Target) throws -> WorkGroupRecord {
        do { return try requireWorkGroup(target.place, target.name) } catch AthenaFault.workGroupNotFound {
            throw AthenaFault.resourceNotFound(target.arn)
        }
    }
}
