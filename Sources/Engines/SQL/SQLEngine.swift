import Documents
import Kernel

/// Keeps one SQL worker: started by the first statement, restarted by the first after a crash, ended when nobody has
/// asked for a while.
public actor SQLEngine: SQLRunning, SelectRunning, TableWriting {
    private var worker: SQLWorker?
    private var starting: Task<SQLWorker, any Error>?
    private var idleCheck: Task<Void, Never>?
    private var lastUse = Timestamp(seconds: 0)
    private var isStopping = false
    private var serial: UInt64 = 0

    public init() {}

    public func parse(_ sql: String, on platform: Platform) async throws -> ParsedStatement {
        try await ask("parse", ["sql": .string(sql)], on: platform)
    }

    public func query(_ query: SQLQuery, on platform: Platform) async throws -> SQLResult {
        guard let members = try DocumentEncoder().encode(query).members else { throw SQLFault.malformed("a query is a map") }
        return try await ask("query", members, on: platform)
    }

    public func select(_ request: Members, on platform: Platform) async throws -> SelectResult {
        try await ask("select", request, on: platform)
    }

    public func infer(
        _ location: String, _ rules: InferenceRules, access: SQLAccess, on platform: Platform
    ) async throws -> [InferredTable] {
        struct Answer: Decodable { var tables: [InferredTable] }
        var members: Members = ["location": .string(location), "s3": try DocumentEncoder().encode(access)]
        if !rules.exclusions.isEmpty { members["exclusions"] = .list(rules.exclusions.map { .string($0) }) }
        members["tableLevel"] = rules.tableLevel.map { .integer(Int64($0)) }
        if rules.combinesSchemas { members["combineSchemas"] = true }
        let answer: Answer = try await ask("infer", members, on: platform)
        return answer.tables
    }

    public func convert(_ conversion: SQLConversion, on platform: Platform) async throws -> SQLConverted {
        guard let members = try DocumentEncoder().encode(conversion).members else {
            throw SQLFault.malformed("a conversion is a map")
        }
        return try await ask("convert", members, on: platform)
    }

    public func write(_ table: TableFile, on platform: Platform) async throws {
        struct Answer: Decodable { var rowCount: Int }
        guard let members = try DocumentEncoder().encode(table).members else { throw SQLFault.malformed("a table is a map") }
        let _: Answer = try await ask("write", members, on: platform)
    }

    /// The worker's process id, for tests and `doctor`.
    public func workerIsRunning() -> Bool { worker?.isRunning ?? false }

    public func stop() async {
        isStopping = true
        idleCheck?.cancel()
        let begun = try? await starting?.value
        await (worker ?? begun)?.stop()
        worker = nil
    }

    private func ask<Answer: Decodable>(_ operation: String, _ members: Members, on platform: Platform) async throws -> Answer {
        let worker = try await running(platform)
        serial += 1
        let id = "\(serial)"
        var request = members
        request["id"] = .string(id)
        request["op"] = .string(operation)
        let line = JSON.write(.map(request))
        guard line.count < SQLLimit.line else { throw SQLFault.lineTooLong }
        defer { lastUse = platform.clock.now() }
        let answer = try await withTaskCancellationHandler {
            try await worker.ask(id, line)
        } onCancel: {
            worker.send(JSON.write(["id": .string("c\(id)"), "op": "cancel", "target": .string(id)]))
        }
        do {
            return try DocumentDecoder().decode(Answer.self, from: answer)
        } catch { throw SQLFault.malformed("\(operation): \(error)") }
    }

    private func running(_ platform: Platform) async throws -> SQLWorker {
        guard !isStopping else { throw SQLFault.stopping }
        if let worker, worker.isRunning { return worker }
        if let starting { return try await starting.value }
        let task = Task { try await SQLWorker.start(platform) }
        starting = task
        defer { starting = nil }
        let begun = try await task.value
        worker = begun
        lastUse = platform.clock.now()
        idleCheck?.cancel()
        idleCheck = Task { await self.endWhenIdle(begun, platform.clock) }
        return begun
    }

    private func endWhenIdle(_ watched: SQLWorker, _ clock: PlatformClock) async {
        while watched.isRunning {
            guard (try? await clock.sleep(until: lastUse + SQLLimit.idle)) != nil else { return }
            guard watched.load == 0, clock.now() >= lastUse + SQLLimit.idle else {
                if watched.load > 0 { lastUse = clock.now() }
                continue
            }
            if worker === watched { worker = nil }
            return await watched.stop()
        }
    }
}
