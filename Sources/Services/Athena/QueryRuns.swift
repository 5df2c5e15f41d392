import Documents
import Kernel
import Logging
import SQLEngine
import Store
import Synchronization

/// Takes queries in, runs and stops them.
///
/// A query is an entry of the outbox until its end is written: one that a crash interrupted runs again, so none stays
/// RUNNING without anybody running it.
final class QueryRuns: Sendable {
    static let delivery = "query"
    /// An entry is never given up for its age: a moved clock must not strand a query.
    private static let expiry: Duration = .seconds(3_650 * 86_400)

    let engine: any SQLRunning
    private let slots = Slots(AthenaLimit.running)
    /// Queries that wait or run, with their tasks once they have one.
    private let active = Mutex<[String: Task<Void, any Error>?]>([:])

    init(engine: any SQLRunning) { self.engine = engine }

    func start(_ input: Queries.StartInput, _ context: Context) async throws -> Queries.ID {
        guard input.QueryString.utf8.count <= AthenaLimit.query else {
            throw AthenaFault.invalid("1 validation error detected: the query string is longer than \(AthenaLimit.query) bytes")
        }
        guard !input.QueryString.allSatisfy(\.isWhitespace) else { throw AthenaFault.invalid("Query string cannot be empty") }
        let catalog = input.QueryExecutionContext?.Catalog ?? "AwsDataCatalog"
        guard catalog.lowercased() == "awsdatacatalog" else { throw AthenaFault.invalid("Catalog \(catalog) is not found") }
        try await refuseMalformed(input.QueryString, context.platform)
        let place = Place(context)
        let group = input.WorkGroup ?? WorkGroupRecord.primary
        var fresh = QueryRecord(id: Identifier.uuid(), sql: input.QueryString, caller: context.caller, submitted: context.now)
        // Some clients quote the name as in a statement.
        let database = Substring((input.QueryExecutionContext?.Database ?? "default").lowercased())
        let isQuoted = database.count > 2 && database.hasPrefix("`") && database.hasSuffix("`")
        fresh.database = String(isQuoted ? database.dropFirst().dropLast() : database)
        (fresh.catalog, fresh.workGroup, fresh.token) = (catalog, group, input.ClientRequestToken)
        fresh.parameters = input.ExecutionParameters
        fresh.reuse = input.ResultReuseConfiguration?.ResultReuseByAgeConfiguration
        if let chosen = try await chosenLocation(input, group, place, context) {
            try await mustExist(try OutputLocation(chosen).bucket, context)
        }
        let query = fresh
        try active.withLock { active in
            guard active.count < AthenaLimit.active else { throw AthenaFault.tooManyQueries }
            active[query.id] = .some(nil)
        }
        do {
            let id = try await context.store.write { transaction in
                try self.accept(query, input.ResultConfiguration, place, context, transaction)
            }
            if id != query.id { active.withLock { _ = $0.removeValue(forKey: query.id) } }
            return Queries.ID(QueryExecutionId: id)
        } catch {
            active.withLock { _ = $0.removeValue(forKey: query.id) }
            throw error
        }
    }

    /// Where the result goes: the query's folder or its work group's; nil if neither says.
    private func chosenLocation(
        _ input: Queries.StartInput, _ group: String, _ place: Place, _ context: Context
    ) async throws -> String? {
        let record = try await context.store.read { try $0.requireWorkGroup(place, group) }
        let chosen = record.chosenLocation(input.ResultConfiguration?.OutputLocation)
        return chosen?.isEmpty ?? true ? nil : chosen
    }

    /// A bucket that is not there is refused at once; what the caller may do with one that is shows when the result is written.
    private func mustExist(_ bucket: String, _ context: Context) async throws {
        do {
            _ = try await context.callAsCaller("s3", "GetBucketLocation", ["Bucket": .string(bucket)])
        } catch let error as AWSError where error.code == "NoSuchBucket" {
            throw AthenaFault.invalid("Unable to verify/create output bucket \(bucket)")
        } catch let error as AWSError {
            context.platform.log.debug("output bucket not looked at", metadata: ["bucket": "\(bucket)", "fault": "\(error)"])
        }
    }

    /// A text that does not parse never becomes a query. An engine that cannot be asked is the query's failure, not the
    /// request's.
    private func refuseMalformed(_ sql: String, _ platform: Platform) async throws {
        do {
            _ = try await engine.parse(sql, on: platform)
        } catch SQLFault.refused(.syntaxError, let text) {
            throw AthenaFault.malformedQuery(text)
        } catch let fault as SQLFault {
            platform.log.debug("statement not parsed before its run", metadata: ["fault": "\(fault)"])
        }
    }

    private func accept(
        _ fresh: QueryRecord, _ asked: Queries.ResultInput?, _ place: Place, _ context: Context, _ transaction: Transaction
    ) throws -> String {
        if let token = fresh.token, let known = try transaction.value(place.token(token)) {
            let id = String(decoding: known, as: UTF8.self)
            if let earlier = try transaction.record(QueryRecord.self, place.query(id)) {
                guard earlier.sql == fresh.sql, earlier.workGroup == fresh.workGroup,
                    (earlier.parameters ?? []) == (fresh.parameters ?? [])
                else { throw AthenaFault.tokenReused }
                return id
            }
        }
        let group = try transaction.requireWorkGroup(place, fresh.workGroup)
        guard group.state == "ENABLED" else { throw AthenaFault.workGroupDisabled }
        let location = asked?.OutputLocation
        guard let chosen = group.chosenLocation(location), !chosen.isEmpty else { throw AthenaFault.noOutputLocation }
        var query = fresh
        query.output = try OutputLocation(chosen).url
        query.bytesCutoff = group.bytesCutoff
        // The side whose location it is says the rest as well.
        let isGroups = group.outputLocation != nil && (group.enforces || location == nil)
        query.settings = isGroups ? try group.resultSettings() : ResultSettings(asked)
        try query.settings?.check()
        query.overridesWorkGroup = !isGroups && group.outputLocation != nil
        try transaction.put(place.query(query.id), query)
        try transaction.put(place.queryByTime(query), Array(query.id.utf8))
        if let token = query.token { try transaction.put(place.token(token), Array(query.id.utf8)) }
        try forgetOld(query, place, transaction)
        let payload: Document = ["account": .string(place.account), "region": .string(place.region), "id": .string(query.id)]
        // A lane of its own: a long query holds nobody else's up.
        let delivery = Delivery(
            id: query.id, lane: "athena/\(query.id)", service: AthenaService.id, name: Self.delivery, payload: payload,
            created: context.now, expires: context.now + Self.expiry)
        try transaction.enqueue(delivery, on: context.platform)
        try transaction.announce(query, from: nil, place, on: context.platform)
        return query.id
    }

    /// Each new query takes up to two old ones with it, so that the history stays bounded.
    private func forgetOld(_ query: QueryRecord, _ place: Place, _ transaction: Transaction) throws {
        var old: [(Key, QueryRecord)] = []
        try transaction.scan(place.queries(of: query.workGroup), reverse: true, limit: 2) { key, value in
            let id = String(decoding: value, as: UTF8.self)
            if let record = try transaction.record(QueryRecord.self, place.query(id)), record.state.isFinal,
                query.submitted.seconds - record.submitted.seconds > AthenaLimit.history
            {
                old.append((key, record))
            }
            return true
        }
        for (key, record) in old {
            try transaction.delete(key)
            try transaction.delete(place.query(record.id))
            if let token = record.token { try transaction.delete(place.token(token)) }
            if let result = record.fingerprint.map(place.result), try transaction.value(result) == Array(record.id.utf8) {
                try transaction.delete(result)
            }
        }
    }

    func stop(_ input: Queries.ID, _ context: Context) async throws -> Nothing {
        let place = Place(context)
        try await context.store.write { transaction in
            guard var query = try transaction.record(QueryRecord.self, place.query(input.QueryExecutionId)) else {
                throw AthenaFault.queryNotFound(input.QueryExecutionId)
            }
            guard !query.state.isFinal else { return }
            let previous = query.state
            (query.state, query.reason, query.completed) = (.cancelled, "Query cancelled by user", context.platform.clock.now())
            try transaction.put(place.query(query.id), query)
            try transaction.announce(query, from: previous, place, on: context.platform)
        }
        if case .some(.some(let task)) = active.withLock({ $0[input.QueryExecutionId] }) { task.cancel() }
        return Nothing()
    }

    /// The outbox's handler.
    func carryOut(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let account = delivery.payload["account"]?.string, let region = delivery.payload["region"]?.string,
            let id = delivery.payload["id"]?.string
        else { throw GiveUp("a query without its id") }
        let place = Place(account: account, region: region)
        let work = Task { try await self.run(id, place, platform) }
        active.withLock { $0[id] = work }
        let result = await withTaskCancellationHandler {
            await work.result
        } onCancel: {
            work.cancel()
        }
        // The platform is stopping: the entry stays, and the next start runs the query again.
        if Task.isCancelled { throw CancellationError() }
        active.withLock { _ = $0.removeValue(forKey: id) }
        // Cancelled by StopQueryExecution, which has written the state.
        if case .failure(let error) = result, !(error is CancellationError) { throw error }
    }

    private func run(_ id: String, _ place: Place, _ platform: Platform) async throws {
        try await slots.take()
        defer { slots.give() }
        let begun = try await platform.store.write { transaction -> (query: QueryRecord, isAgain: Bool)? in
            guard var query = try transaction.record(QueryRecord.self, place.query(id)), !query.state.isFinal else { return nil }
            let previous = query.state
            (query.state, query.started) = (.running, platform.clock.now())
            try transaction.put(place.query(id), query)
            if previous != .running { try transaction.announce(query, from: previous, place, on: platform) }
            return (query, previous == .running)
        }
        guard let begun else { return }
        var query = begun.query
        let execution = QueryExecution(place: place, platform: platform, engine: engine, isAgain: begun.isAgain)
        do {
            try await execution.run(&query)
            query.state = .succeeded
        } catch let failure as QueryFailure {
            try Task.checkCancellation()
            Self.note(failure, in: &query)
        } catch SQLFault.stopping {
            throw CancellationError()
        } catch let fault as SQLFault {
            try Task.checkCancellation()
            Self.note(QueryFailure(fault), in: &query)
        } catch let fault as any Fault {
            Self.note(QueryFailure.of(fault.wire), in: &query)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            platform.log.error("query failed inside", metadata: ["query": "\(id)", "error": "\(error)"])
            Self.note(QueryFailure(.system, 100, "GENERIC_INTERNAL_ERROR: internal service error"), in: &query)
        }
        query.completed = platform.clock.now()
        let ended = query
        try await platform.store.write { transaction in
            guard let present = try transaction.record(QueryRecord.self, place.query(id)), !present.state.isFinal else { return }
            try transaction.put(place.query(id), ended)
            if ended.state == .succeeded, ended.reusedFrom == nil, let fingerprint = ended.fingerprint {
                try transaction.put(place.result(fingerprint), Array(id.utf8))
            }
            try transaction.announce(ended, from: present.state, place, on: platform)
        }
    }

    private static func note(_ failure: QueryFailure, in query: inout QueryRecord) {
        query.state = failure.isCancellation ? .cancelled : .failed
        query.reason = String(failure.reason.prefix(AthenaLimit.text))
        query.error = failure
    }
}

/// A bounded number of places, handed on in the order of asking.
final class Slots: Sendable {
    private struct State {
        var free: Int
        var waiters: [(id: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
        var nextID: UInt64 = 0
    }
    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    /// - Throws: `CancellationError` while it waits.
    func take() async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let got = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    if state.free > 0 {
                        state.free -= 1
                        return true
                    }
                    state.waiters.append((id, continuation))
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0).continuation }
            }
            waiter?.resume(returning: false)
        }
        guard got else { throw CancellationError() }
    }

    func give() {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard !state.waiters.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiters.removeFirst().continuation
        }
        next?.resume(returning: true)
    }
}
