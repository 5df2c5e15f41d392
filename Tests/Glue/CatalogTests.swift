import Documents
import Kernel
import TestSupport
import Testing

@testable import Glue

struct CatalogTests {
    private func table(_ name: String, keys: [(String, String)] = []) -> Document {
        [
            "Name": .string(name),
            "PartitionKeys": .list(keys.map { ["Name": .string($0.0), "Type": .string($0.1)] }),
            "StorageDescriptor": ["Columns": [["Name": "Id", "Type": "int"]], "Location": "s3://b/t/"],
        ]
    }

    @Test func databasesHaveLowerCaseNamesAndAreUnique() async throws {
        try await TestPlatform.with([GlueService(engine: FakeEngine())]) { tarn in
            try await tarn.call("glue", "CreateDatabase", ["DatabaseInput": ["Name": "Data_DB", "Description": "d"]])
            let found = try await tarn.call("glue", "GetDatabase", ["Name": "DATA_db"])
            #expect(found["Database"]?["Name"] == "data_db")
            #expect(found["Database"]?["Description"] == "d")
            #expect(found["Database"]?["CatalogId"] == "000000000000")
            let again = await #expect(throws: AWSError.self) {
                try await tarn.call("glue", "CreateDatabase", ["DatabaseInput": ["Name": "data_db"]])
            }
            #expect(again?.code == "AlreadyExistsException")
            let missing = await #expect(throws: AWSError.self) { try await tarn.call("glue", "GetDatabase", ["Name": "other"]) }
            #expect(missing?.code == "EntityNotFoundException" && missing?.message == "Database other not found.")
        }
    }

    @Test func tablesKeepVersionsAndGoWithTheirDatabase() async throws {
        try await TestPlatform.with([GlueService(engine: FakeEngine())]) { tarn in
            try await tarn.call("glue", "CreateDatabase", ["DatabaseInput": ["Name": "d"]])
            try await tarn.call("glue", "CreateTable", ["DatabaseName": "d", "TableInput": table("T")])
            try await tarn.call("glue", "UpdateTable", ["DatabaseName": "d", "TableInput": table("t", keys: [("p", "string")])])
            let found = try await tarn.call("glue", "GetTable", ["DatabaseName": "D", "Name": "T"])["Table"]
            #expect(found?["VersionId"] == "1")
            #expect(found?["StorageDescriptor"]?["Columns"]?.list?.first?["Name"] == "id")
            let versions = try await tarn.call("glue", "GetTableVersions", ["DatabaseName": "d", "TableName": "t"])
            #expect(versions["TableVersions"]?.list?.compactMap { $0["VersionId"]?.string } == ["1", "0"])
            try await tarn.call("glue", "DeleteDatabase", ["Name": "d"])
            try await tarn.call("glue", "CreateDatabase", ["DatabaseInput": ["Name": "d"]])
            #expect(try await tarn.call("glue", "GetTables", ["DatabaseName": "d"])["TableList"]?.list?.isEmpty == true)
        }
    }

    @Test func listingsPageWithTokensAndFilter() async throws {
        try await TestPlatform.with([GlueService(engine: FakeEngine())]) { tarn in
            try await tarn.call("glue", "CreateDatabase", ["DatabaseInput": ["Name": "d"]])
            for name in ["a1", "a2", "a3", "b1"] {
                try await tarn.call("glue", "CreateTable", ["DatabaseName": "d", "TableInput": table(name)])
            }
            let first = try await tarn.call("glue", "GetTables", ["DatabaseName": "d", "Expression": "a*", "MaxResults": 2])
            #expect(first["TableList"]?.list?.compactMap { $0["Name"]?.string } == ["a1", "a2"])
            let token = try #require(first["NextToken"])
            let rest = try await tarn.call(
                "glue", "GetTables", ["DatabaseName": "d", "Expression": "a*", "MaxResults": 2, "NextToken": token])
            #expect(rest["TableList"]?.list?.compactMap { $0["Name"]?.string } == ["a3"])
            #expect(rest["NextToken"] == nil)
            await #expect(throws: AWSError.self) {
                try await tarn.call("glue", "GetTables", ["DatabaseName": "d", "NextToken": "bm90IG91cnM="])
            }
        }
    }

    @Test func partitionsAreFilteredByTypedExpressions() async throws {
        try await TestPlatform.with([GlueService(engine: FakeEngine())]) { tarn in
            try await tarn.call("glue", "CreateDatabase", ["DatabaseInput": ["Name": "d"]])
            try await tarn.call(
                "glue", "CreateTable",
                ["DatabaseName": "d", "TableInput": table("t", keys: [("year", "int"), ("city", "string")])])
            let inputs: [Document] = [("9", "bonn"), ("10", "berlin"), ("11", "Bern")].map {
                ["Values": [.string($0.0), .string($0.1)]]
            }
            let place: Members = ["DatabaseName": "d", "TableName": "t"]
            func with(_ name: String, _ value: Document) -> Document {
                var members = place
                members[name] = value
                return .map(members)
            }
            let made = try await tarn.call(
                "glue", "BatchCreatePartition", with("PartitionInputList", .list(inputs + [inputs[0]])))
            #expect(made["Errors"]?.list?.count == 1)
            func years(_ expression: String) async throws -> [String] {
                let found = try await tarn.call("glue", "GetPartitions", with("Expression", .string(expression)))
                return (found["Partitions"]?.list ?? []).compactMap { $0["Values"]?.list?.first?.string }.sorted()
            }
            #expect(try await years("year > 9") == ["10", "11"])
            #expect(try await years("year BETWEEN 9 AND 10 AND city <> 'bonn'") == ["10"])
            #expect(try await years("city LIKE 'b%' OR year = 11") == ["10", "11", "9"])
            #expect(try await years("NOT (city IN ('bonn', 'berlin'))") == ["11"])
            for bad in ["nokey = 1", "year >", "year = 1 )", "city = 'open"] {
                let error = await #expect(throws: AWSError.self) { try await years(bad) }
                #expect(error?.code == "InvalidInputException")
            }
            let wrong = await #expect(throws: AWSError.self) {
                try await tarn.call("glue", "CreatePartition", with("PartitionInput", ["Values": ["1"]]))
            }
            #expect(wrong?.code == "InvalidInputException")
        }
    }
}
