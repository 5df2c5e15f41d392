import Documents
import Kernel
import SQLEngine
import TestSupport
import Testing

@testable import Athena
@testable import Glue

struct QueryTests {
    private func with(_ body: @Sendable (TestPlatform, FakeEngine, FakeS3) async throws -> Void) async throws {
        let (engine, s3) = (FakeEngine(), FakeS3())
        try await TestPlatform.with([AthenaService(engine: engine), GlueService(engine: engine), s3]) { tarn in
            try await body(tarn, engine, s3)
        }
    }

    private func start(_ tarn: TestPlatform, _ sql: String = "SELECT 1", to output: String = "s3://out/results") async throws
        -> String
    {
        let input: Document = ["QueryString": .string(sql), "ResultConfiguration": ["OutputLocation": .string(output)]]
        return try #require(try await tarn.call("athena", "StartQueryExecution", input)["QueryExecutionId"]?.string)
    }

    private func finished(_ tarn: TestPlatform, _ id: String) async throws -> Document {
        for _ in 0..<100_000 {
            let query =
                try await tarn.call("athena", "GetQueryExecution", ["QueryExecutionId": .string(id)])["QueryExecution"] ?? [:]
            if !["QUEUED", "RUNNING"].contains(query["Status"]?["State"]?.string) { return query }
            await Task.yield()
        }
        Issue.record("the query did not end")
        return [:]
    }

    @Test func aQueryWritesItsResultAndPagesThroughIt() async throws {
        try await with { tarn, _, s3 in
            let id = try await start(tarn)
            let query = try await finished(tarn, id)
            #expect(query["Status"]?["State"] == "SUCCEEDED", "\(query)")
            #expect(query["ResultConfiguration"]?["OutputLocation"] == .string("s3://out/results/\(id).csv"))
            #expect(query["Statistics"]?["DataScannedInBytes"] == 42)
            #expect(query["StatementType"] == "DML" && query["SubstatementType"] == "SELECT")
            #expect(s3.objects.all.withLock { $0.keys.sorted() } == ["results/\(id).csv", "results/\(id).csv.metadata"])
            var rows: [[String?]] = []
            var token: Document?
            repeat {
                var input: Members = ["QueryExecutionId": .string(id), "MaxResults": 3]
                input["NextToken"] = token
                let page = try await tarn.call("athena", "GetQueryResults", .map(input))
                #expect(page["ResultSet"]?["ResultSetMetadata"]?["ColumnInfo"]?.list?.count == 2)
                for row in page["ResultSet"]?["Rows"]?.list ?? [] {
                    rows.append((row["Data"]?.list ?? []).map { $0["VarCharValue"]?.string })
                }
                token = page["NextToken"]
            } while token != nil
            #expect(rows == [["id", "name"], ["1", "one"], ["2", nil], ["3", ""]])
        }
    }

    @Test func withoutAnOutputLocationAQueryIsRefused() async throws {
        try await with { tarn, _, _ in
            let error = await #expect(throws: AWSError.self) {
                try await tarn.call("athena", "StartQueryExecution", ["QueryString": "SELECT 1"])
            }
            #expect(error?.code == "InvalidRequestException")
            #expect(error?.message.hasPrefix("No output location provided.") == true)
        }
    }

    @Test func theEnginesRefusalIsTheQuerysReason() async throws {
        try await with { tarn, engine, _ in
            engine.plan.withLock {
                $0.faults = [.refused(.tableNotFound, "line 1:15: Table 'awsdatacatalog.d.t' does not exist")]
            }
            let id = try await start(tarn)
            let status = try await finished(tarn, id)["Status"]
            #expect(status?["State"] == "FAILED")
            #expect(status?["StateChangeReason"] == "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.d.t' does not exist")
            #expect(status?["AthenaError"]?["ErrorCategory"] == 2)
            let error = await #expect(throws: AWSError.self) {
                try await tarn.call("athena", "GetQueryResults", ["QueryExecutionId": .string(id)])
            }
            #expect(error?.message == "Query did not finish successfully. Final query state: FAILED")
        }
    }

    @Test func changedFilesAreReadAgainAFewTimes() async throws {
        try await with { tarn, engine, _ in
            engine.plan.withLock { $0.faults = [.refused(.fileChanged, "x"), .refused(.fileChanged, "x")] }
            let read = try await finished(tarn, try await start(tarn))
            #expect(read["Status"]?["State"] == "SUCCEEDED")
            engine.plan.withLock { $0.faults = Array(repeating: .refused(.fileChanged, "x"), count: 3) }
            let given = try await finished(tarn, try await start(tarn))
            #expect(given["Status"]?["State"] == "FAILED")
        }
    }

    @Test func aDeniedResultBucketFailsTheQuery() async throws {
        try await with { tarn, _, _ in
            let status = try await finished(tarn, try await start(tarn, to: "s3://denied/x/"))["Status"]
            #expect(status?["State"] == "FAILED")
            #expect(status?["StateChangeReason"]?.string?.contains("Access denied when writing output") == true)
        }
    }

    @Test func aStoppedQueryIsCancelled() async throws {
        try await with { tarn, engine, _ in
            engine.plan.withLock { $0.hangs = true }
            let id = try await start(tarn)
            try await tarn.call("athena", "StopQueryExecution", ["QueryExecutionId": .string(id)])
            #expect(try await finished(tarn, id)["Status"]?["State"] == "CANCELLED")
        }
    }

    @Test func aTokenGivesTheSameQuery() async throws {
        try await with { tarn, _, _ in
            let token = String(repeating: "t", count: 40)
            func input(_ sql: String) -> Document {
                [
                    "QueryString": .string(sql), "ClientRequestToken": .string(token),
                    "ResultConfiguration": ["OutputLocation": "s3://out/"],
                ]
            }
            let first = try await tarn.call("athena", "StartQueryExecution", input("SELECT 1"))
            #expect(try await tarn.call("athena", "StartQueryExecution", input("SELECT 1")) == first)
            await #expect(throws: AWSError.self) { try await tarn.call("athena", "StartQueryExecution", input("SELECT 2")) }
        }
    }

    @Test func aWorkGroupsSettingsWinWhenEnforced() async throws {
        try await with { tarn, _, _ in
            try await tarn.call(
                "athena", "CreateWorkGroup",
                [
                    "Name": "wg",
                    "Configuration": [
                        "EnforceWorkGroupConfiguration": true, "BytesScannedCutoffPerQuery": 10_000_000,
                        "ResultConfiguration": ["OutputLocation": "s3://group/"],
                    ],
                ])
            let started = try await tarn.call(
                "athena", "StartQueryExecution",
                ["QueryString": "SELECT 1", "WorkGroup": "wg", "ResultConfiguration": ["OutputLocation": "s3://mine/"]])
            let id = try #require(started["QueryExecutionId"]?.string)
            #expect(try await finished(tarn, id)["ResultConfiguration"]?["OutputLocation"] == .string("s3://group/\(id).csv"))
            let groups = try await tarn.call("athena", "ListWorkGroups")["WorkGroups"]?.list
            #expect(groups?.compactMap { $0["Name"]?.string } == ["primary", "wg"])
        }
    }

    @Test func statementsOnTheCatalogRunAgainstGlue() async throws {
        try await with { tarn, engine, _ in
            func run(_ change: (inout ParsedStatement) -> Void, kind: String) async throws -> Document {
                var statement = ParsedStatement(kind: kind)
                change(&statement)
                let given = statement
                engine.plan.withLock { $0.statement = given }
                return try await finished(tarn, try await start(tarn, kind))
            }
            // Not inside the macro: Swift 6.3.1 mixes up closures inside and outside of macros in one function.
            let database = try await run({ $0.database = "d" }, kind: "create_database")
            #expect(database["Status"]?["State"] == "SUCCEEDED")
            let table = try await run(
                {
                    ($0.database, $0.table) = ("d", "t")
                    $0.external = true
                    $0.location = "s3://b/t/"
                    $0.format = "PARQUET"
                    $0.columns = [SQLColumn(name: "id", type: "int")]
                    $0.partitionKeys = [SQLColumn(name: "p", type: "string")]
                }, kind: "create_table")
            #expect(table["Status"]?["State"] == "SUCCEEDED", "\(table)")
            let again = try await run({ $0.database = "d" }, kind: "create_database")
            #expect(again["Status"]?["StateChangeReason"]?.string?.contains("already exists") == true)
            _ = try await run(
                {
                    ($0.database, $0.table) = ("d", "t")
                    $0.partitions = [ParsedStatement.Partition(values: ["p": "x"], location: nil)]
                }, kind: "alter_add_partition")
            let shown = try await run({ ($0.database, $0.table) = ("d", "t") }, kind: "show_partitions")
            let results = try await tarn.call("athena", "GetQueryResults", ["QueryExecutionId": shown["QueryExecutionId"] ?? ""])
            #expect(results["ResultSet"]?["Rows"]?.list?.first?["Data"]?.list?.first?["VarCharValue"] == "p=x")
            let refused = try await run({ _ in }, kind: "explain")["Status"]
            #expect(refused?["State"] == "FAILED")
            #expect(refused?["StateChangeReason"]?.string?.hasPrefix("NOT_SUPPORTED") == true)
        }
    }
}
