import Kernel
import SQLEngine

/// AWS Glue: the data catalog and its crawlers.
public struct GlueService: Service {
    public static let id = "glue"
    private let engine: any SQLRunning
    private let runs: CrawlerRuns

    /// - Parameter engine: shared by every service that runs SQL.
    public init(engine: any SQLRunning) {
        self.engine = engine
        runs = CrawlerRuns(engine: engine)
    }

    public var actions: ActionMap { GlueActions.map }

    public func register(in operations: inout Operations) {
        operations.on("CreateDatabase", Databases.create)
        operations.on("GetDatabase", Databases.get)
        operations.on("GetDatabases", Databases.list)
        operations.on("UpdateDatabase", Databases.update)
        operations.on("DeleteDatabase", Databases.delete)

        operations.on("CreateTable", Tables.create)
        operations.on("GetTable", Tables.get)
        operations.on("GetTables", Tables.list)
        operations.on("UpdateTable", Tables.update)
        operations.on("DeleteTable", Tables.delete)
        operations.on("BatchDeleteTable", Tables.batchDelete)
        operations.on("GetTableVersions", Tables.versions)
        operations.on("GetTableVersion", Tables.version)
        operations.on("DeleteTableVersion", Tables.deleteVersion)
        operations.on("BatchDeleteTableVersion", Tables.batchDeleteVersions)
        operations.on("SearchTables", Tables.search)

        operations.on("CreatePartition", Partitions.create)
        operations.on("BatchCreatePartition", Partitions.batchCreate)
        operations.on("GetPartition", Partitions.get)
        operations.on("GetPartitions", Partitions.list)
        operations.on("BatchGetPartition", Partitions.batchGet)
        operations.on("UpdatePartition", Partitions.update)
        operations.on("BatchUpdatePartition", Partitions.batchUpdate)
        operations.on("GetPartitionIndexes", Partitions.indexes)
        operations.on("DeletePartition", Partitions.delete)
        operations.on("BatchDeletePartition", Partitions.batchDelete)

        operations.on("CreateCrawler", Crawlers.create)
        operations.on("UpdateCrawler", Crawlers.update)
        operations.on("DeleteCrawler", Crawlers.delete)
        operations.on("GetCrawler", Crawlers.get)
        operations.on("GetCrawlers", Crawlers.getAll)
        operations.on("ListCrawlers", Crawlers.list)
        operations.on("GetCrawlerMetrics", Crawlers.metrics)
        operations.on("BatchGetCrawlers", Crawlers.batchGet)
        operations.on("ListCrawls", Crawlers.crawls)
        operations.on("StartCrawlerSchedule", Crawlers.startSchedule)
        operations.on("StopCrawlerSchedule", Crawlers.stopSchedule)
        operations.on("UpdateCrawlerSchedule", Crawlers.updateSchedule)
        operations.timer(Crawlers.timer, runs.scheduleDue)
        operations.on("StartCrawler", runs.start)
        operations.on("StopCrawler", runs.stop)
        operations.on("TagResource", Tags.tag)
        operations.on("UntagResource", Tags.untag)
        operations.on("GetTags", Tags.get)
        operations.delivery(CrawlerRuns.delivery, runs.carryOut)
        refuseUnbuilt(in: &operations)
    }

    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let target = TagTarget(arn) else { return nil }
        guard let tags = try await platform.store.read({ try $0.tags(of: target) }) else { return nil }
        return ResourceFacts(account: target.catalog.account, tags: tags)
    }

    public func stop() async { await engine.stop() }
}
