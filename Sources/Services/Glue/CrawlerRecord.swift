import Documents
import Kernel
import Store

struct CrawlerRecord: Stored {
    static let tag: UInt8 = 1
    enum State: String, Codable, Sendable { case ready = "READY", running = "RUNNING", stopping = "STOPPING" }

    /// The members of CreateCrawler that Crawler has too: Name, Role, Targets ...
    var definition: Members
    var created: Timestamp
    var updated: Timestamp
    var version: Int64
    var state: State
    /// The present run, or the last.
    var run: String?
    var started: Timestamp?
    /// StopCrawler was called for the present run.
    var isCancelled: Bool
    var lastCrawl: Document?
    var lastSeconds: Double
    var counts: Counts
    var tags: [String: String]
    /// nil without one, and in records from before there were schedules.
    var schedule: CrawlerSchedule?

    struct Counts: Codable, Sendable, Hashable {
        var created = 0
        var updated = 0
        var deleted = 0
        /// Of partitions; nil in records from before they were counted.
        var partitionsCreated: Int?
        var partitionsUpdated: Int?
        var partitionsDeleted: Int?
    }

    init(definition: Members, tags: [String: String], now: Timestamp) {
        (self.definition, created, updated, version) = (definition, now, now, 1)
        (state, isCancelled, lastSeconds, counts) = (.ready, false, 0, Counts())
        self.tags = tags
    }

    private enum CodingKeys: String, CodingKey {
        case definition, created, updated, version, state, run, started, isCancelled, lastCrawl, lastSeconds, counts,
            tags, schedule
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        definition = try values.decode(Document.self, forKey: .definition).members ?? [:]
        created = try values.decode(Timestamp.self, forKey: .created)
        updated = try values.decode(Timestamp.self, forKey: .updated)
        version = try values.decode(Int64.self, forKey: .version)
        state = try values.decode(State.self, forKey: .state)
        run = try values.decodeIfPresent(String.self, forKey: .run)
        started = try values.decodeIfPresent(Timestamp.self, forKey: .started)
        isCancelled = try values.decode(Bool.self, forKey: .isCancelled)
        lastCrawl = try values.decodeIfPresent(Document.self, forKey: .lastCrawl)
        lastSeconds = try values.decode(Double.self, forKey: .lastSeconds)
        counts = try values.decode(Counts.self, forKey: .counts)
        tags = try values.decodeIfPresent([String: String].self, forKey: .tags) ?? [:]
        schedule = try values.decodeIfPresent(CrawlerSchedule.self, forKey: .schedule)
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(Document.map(definition), forKey: .definition)
        try values.encode(created, forKey: .created)
        try values.encode(updated, forKey: .updated)
        try values.encode(version, forKey: .version)
        try values.encode(state, forKey: .state)
        try values.encodeIfPresent(run, forKey: .run)
        try values.encodeIfPresent(started, forKey: .started)
        try values.encode(isCancelled, forKey: .isCancelled)
        try values.encodeIfPresent(lastCrawl, forKey: .lastCrawl)
        try values.encode(lastSeconds, forKey: .lastSeconds)
        try values.encode(counts, forKey: .counts)
        try values.encode(tags, forKey: .tags)
        try values.encodeIfPresent(schedule, forKey: .schedule)
    }

    var name: String { definition["Name"]?.string ?? "" }
    var role: String { definition["Role"]?.string ?? "" }
    var database: String { (definition["DatabaseName"]?.string ?? "default").lowercased() }
    var tablePrefix: String { (definition["TablePrefix"]?.string ?? "").lowercased() }
    var targets: [Document] { definition["Targets"]?["S3Targets"]?.list ?? [] }
    var updateBehavior: String { definition["SchemaChangePolicy"]?["UpdateBehavior"]?.string ?? "UPDATE_IN_DATABASE" }
    var deleteBehavior: String { definition["SchemaChangePolicy"]?["DeleteBehavior"]?.string ?? "DEPRECATE_IN_DATABASE" }

    /// What was checked when the crawler was made.
    var configuration: CrawlerConfiguration? { try? CrawlerConfiguration(definition["Configuration"]?.string) }
    /// Only folders that are new since the last crawl are looked at: what is known stays as it is.
    var crawlsNewFoldersOnly: Bool { definition["RecrawlPolicy"]?["RecrawlBehavior"]?.string == "CRAWL_NEW_FOLDERS_ONLY" }

    func output(now: Timestamp) -> Document {
        var members = definition
        let role = definition["Role"]?.string ?? ""
        // Crawlers show the role's name with its path, however it was given.
        if let arn = ARN(role), arn.resource.hasPrefix("role/") { members["Role"] = .string(String(arn.resource.dropFirst(5))) }
        members["Classifiers"] = members["Classifiers"] ?? []
        members["RecrawlPolicy"] = members["RecrawlPolicy"] ?? ["RecrawlBehavior": "CRAWL_EVERYTHING"]
        members["SchemaChangePolicy"] = ["UpdateBehavior": .string(updateBehavior), "DeleteBehavior": .string(deleteBehavior)]
        members["LineageConfiguration"] = members["LineageConfiguration"] ?? ["CrawlerLineageSettings": "DISABLE"]
        var targets = members["Targets"]?.members ?? [:]
        for kind in ["S3Targets", "JdbcTargets", "MongoDBTargets", "DynamoDBTargets", "CatalogTargets", "DeltaTargets"] {
            targets[kind] = targets[kind] ?? []
        }
        members["Targets"] = .map(targets)
        members["State"] = .string(state.rawValue)
        members["CrawlElapsedTime"] = .integer(state == .ready ? 0 : started.map { (now - $0).wholeMilliseconds } ?? 0)
        members["CreationTime"] = .timestamp(created)
        members["LastUpdated"] = .timestamp(updated)
        members["LastCrawl"] = lastCrawl
        members["Schedule"] = schedule?.document
        members["Version"] = .integer(version)
        return .map(members)
    }
}

extension Snapshot {
    func requireCrawler(_ catalog: Catalog, _ name: String) throws -> CrawlerRecord {
        guard let record = try record(CrawlerRecord.self, catalog.crawler(name)) else { throw GlueFault.crawlerNotFound(name) }
        return record
    }
}
