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

        operations.following("CreateTable", .databases, Tables.create)
        operations.following("GetTable", .tables("Name"), Tables.get)
        operations.following("GetTables", .databases, Tables.list)
        operations.following("UpdateTable", .tables("TableInput"), Tables.update)
        operations.following("DeleteTable", .databases, Tables.delete)
        operations.following("BatchDeleteTable", .databases, Tables.batchDelete)
        operations.following("GetTableVersions", .tables("TableName"), Tables.versions)
        operations.following("GetTableVersion", .tables("TableName"), Tables.version)
        operations.following("DeleteTableVersion", .tables("TableName"), Tables.deleteVersion)
        operations.following("BatchDeleteTableVersion", .tables("TableName"), Tables.batchDeleteVersions)
        operations.on("SearchTables", Tables.search)

        operations.following("CreatePartition", .tables("TableName"), Partitions.create)
        operations.following("BatchCreatePartition", .tables("TableName"), Partitions.batchCreate)
        operations.following("GetPartition", .tables("TableName"), Partitions.get)
        operations.following("GetPartitions", .tables("TableName"), Partitions.list)
        operations.following("BatchGetPartition", .tables("TableName"), Partitions.batchGet)
        operations.following("UpdatePartition", .tables("TableName"), Partitions.update)
        operations.following("BatchUpdatePartition", .tables("TableName"), Partitions.batchUpdate)
        operations.following("GetPartitionIndexes", .tables("TableName"), Partitions.indexes)
        operations.following("DeletePartition", .tables("TableName"), Partitions.delete)
        operations.following("BatchDeletePartition", .tables("TableName"), Partitions.batchDelete)

        operations.following("UpdateColumnStatisticsForTable", .tables("TableName"), ColumnStatistics.updateTable)
        operations.following("GetColumnStatisticsForTable", .tables("TableName"), ColumnStatistics.getTable)
        operations.following("DeleteColumnStatisticsForTable", .tables("TableName"), ColumnStatistics.deleteTable)
        operations.following("UpdateColumnStatisticsForPartition", .tables("TableName"), ColumnStatistics.updatePartition)
        operations.following("GetColumnStatisticsForPartition", .tables("TableName"), ColumnStatistics.getPartition)
        operations.following("DeleteColumnStatisticsForPartition", .tables("TableName"), ColumnStatistics.deletePartition)

        operations.following("CreateUserDefinedFunction", .databases, Functions.create)
        operations.following("GetUserDefinedFunction", .databases, Functions.get)
        operations.following("GetUserDefinedFunctions", .databases, Functions.list)
        operations.following("UpdateUserDefinedFunction", .databases, Functions.update)
        operations.following("DeleteUserDefinedFunction", .databases, Functions.delete)

        operations.on("PutResourcePolicy", ResourcePolicies.put)
        operations.on("GetResourcePolicy", ResourcePolicies.get)
        operations.on("GetResourcePolicies", ResourcePolicies.list)
        operations.on("DeleteResourcePolicy", ResourcePolicies.delete)

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

    /// Tags of what has some, and the catalogue's policy for what is in it.
    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        let (target, catalog) = (TagTarget(arn), ResourcePolicies.catalog(of: arn))
        guard let account = catalog?.account ?? target?.catalog.account else { return nil }
        let (tags, policy) = try await platform.store.read { snapshot in
            (
                try target.flatMap { try snapshot.tags(of: $0) },
                try catalog.flatMap { try snapshot.record(ResourcePolicyRecord.self, $0.resourcePolicy)?.policy }
            )
        }
        guard tags != nil || policy != nil else { return nil }
        return ResourceFacts(account: account, policy: policy, tags: tags ?? [:])
    }

    public func stop() async { await engine.stop() }
}
