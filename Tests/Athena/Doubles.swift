import Documents
import Foundation
import Kernel
import SQLEngine
import Synchronization

/// A SQL engine that writes what the test told it.
final class FakeEngine: SQLRunning {
    struct Plan: Sendable {
        var statement = ParsedStatement(kind: "select")
        var csv = "\"id\",\"name\"\n\"1\",\"one\"\n\"2\",\n\"3\",\"\"\n"
        var faults: [SQLFault] = []
        var scanned = 42
        /// Waits until its task is cancelled.
        var hangs = false
    }
    let plan = Mutex(Plan())
    let queries = Mutex<[SQLQuery]>([])

    func parse(_ sql: String, on platform: Platform) async throws -> ParsedStatement { plan.withLock { $0.statement } }
    func query(_ query: SQLQuery, on platform: Platform) async throws -> SQLResult {
        queries.withLock { $0.append(query) }
        let plan = try self.plan.withLock { plan in
            if !plan.faults.isEmpty { throw plan.faults.removeFirst() }
            return plan
        }
        if plan.hangs { try await Signal().wait() }
        let bytes = Array(plan.csv.utf8)
        try plan.csv.write(toFile: query.resultPath, atomically: false, encoding: .utf8)
        let columns = ["id", "name"].map { SQLResult.Column(name: $0, type: "varchar", precision: 2_147_483_647, scale: 0) }
        return SQLResult(
            columns: columns, rowCount: 3, resultBytes: bytes.count, bytesScanned: plan.scanned,
            timing: .init(stagingMs: 1, executionMs: 2))
    }
    func infer(
        _ location: String, _ rules: InferenceRules, access: SQLAccess, on platform: Platform
    ) async throws -> [InferredTable] { [] }
    func stop() async {}
}

/// Objects in memory.
struct FakeS3: Service {
    static let id = "s3"
    final class Objects: Sendable { let all = Mutex<[String: [UInt8]]>([:]) }
    let objects = Objects()
    struct PutInput: Codable, Sendable {
        var Bucket: String
        var Key: String
    }
    struct GetInput: Codable, Sendable {
        var Bucket: String
        var Key: String
        var Range: String?
    }
    func register(in operations: inout Operations) {
        operations.stream("PutObject") { (input: PutInput, body: RequestBody, context: Context) in
            guard input.Bucket != "denied" else { throw AWSError("AccessDenied", 403, "Access Denied") }
            let bytes = try await body.stream.collect(limit: 1 << 20)
            objects.all.withLock { $0[input.Key] = bytes }
            return Streamed(Nothing())
        }
        operations.stream("GetObject") { (input: GetInput, body: RequestBody, context: Context) in
            guard let bytes = objects.all.withLock({ $0[input.Key] }) else { throw AWSError("NoSuchKey", 404, "no such key") }
            let start = input.Range.flatMap { Int($0.dropFirst(6).dropLast()) } ?? 0
            return Streamed(Nothing(), body: ByteStream(bytes: Array(bytes[start...])))
        }
    }
    var actions: ActionMap { ["PutObject": { _, _ in [] }, "GetObject": { _, _ in [] }] }
}
