import Documents
import Foundation
import Kernel
import SQLEngine
import TestSupport
import Testing

/// The real worker; without the virtual environment these fail with the command that makes it.
struct RealWorkerTests {
    private func with(_ body: @Sendable (SQLEngine, Platform) async throws -> Void) async throws {
        try await TestPlatform.with([]) { tarn in
            let engine = SQLEngine()
            do { try await body(engine, tarn.platform) } catch {
                await engine.stop()
                throw error
            }
            await engine.stop()
            #expect(await !engine.workerIsRunning())
        }
    }

    @Test func parsesAndRuns() async throws {
        try await with { engine, platform in
            let parsed = try await engine.parse("SELECT a FROM db.t", on: platform)
            #expect(parsed.kind == "select")
            #expect(parsed.reads == [ParsedStatement.Reference(database: "db", table: "t")])
            let path = FileManager.default.temporaryDirectory.appending(path: "tarn-\(Identifier.uuid()).csv").path
            defer { try? FileManager.default.removeItem(atPath: path) }
            let query = SQLQuery(sql: "SELECT 7/2 AS x, NULL AS y", database: "default", tables: [], s3: nil, resultPath: path)
            let result = try await engine.query(query, on: platform)
            #expect(result.rowCount == 1 && result.columns.map(\.name) == ["x", "y"])
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "\"x\",\"y\"\n\"3\",\n")
        }
    }

    @Test func refusalsAreTyped() async throws {
        try await with { engine, platform in
            let query = SQLQuery(sql: "SELECT * FROM nowhere", database: "d", tables: [], s3: nil, resultPath: "/dev/null")
            await #expect(
                throws: SQLFault.refused(.tableNotFound, "line 1:15: Table 'awsdatacatalog.d.nowhere' does not exist")
            ) { try await engine.query(query, on: platform) }
        }
    }

    @Test func manyRequestsShareOneWorker() async throws {
        try await with { engine, platform in
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<40 { group.addTask { try await engine.parse("SELECT \(number)", on: platform).kind } }
                for try await kind in group { #expect(kind == "select") }
            }
        }
    }
}
