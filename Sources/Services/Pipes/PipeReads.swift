import Documents
import Kernel
import Store

/// DescribePipe, ListPipes and tags.
extension PipesService {
    struct DescribeOutput: Encodable, Sendable {
        var Arn: String
        var Name: String
        var Description: String?
        var DesiredState: String
        var CurrentState: String
        var StateReason: String?
        var Source: String
        var SourceParameters: Document
        var Enrichment: String?
        var EnrichmentParameters: Document?
        var Target: String
        var TargetParameters: Document?
        var RoleArn: String
        var Tags: [String: String]
        var CreationTime: Timestamp
        var LastModifiedTime: Timestamp
        var LogConfiguration: Document?
        var KmsKeyIdentifier: String?
    }

    func describePipe(_ input: NameInput, _ context: Context) async throws -> DescribeOutput {
        let record = try await PipeSealing(on: context.platform).opened(try await find(input.Name, context))
        return DescribeOutput(
            Arn: record.arn, Name: record.name, Description: record.description,
            DesiredState: record.current == "DELETING" ? "DELETED" : record.desired, CurrentState: record.current,
            StateReason: record.reason, Source: record.source, SourceParameters: record.shownParameters,
            Enrichment: record.enrichment, EnrichmentParameters: record.enrichmentParameters, Target: record.target,
            TargetParameters: record.targetParameters, RoleArn: record.role, Tags: record.tags, CreationTime: record.created,
            LastModifiedTime: record.modified, LogConfiguration: record.log, KmsKeyIdentifier: record.kmsKey)
    }

    /// A pipe as it is kept.
    func find(_ name: String, _ context: Context) async throws -> PipeRecord {
        let key = PipeRecord.key(context.account, context.region, name)
        guard let record = try await context.store.read({ try $0.record(PipeRecord.self, key) }) else {
            throw PipesFault.notFound(name)
        }
        return record
    }

    struct ListInput: Decodable, Sendable {
        var NamePrefix: String?
        var DesiredState: String?
        var CurrentState: String?
        var SourcePrefix: String?
        var TargetPrefix: String?
        var NextToken: String?
        var Limit: Int?
    }

    struct PipeItem: Encodable, Sendable {
        var Name: String
        var Arn: String
        var DesiredState: String
        var CurrentState: String
        var StateReason: String?
        var CreationTime: Timestamp
        var LastModifiedTime: Timestamp
        var Source: String
        var Target: String
        var Enrichment: String?
    }

    struct ListOutput: Encodable, Sendable {
        var Pipes: [PipeItem]
        var NextToken: String?
    }

    func listPipes(_ input: ListInput, _ context: Context) async throws -> ListOutput {
        let count = min(input.Limit ?? 100, 100)
        let all = PipeRecord.all(context.account, context.region)
        var after: Key?
        if let token = input.NextToken {
            guard let name = PageToken.name(token, of: context.list()) else {
                throw PipesFault.invalid("NextToken is not valid.")
            }
            after = all.appending(.text(name))
        }
        let start = after
        let found = try await context.store.read { snapshot in
            var found: [PipeRecord] = []
            try snapshot.records(PipeRecord.self, all, after: start) { _, record in
                let fits =
                    input.NamePrefix.map { record.name.hasPrefix($0) } ?? true
                    && input.DesiredState.map { $0 == record.desired } ?? true
                    && input.CurrentState.map { $0 == record.current } ?? true
                    && input.SourcePrefix.map { record.source.hasPrefix($0) } ?? true
                    && input.TargetPrefix.map { record.target.hasPrefix($0) } ?? true
                if fits { found.append(record) }
                return found.count <= count
            }
            return found
        }
        let page = found.prefix(count)
        let items = page.map {
            PipeItem(
                Name: $0.name, Arn: $0.arn, DesiredState: $0.desired, CurrentState: $0.current, StateReason: $0.reason,
                CreationTime: $0.created, LastModifiedTime: $0.modified, Source: $0.source, Target: $0.target,
                Enrichment: $0.enrichment)
        }
        return ListOutput(
            Pipes: items, NextToken: found.count > count ? page.last.map { PageToken.write($0.name, of: context.list()) } : nil)
    }

    struct TagInput: Decodable, Sendable {
        var resourceArn: String
        var tags: [String: String]
    }

    struct UntagInput: Decodable, Sendable {
        var resourceArn: String
        var tagKeys: [String]
    }

    struct TagsInput: Decodable, Sendable { var resourceArn: String }
    struct TagsOutput: Encodable, Sendable { var tags: [String: String] }

    /// Tags of one pipe (https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_TagResource.html).
    private static let tagsMax = 50

    func tagResource(_ input: TagInput, _ context: Context) async throws -> Nothing {
        try await setTags(input.resourceArn, context) { tags in
            try tags.addTags(input.tags, limit: Self.tagsMax) { flaw -> PipesFault? in
                switch flaw {
                case .tooMany: .invalid("A pipe has at most \(Self.tagsMax) tags.")
                case .lookAlike(let key): .invalid(TagFlaw.lookAlikeText(key))
                case .repeated, .reserved: nil
                }
            }
        }
        return Nothing()
    }

    func untagResource(_ input: UntagInput, _ context: Context) async throws -> Nothing {
        try await setTags(input.resourceArn, context) { $0.removeTags(input.tagKeys) }
        return Nothing()
    }

    func listTags(_ input: TagsInput, _ context: Context) async throws -> TagsOutput {
        let key = try Self.key(input.resourceArn)
        guard let record = try await context.store.read({ try $0.record(PipeRecord.self, key) }) else {
            throw PipesFault.notFound(input.resourceArn)
        }
        return TagsOutput(tags: record.tags)
    }

    private static func key(_ arn: String) throws -> Key {
        guard let parsed = ARN(arn), parsed.service == "pipes", parsed.resource.hasPrefix("pipe/") else {
            throw PipesFault.notFound(arn)
        }
        return PipeRecord.key(parsed.account, parsed.region, String(parsed.resource.dropFirst("pipe/".count)))
    }

    private func setTags(
        _ arn: String, _ context: Context, _ change: @escaping @Sendable (inout [String: String]) throws -> Void
    ) async throws {
        let key = try Self.key(arn)
        try await context.store.write { transaction in
            guard var record = try transaction.record(PipeRecord.self, key) else { throw PipesFault.notFound(arn) }
            try change(&record.tags)
            try transaction.put(key, record)
        }
    }
}
