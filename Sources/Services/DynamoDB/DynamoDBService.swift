import Documents
import Kernel
import Store
import Synchronization

/// Amazon DynamoDB (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/Welcome.html).
public final class DynamoDBService: Service {
    public static let id = "dynamodb"

    let tables = TableCache()
    let expressions = ExpressionCache()
    let meter = CapacityMeter()
    let tokenDues = TokenDues()

    public init() {}

    private let platform = Mutex<Platform?>(nil)

    public func start(_ platform: Platform) async throws {
        self.platform.withLock { $0 = platform }
        try await meter.start(platform)
    }

    public func stop() async {
        guard let platform = platform.withLock({ $0 }) else { return }
        do { try await meter.keep(in: platform.store) } catch {
            platform.log.warning("throughput was not kept", metadata: ["error": "\(error)"])
        }
        self.platform.withLock { $0 = nil }
    }

    public func register(in operations: inout Operations) {
        registerTables(in: &operations)
        registerItems(in: &operations)
        registerStatements(in: &operations)
        registerBackups(in: &operations)
        operations.timer(Expiry.timer) { try await self.expire($0, $1) }
        operations.timer(StreamTrimming.trimTimer) { try await self.trim($0, $1) }
        operations.timer(StreamTrimming.dropTimer) { try await self.drop($0, $1) }
        operations.delivery(TableWork.fillExpiries) { try await self.fillExpiries($0, $1) }
        operations.delivery(TableWork.dropExpiries) { try await self.dropExpiries($0, $1) }
        operations.delivery(TableWork.dropItems) { try await self.dropItems($0, $1) }
        operations.delivery(TableWork.fillIndex) { try await self.fillIndex($0, $1) }
        operations.delivery(TableWork.sealing) { try await self.sealItems($0, $1) }
        operations.delivery(TableWork.dropIndex) { try await self.dropIndex($0, $1) }
        operations.on("CreateGlobalTable") { try await self.createGlobalTable($0, $1) }
        operations.on("UpdateGlobalTable") { try await self.updateGlobalTable($0, $1) }
        operations.on("DescribeGlobalTable") { try await self.describeGlobalTable($0, $1) }
        operations.on("ListGlobalTables") { try await self.listGlobalTables($0, $1) }
        operations.on("DescribeGlobalTableSettings") { try await self.describeGlobalSettings($0, $1) }
        operations.on("UpdateGlobalTableSettings") { try await self.updateGlobalSettings($0, $1) }
        operations.on("DescribeTableReplicaAutoScaling") { try await self.describeReplicaScaling($0, $1) }
        operations.on("UpdateTableReplicaAutoScaling") { try await self.updateReplicaScaling($0, $1) }
        operations.delivery(Replication.delivery) { try await self.replicate($0, $1) }
        operations.delivery(Replication.filling) { try await self.fillReplica($0, $1) }
        operations.timer(TombstoneTrimming.timer) { try await self.trimTombstones($0, $1) }
        refuseUnbuilt(in: &operations)
    }

    private func registerTables(in operations: inout Operations) {
        operations.on("CreateTable") { try await self.createTable($0, $1) }
        operations.on("DescribeTable") { try await self.describeTable($0, $1) }
        operations.on("DeleteTable") { try await self.deleteTable($0, $1) }
        operations.on("ListTables") { try await self.listTables($0, $1) }
        operations.on("UpdateTable") { try await self.updateTable($0, $1) }
        operations.on("UpdateTimeToLive") { try await self.updateTimeToLive($0, $1) }
        operations.on("DescribeTimeToLive") { try await self.describeTimeToLive($0, $1) }
        operations.on("TagResource") { try await self.tagResource($0, $1) }
        operations.on("UntagResource") { try await self.untagResource($0, $1) }
        operations.on("ListTagsOfResource") { try await self.listTags($0, $1) }
        operations.on("DescribeLimits") { try await self.describeLimits($0, $1) }
        operations.on("DescribeEndpoints") { try await self.describeEndpoints($0, $1) }
        operations.on("UpdateContributorInsights") { try await self.updateContributorInsights($0, $1) }
        operations.on("DescribeContributorInsights") { try await self.describeContributorInsights($0, $1) }
        operations.on("ListContributorInsights") { try await self.listContributorInsights($0, $1) }
        operations.on("DescribeContinuousBackups") { try await self.describeContinuousBackups($0, $1) }
        registerKinesis(in: &operations)
    }

    private func registerKinesis(in operations: inout Operations) {
        operations.on("EnableKinesisStreamingDestination") { try await self.enableKinesis($0, $1) }
        operations.on("DisableKinesisStreamingDestination") { try await self.disableKinesis($0, $1) }
        operations.on("UpdateKinesisStreamingDestination") { try await self.updateKinesis($0, $1) }
        operations.on("DescribeKinesisStreamingDestination") { try await self.describeKinesis($0, $1) }
        operations.delivery(KinesisDestination.delivery) { try await self.sendToKinesis($0, $1) }
    }

    private func registerItems(in operations: inout Operations) {
        sealed("PutItem", PutItemInput.self, WriteOutput.self, in: &operations) { try await self.putItem($0, $1) }
        sealed("GetItem", GetItemInput.self, GetItemOutput.self, in: &operations) { try await self.getItem($0, $1) }
        sealed("UpdateItem", UpdateItemInput.self, WriteOutput.self, in: &operations) { try await self.updateItem($0, $1) }
        sealed("DeleteItem", DeleteItemInput.self, WriteOutput.self, in: &operations) { try await self.deleteItem($0, $1) }
        sealed("BatchGetItem", BatchGetInput.self, BatchGetOutput.self, in: &operations) { try await self.batchGet($0, $1) }
        sealed("BatchWriteItem", BatchWriteInput.self, BatchWriteOutput.self, in: &operations) {
            try await self.batchWrite($0, $1)
        }
        sealed("Query", QueryInput.self, PageOutput.self, in: &operations) { try await self.query($0, $1) }
        sealed("Scan", ScanInput.self, PageOutput.self, in: &operations) { try await self.scan($0, $1) }
    }

    /// An operation on items, which it reads and writes with their tables' data keys.
    private func sealed<Input: Decodable & SendableMetatype, Output: Encodable & SendableMetatype>(
        _ name: String, _ input: Input.Type, _ output: Output.Type, in operations: inout Operations,
        _ body: @escaping @Sendable (Document, Context) async throws -> Document
    ) {
        operations.direct(name, as: input, output) { input, context in
            try await self.unlocked(context) { try await body(input, context) }
        }
    }

    private func registerStatements(in operations: inout Operations) {
        sealed("TransactWriteItems", TransactWriteInput.self, TransactWriteOutput.self, in: &operations) {
            try await self.transactWrite($0, $1)
        }
        sealed("TransactGetItems", TransactGetInput.self, TransactGetOutput.self, in: &operations) {
            try await self.transactGet($0, $1)
        }
        sealed("ExecuteStatement", ExecuteStatementInput.self, ExecuteStatementOutput.self, in: &operations) {
            try await self.executeStatement($0, $1)
        }
        operations.direct("BatchExecuteStatement", as: BatchStatementInput.self, BatchStatementOutput.self) {
            try await self.batchExecute($0, $1)
        }
        sealed("ExecuteTransaction", ExecuteTransactionInput.self, ExecuteTransactionOutput.self, in: &operations) {
            try await self.executeTransaction($0, $1)
        }
    }

    private func registerBackups(in operations: inout Operations) {
        operations.on("CreateBackup") { try await self.createBackup($0, $1) }
        operations.on("DescribeBackup") { try await self.describeBackup($0, $1) }
        operations.on("DeleteBackup") { try await self.deleteBackup($0, $1) }
        operations.on("ListBackups") { try await self.listBackups($0, $1) }
        operations.on("RestoreTableFromBackup") { try await self.restoreFromBackup($0, $1) }
        operations.on("RestoreTableToPointInTime") { try await self.restoreToTime($0, $1) }
        operations.on("UpdateContinuousBackups") { try await self.updateContinuousBackups($0, $1) }
        operations.on("ExportTableToPointInTime") { try await self.exportTable($0, $1) }
        operations.on("DescribeExport") { try await self.describeExport($0, $1) }
        operations.on("ListExports") { try await self.listExports($0, $1) }
        operations.delivery(TableWork.export) { try await self.export($0, $1) }
        operations.on("ImportTable") { try await self.importTable($0, $1) }
        operations.on("DescribeImport") { try await self.describeImport($0, $1) }
        operations.on("ListImports") { try await self.listImports($0, $1) }
        operations.delivery(TableWork.importing) { try await self.runImport($0, $1) }
        operations.on("PutResourcePolicy") { try await self.putResourcePolicy($0, $1) }
        operations.on("GetResourcePolicy") { try await self.getResourcePolicy($0, $1) }
        operations.on("DeleteResourcePolicy") { try await self.deleteResourcePolicy($0, $1) }
        operations.timer(TableHistory.timer) { try await self.trimHistory($0, $1) }
        operations.delivery(TableWork.backUp) { try await self.backUp($0, $1) }
        operations.delivery(TableWork.restore) { try await self.restore($0, $1) }
        operations.delivery(TableWork.dropCopy) { try await self.dropCopy($0, $1) }
    }

    /// A table's owner, policy and tags; whether the table is there is the handler's to find. Indexes are under their
    /// table's policy; streams, backups and exports have none.
    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let arn = ARN(arn), arn.resource.hasPrefix("table/") else { return nil }
        let parts = arn.resource.dropFirst(6).split(separator: "/")
        guard let first = parts.first, parts.count == 1 || parts[1] == "index" else { return ResourceFacts(account: arn.account) }
        let name = TableName(account: arn.account, region: arn.region, name: String(first))
        let tables = tables
        guard let table = try await platform.store.read({ try tables.find(name, in: $0) }) else {
            return ResourceFacts(account: arn.account)
        }
        return ResourceFacts(account: arn.account, policy: table.policy?.json, tags: table.tags.byKey)
    }
}
