import Documents
import Kernel
import Store

/// Crawlers (https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-crawling.html): making and changing them.
enum Crawlers {
    /// Of CreateCrawler and UpdateCrawler.
    struct DefinitionInput: Codable, Sendable {
        var Name: String
        var Role: String?
        var DatabaseName: String?
        var Description: String?
        var Targets: Document?
        var Schedule: String?
        var Classifiers: [String]?
        var TablePrefix: String?
        var SchemaChangePolicy: Document?
        var RecrawlPolicy: Document?
        var LineageConfiguration: Document?
        var LakeFormationConfiguration: Document?
        var Configuration: String?
        var CrawlerSecurityConfiguration: String?
    }
    struct CreateInput: Decodable, Sendable {
        var definition: DefinitionInput
        var tags: [String: String]

        private enum CodingKeys: String, CodingKey { case tags = "Tags" }

        init(from decoder: any Decoder) throws {
            definition = try DefinitionInput(from: decoder)
            tags = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent([String: String].self, forKey: .tags) ?? [:]
        }
    }
    struct NameInput: Codable, Sendable { var Name: String }

    static func create(_ creation: CreateInput, _ context: Context) async throws -> Nothing {
        let catalog = Catalog(nil, context)
        let input = creation.definition
        let given = try members(input)
        let tags = try [String: String](checking: creation.tags)
        var fresh = CrawlerRecord(definition: given, tags: tags, now: context.now)
        fresh.schedule = try CrawlerSchedule(checking: input.Schedule ?? "")
        try fresh.mustRecrawlAsAllowed()
        let record = fresh
        try await CrawlerRole.check(input.Role ?? "", catalog, context.platform)
        try await context.store.write { transaction in
            guard try !transaction.contains(catalog.crawler(input.Name)) else { throw GlueFault.crawlerExists(input.Name) }
            try transaction.put(catalog.crawler(input.Name), record)
            try transaction.scheduleCrawl(record, catalog, after: context.now, on: context.platform)
        }
        return Nothing()
    }

    static func update(_ input: DefinitionInput, _ context: Context) async throws -> Nothing {
        let catalog = Catalog(nil, context)
        let given = try members(input)
        let schedule = try input.Schedule.flatMap { try CrawlerSchedule(checking: $0) }
        if let role = input.Role { try await CrawlerRole.check(role, catalog, context.platform) }
        try await context.store.write { transaction in
            var record = try transaction.requireCrawler(catalog, input.Name)
            guard record.state == .ready else { throw GlueFault.crawlerRunning(input.Name) }
            record.definition.merge(given) { $1 }
            try record.mustRecrawlAsAllowed()
            if input.Schedule != nil { record.replaceSchedule(schedule) }
            record.updated = context.now
            record.version += 1
            try transaction.put(catalog.crawler(input.Name), record)
            try transaction.scheduleCrawl(record, catalog, after: context.now, on: context.platform)
        }
        return Nothing()
    }

    static func delete(_ input: NameInput, _ context: Context) async throws -> Nothing {
        let catalog = Catalog(nil, context)
        try await context.store.write { transaction in
            var record = try transaction.requireCrawler(catalog, input.Name)
            guard record.state == .ready else { throw GlueFault.crawlerRunning(input.Name) }
            record.schedule = nil
            try transaction.scheduleCrawl(record, catalog, after: context.now, on: context.platform)
            try transaction.delete(catalog.crawler(input.Name))
            let history = catalog.crawls(of: input.Name)
            try transaction.deleteRange(from: history, to: history.rangeEnd)
        }
        return Nothing()
    }

    /// What was given, checked: a crawler that Tarn can't run is refused when it is made, not when it runs.
    private static func members(_ input: DefinitionInput) throws -> Members {
        if let classifiers = input.Classifiers, !classifiers.isEmpty {
            throw GlueFault.invalid("Tarn has no custom classifiers; leave Classifiers out.")
        }
        if input.RecrawlPolicy?["RecrawlBehavior"]?.string == "CRAWL_EVENT_MODE" {
            throw AWSError.notImplemented("the RecrawlBehavior CRAWL_EVENT_MODE", of: "glue")
        }
        if let targets = input.Targets { try check(targets) }
        _ = try CrawlerConfiguration(input.Configuration)
        var members = try DocumentEncoder().encode(input).members?.filter { $0.value != .null } ?? [:]
        members["Schedule"] = nil
        return members
    }

    private static func check(_ targets: Document) throws {
        for (kind, list) in targets.members ?? [:] where kind != "S3Targets" && !(list.list ?? []).isEmpty {
            throw GlueFault.invalid("Tarn crawls S3 targets only; \(kind) is not supported.")
        }
        let paths = targets["S3Targets"]?.list ?? []
        guard !paths.isEmpty else { throw GlueFault.invalid("At least one target must be specified") }
        guard paths.count <= GlueLimit.targets else { throw GlueFault.tooMany("targets") }
        for target in paths {
            let path = target["Path"]?.string ?? ""
            guard bucket(path) != nil else { throw GlueFault.invalid("The S3 path \(path) is not valid") }
        }
    }

    private static func bucket(_ path: String) -> Substring? {
        let rest = path.hasPrefix("s3://") ? path.dropFirst(5) : path[...]
        let bucket = rest.prefix { $0 != "/" }
        return bucket.isEmpty || bucket.contains(":") ? nil : bucket
    }

    /// `bucket/key` is as good as `s3://bucket/key`, and a target is a folder.
    static func location(_ path: String) -> String {
        let url = path.hasPrefix("s3://") ? path : "s3://" + path
        return url.hasSuffix("/") ? url : url + "/"
    }
}

extension CrawlerRecord {
    /// https://docs.aws.amazon.com/glue/latest/dg/incremental-crawls.html
    fileprivate func mustRecrawlAsAllowed() throws {
        guard crawlsNewFoldersOnly, updateBehavior != "LOG" || deleteBehavior != "LOG" else { return }
        throw GlueFault.invalid(
            "The SchemaChangePolicy for \"Crawl new folders only\" Amazon S3 target can have only LOG DeleteBehavior value and LOG "
                + "UpdateBehavior value.")
    }
}

/// The role that a crawler reads and writes as.
enum CrawlerRole {
    static let refusal = GlueFault.invalid("Service is unable to assume provided role. Please verify role's TrustPolicy")
    static let principal = "glue.amazonaws.com"

    /// The ARN behind a name, a path with a name, or an ARN, as far as the text alone tells.
    static func arn(_ role: String, account: String) -> String {
        if role.hasPrefix("arn:") { return role }
        return ARN("iam", account: account, "role/\(role.hasPrefix("/") ? String(role.dropFirst()) : role)").description
    }

    /// The same, with the path of a role that was given by its bare name.
    static func resolved(_ role: String, _ catalog: Catalog, _ platform: Platform) async throws -> String {
        guard !role.contains("/"), !role.hasPrefix("arn:") else { return arn(role, account: catalog.account) }
        let record = try await platform.store.read { try $0.record(RoleRecord.self, RoleRecord.key(catalog.account, role)) }
        return record?.arn ?? arn(role, account: catalog.account)
    }

    /// - Throws: ``refusal`` if Glue may not assume the role, or there is none.
    static func check(_ role: String, _ catalog: Catalog, _ platform: Platform) async throws {
        do { _ = try await assume(role, catalog, crawler: nil, platform) } catch is AWSError { throw refusal }
    }

    struct Session: Sendable {
        var caller: Caller
        var keys: Credentials
    }

    static func assume(_ role: String, _ catalog: Catalog, crawler: String?, _ platform: Platform) async throws -> Session {
        let arn = try await resolved(role, catalog, platform)
        let source = crawler.map { catalog.arn("crawler/\($0)") }
        let made = try await platform.assumedRole(
            arn, session: "AWS-Crawler", as: .service(principal, account: catalog.account, sourceARN: source),
            region: catalog.region)
        return Session(caller: made.caller, keys: made.keys)
    }
}
