import Documents
import Logging
import Store
import Synchronization

/// Every call, allowed or denied, in CloudTrail's record shape.
///
/// What is promised, by kind of event:
/// - A management event that changes something (or tried to) is on stable storage before the call is answered: its
///   transaction shares the store's group commit.
/// - A management event that only reads is written within ``Limit/pause`` after the answer, many in one transaction.
/// - A data event (object, item, message, invocation) is recorded whole where an active trail selects it, else in short;
///   both go to append-only logs in batches, within the same pause.
///
/// When the writer falls behind, calls wait for it: nothing is dropped while Tarn runs.
public final class AuditTrail: Sendable {
    enum Limit {
        /// Records in memory before calls wait.
        static let pending = 10_000
        /// Between two writes, by the machine's time.
        static let pause = Duration.milliseconds(20)
        /// Bytes kept of data events in short; the oldest go first.
        static let bytes = 256 << 20
        /// Records between two looks at the size.
        static let recordsBetweenTrims = 50_000
    }
    /// The log of data events in short.
    static let log = "audit"

    private struct State {
        var short: [LogRecord] = []
        var items: [AuditItem] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        var flushing: Task<Int, Never>?
        var taps = AuditTaps()
        var count: Int { short.count + items.count }
    }
    private let state = Mutex(State())
    private let wantsData = Atomic(false)
    private let signal = Signal()
    private let writer: AuditWriter
    private let logger: Logger
    private let worker = Mutex<Task<Void, Never>?>(nil)

    var taps: AuditTaps { state.withLock { $0.taps } }

    init(writer: AuditWriter, logger: Logger) { (self.writer, self.logger) = (writer, logger) }

    func start() {
        worker.withLock { worker in
            if worker == nil { worker = Task { await self.run() } }
        }
    }

    /// Writes what is pending and ends the writer.
    func stop() async {
        let task = worker.withLock { $0 }
        task?.cancel()
        signal.raise()
        await task?.value
        await flush()
    }

    /// Puts `taps` in place of the ones that `owner` has set before. They see the calls that end from now on.
    public func setTaps(_ taps: [AuditTap], of owner: String) {
        let wanted = state.withLock { state in
            state.taps.set(taps, of: owner)
            return state.taps.wantsData
        }
        wantsData.store(wanted, ordering: .releasing)
    }

    /// Records a call that has ended.
    /// - Parameter permissions: what the call needed leave for, as far as that was known.
    /// - Throws: the store's error, when the event must be durable before the answer and can't be made so.
    func add(_ call: Call, _ context: Context, _ outcome: AuditOutcome, _ permissions: [Permission]?) async throws {
        let dataType = AuditTables.dataEvents[call.service]?[call.operation]
        if dataType != nil, !wantsData.load(ordering: .acquiring) { return await addShort(context, outcome) }
        let isReadOnly = AuditTables.isReadOnly(call.service, call.operation)
        let resources = await AuditResources.of(
            call, context, outcome, permissions ?? [], learns: !isReadOnly && dataType == nil)
        let event = AuditEvent(call, context, outcome, dataType: dataType, isReadOnly: isReadOnly, resources: resources)
        let items = try await items(event)
        if dataType != nil, items.isEmpty { return await addShort(context, outcome) }
        if dataType == nil, !isReadOnly { return try await writer.write(items, on: context.platform) }
        await addPending(count: items.count) { $0.items += items }
    }

    private func items(_ event: AuditEvent) async throws -> [AuditItem] {
        let taps = taps
        let accounts = event.accounts
        var items: [AuditItem] = []
        for account in accounts {
            let organization =
                taps.needsOrganization ? try await event.context.platform.identity.organization(of: account).id : nil
            var facts = event.facts(account, organization: organization)
            let trails = taps.trails.filter { $0.selects(facts) }.map(\.id)
            if facts.isData, trails.isEmpty { continue }
            facts.isLogged = !trails.isEmpty
            let others = taps.others.filter { $0.selects(facts) }
            items.append(
                try AuditItem(event, facts, isShared: accounts.count > 1, trails: trails, others: others))
        }
        return items
    }

    private func addShort(_ context: Context, _ outcome: AuditOutcome) async {
        let record = LogRecord(timestamp: context.now.milliseconds, bytes: Self.short(context, outcome))
        await addPending(count: 1) { $0.short.append(record) }
    }

    private func addPending(count: Int, _ add: (inout State) -> Void) async {
        guard count > 0 else { return }
        let isFull = state.withLock { state in
            add(&state)
            return state.count >= Limit.pending
        }
        signal.raise()
        guard isFull else { return }
        await withCheckedContinuation { continuation in
            let hasRoom = state.withLock { state in
                if state.count < Limit.pending { return true }
                state.waiting.append(continuation)
                return false
            }
            if hasRoom { continuation.resume() }
        }
    }

    /// One JSON object. Written straight into its bytes: every hot call pays for this.
    private static func short(_ context: Context, _ outcome: AuditOutcome) -> [UInt8] {
        var writer = JSONObjectWriter(capacity: 512)
        writer.member("requestID", context.requestID)
        writer.member("eventTime", context.now.iso8601(milliseconds: true))
        writer.member("service", context.service)
        writer.member("eventName", context.operation)
        writer.member("awsRegion", context.region)
        writer.member("arn", context.caller.arn)
        writer.member("accountId", context.caller.account)
        writer.member("principalId", context.caller.principalID)
        if let key = context.caller.accessKeyID { writer.member("accessKeyId", key) }
        if let http = context.http { writer.member("sourceIPAddress", http.sourceIP) }
        if case .failure(let error) = outcome {
            writer.member("errorCode", error.code)
            writer.member("errorMessage", error.message)
        }
        return writer.finish()
    }

    private func run() async {
        var sinceTrim = 0
        while !Task.isCancelled {
            do {
                try await signal.wait()
                sinceTrim += await flush()
                // Under load many records make one write: a wake-up for each would cost more than the request it tells of.
                try await RealTime.wait(Limit.pause)
                if sinceTrim >= Limit.recordsBetweenTrims {
                    sinceTrim = 0
                    try await writer.trim(size: Limit.bytes)
                }
            } catch is CancellationError {
                return
            } catch {
                logger.error("audit cannot be trimmed", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Writes what is pending. When this returns, every call that was answered before can be read from the record.
    /// - Returns: how many records were written.
    @discardableResult
    public func flush() async -> Int {
        let task = state.withLock { state in
            // One behind the other: a caller may rely on what an earlier flush has taken.
            let before = state.flushing
            let task = Task {
                _ = await before?.value
                return await self.flushNow()
            }
            state.flushing = task
            return task
        }
        return await task.value
    }

    private func flushNow() async -> Int {
        let (short, items, waiting) = state.withLock { state in
            defer { (state.short, state.items, state.waiting) = ([], [], []) }
            return (state.short, state.items, state.waiting)
        }
        defer { for continuation in waiting { continuation.resume() } }
        do {
            try await writer.append(short: short)
            try await writer.writeBatches(items)
        } catch {
            logger.error("audit records lost", metadata: ["records": "\(short.count + items.count)", "error": "\(error)"])
        }
        return short.count + items.count
    }
}
