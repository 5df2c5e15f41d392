import Documents
import Kernel
import Store

/// Tags of databases and crawlers (https://docs.aws.amazon.com/glue/latest/dg/monitor-tags.html).
enum Tags {
    struct TagInput: Codable, Sendable {
        var ResourceArn: String
        var TagsToAdd: [String: String]
    }
    struct UntagInput: Codable, Sendable {
        var ResourceArn: String
        var TagsToRemove: [String]
    }
    struct GetInput: Codable, Sendable { var ResourceArn: String }
    struct GetOutput: Codable, Sendable { var Tags: [String: String] }

    static func tag(_ input: TagInput, _ context: Context) async throws -> Nothing {
        try await change(input.ResourceArn, context) { try $0.add(input.TagsToAdd) }
    }

    static func untag(_ input: UntagInput, _ context: Context) async throws -> Nothing {
        try await change(input.ResourceArn, context) { $0.removeTags(input.TagsToRemove) }
    }

    static func get(_ input: GetInput, _ context: Context) async throws -> GetOutput {
        let target = try TagTarget(input.ResourceArn, context)
        guard let tags = try await context.store.read({ try $0.tags(of: target) }) else {
            throw GlueFault.resourceNotFound(input.ResourceArn)
        }
        return GetOutput(Tags: tags)
    }

    private static func change(
        _ arn: String, _ context: Context, _ body: @escaping @Sendable (inout [String: String]) throws -> Void
    ) async throws -> Nothing {
        let target = try TagTarget(arn, context)
        try await context.store.write { transaction in
            switch target.kind {
            case .database:
                guard var record = try transaction.record(DatabaseRecord.self, target.key) else {
                    throw GlueFault.resourceNotFound(arn)
                }
                var tags = record.tags ?? [:]
                try body(&tags)
                record.tags = tags
                try transaction.put(target.key, record)
            case .crawler:
                guard var record = try transaction.record(CrawlerRecord.self, target.key) else {
                    throw GlueFault.resourceNotFound(arn)
                }
                try body(&record.tags)
                try transaction.put(target.key, record)
            }
        }
        return Nothing()
    }
}

extension [String: String] {
    init(checking tags: [String: String]?) throws(GlueFault) {
        self = [:]
        try add(tags ?? [:])
    }

    fileprivate mutating func add(_ tags: [String: String]) throws(GlueFault) {
        try addTags(tags, limit: GlueLimit.tags) { flaw -> GlueFault? in
            switch flaw {
            case .reserved: .invalid("Tag keys that start with aws: are reserved for AWS use.")
            case .tooMany: .invalid("A resource can have at most \(GlueLimit.tags) tags.")
            case .lookAlike(let key): .invalid(TagFlaw.lookAlikeText(key))
            case .repeated: nil
            }
        }
    }
}

/// What an ARN names, if it is of a kind that has tags here; it may not exist.
struct TagTarget: Sendable, Hashable {
    enum Kind: String, Sendable { case database, crawler }
    var kind: Kind
    var catalog: Catalog
    /// A database's is in lower case.
    var name: String

    /// nil for other kinds, and for what is no ARN of Glue.
    init?(_ text: String) {
        guard let arn = ARN(text), arn.partition == "aws", arn.service == "glue", !arn.account.isEmpty, !arn.region.isEmpty,
            let slash = arn.resource.firstIndex(of: "/"), let kind = Kind(rawValue: String(arn.resource[..<slash]))
        else { return nil }
        let given = String(arn.resource[arn.resource.index(after: slash)...])
        (self.kind, name) = (kind, kind == .database ? given.lowercased() : given)
        catalog = Catalog(account: arn.account, region: arn.region)
    }

    init(_ text: String, _ context: Context) throws(GlueFault) {
        guard let target = TagTarget(text) else {
            guard let arn = ARN(text), arn.partition == "aws", arn.service == "glue", !arn.account.isEmpty, !arn.region.isEmpty,
                arn.resource.contains("/"), !Self.tagless.contains(String(arn.resource.prefix { $0 != "/" }))
            else { throw .invalid("Resource ARN \(text) is not valid for tagging") }
            throw .resourceNotFound(text)
        }
        guard target.catalog.region == context.region else { throw .resourceNotFound(text) }
        self = target
    }

    /// Kinds of the catalogue that have no tags.
    private static let tagless: Set<String> = ["catalog", "table", "tableVersion", "userDefinedFunction"]

    var arn: String { catalog.arn("\(kind.rawValue)/\(name)") }
    var key: Key {
        switch kind {
        case .database: catalog.database(name)
        case .crawler: catalog.crawler(name)
        }
    }
}

extension Snapshot {
    /// nil if there is no such resource.
    func tags(of target: TagTarget) throws -> [String: String]? {
        switch target.kind {
        case .database: try record(DatabaseRecord.self, target.key).map { $0.tags ?? [:] }
        case .crawler: try record(CrawlerRecord.self, target.key)?.tags
        }
    }
}
