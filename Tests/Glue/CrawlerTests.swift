import Documents
import Kernel
import SQLEngine
import Store
import TestSupport
import Testing

@testable import Glue

struct CrawlerTests {
    private static let table = """
        {"name":"dataset","location":"s3://b/dataset/","format":"json","columns":[{"name":"id","type":"int"}],
         "partitionKeys":[{"name":"day","type":"string"}],
         "partitions":[{"values":["1"],"location":"s3://b/dataset/day=1/","objectCount":1,"sizeKey":10,"recordCount":2,"averageRecordSize":5}],
         "delimiter":null,"header":false,"compression":"none","objectCount":1,"sizeKey":10,"recordCount":2,"averageRecordSize":5}
        """
    private static let grown = table.replacing(
        #""columns":[{"name":"id","type":"int"}]"#,
        with: #""columns":[{"name":"id","type":"bigint"},{"name":"extra","type":"string"}]"#)

    private static func role(_ tarn: TestPlatform) async throws {
        var role = RoleRecord(
            account: "000000000000", name: "crawl", path: "/", id: "AROATEST", created: TestPlatform.epoch,
            trustPolicy: #"{"Version":"2012-10-17","Statement":[]}"#)
        role.inlinePolicies["glue"] =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"glue:*","Resource":"*"}]}"#
        let record = role
        try await tarn.platform.store.write { try $0.put(RoleRecord.key("000000000000", "crawl"), record) }
    }

    private static func crawl(_ tarn: TestPlatform) async throws -> Document? {
        try await tarn.call("glue", "StartCrawler", ["Name": "data-crawler"])
        for _ in 0..<100_000 {
            let crawler = try await tarn.call("glue", "GetCrawler", ["Name": "data-crawler"])["Crawler"]
            if crawler?["State"] == "READY" { return crawler }
            await Task.yield()
        }
        Issue.record("the crawl did not end")
        return nil
    }

    private static let definition: Document = [
        "Name": "data-crawler", "Role": "crawl", "DatabaseName": "data_db", "Description": "crawl data bucket!",
        "Targets": ["S3Targets": [["Path": "s3://b/dataset/"]]],
    ]

    @Test func aRoleThatCannotBeAssumedIsRefused() async throws {
        try await TestPlatform.with([GlueService(engine: FakeEngine()), FakeSTS()]) { tarn in
            var input = Self.definition.members ?? [:]
            input["Role"] = "missing"
            let given = Document.map(input)
            let error = await #expect(throws: AWSError.self) { try await tarn.call("glue", "CreateCrawler", given) }
            #expect(error?.code == "InvalidInputException")
            #expect(error?.message == "Service is unable to assume provided role. Please verify role's TrustPolicy")
        }
    }

    @Test func aCrawlMakesTheDatabaseTheTableAndItsPartitionsAndASecondOneUpdatesThem() async throws {
        let engine = FakeEngine()
        let first = try InferredTable.make(Self.table)
        let second = try InferredTable.make(Self.grown)
        engine.tables.withLock { $0 = .success([first]) }
        try await TestPlatform.with([GlueService(engine: engine), FakeSTS()]) { tarn in
            try await Self.role(tarn)
            try await tarn.call("glue", "CreateCrawler", Self.definition)
            let crawler = try await Self.crawl(tarn)
            #expect(crawler?["LastCrawl"]?["Status"] == "SUCCEEDED", "\(String(describing: crawler?["LastCrawl"]))")
            let name: Document = ["DatabaseName": "data_db", "Name": "dataset"]
            let table = try await tarn.call("glue", "GetTable", name)["Table"]
            #expect(table?["Parameters"]?["classification"] == "json")
            #expect(table?["Parameters"]?["UPDATED_BY_CRAWLER"] == "data-crawler")
            #expect(table?["StorageDescriptor"]?["SerdeInfo"]?["SerializationLibrary"] == "org.openx.data.jsonserde.JsonSerDe")
            let place: Document = ["DatabaseName": "data_db", "TableName": "dataset"]
            #expect(try await tarn.call("glue", "GetPartitions", place)["Partitions"]?.list?.count == 1)

            engine.tables.withLock { $0 = .success([second]) }
            _ = try await Self.crawl(tarn)
            let columns = try await tarn.call("glue", "GetTable", name)["Table"]?["StorageDescriptor"]?["Columns"]?.list
            #expect(columns?.compactMap { $0["Name"]?.string } == ["id", "extra"])
            #expect(columns?.first?["Type"] == "bigint")
            let metrics = try await tarn.call("glue", "GetCrawlerMetrics")["CrawlerMetricsList"]?.list?.first
            #expect(metrics?["TablesUpdated"] == 1 && metrics?["TablesCreated"] == 0)

            // Nothing new: no new version.
            let version = try await tarn.call("glue", "GetTable", name)["Table"]?["VersionId"]
            _ = try await Self.crawl(tarn)
            #expect(try await tarn.call("glue", "GetTable", name)["Table"]?["VersionId"] == version)
        }
    }

    @Test func aFailedCrawlSaysWhy() async throws {
        let engine = FakeEngine()
        engine.tables.withLock { $0 = .failure(.refused(.noSuchBucket, "The specified bucket does not exist: b")) }
        try await TestPlatform.with([GlueService(engine: engine), FakeSTS()]) { tarn in
            try await tarn.call("glue", "CreateCrawler", Self.definition)
            let crawler = try await Self.crawl(tarn)
            #expect(crawler?["LastCrawl"]?["Status"] == "FAILED")
            #expect(crawler?["LastCrawl"]?["ErrorMessage"] == "The specified bucket does not exist: b")
        }
    }
}
