import Documents
import Logging
import Store
import Synchronization

/// Every call, allowed or denied, in the order of its end: who asked what of which service, and how it ended.
///
/// Calls leave their records in memory and go on; one writer appends them in batches, so a request does not wait for
/// the audit's disk. When the writer falls behind, calls wait for it: records are never dropped while Tarn runs.
public final class AuditTrail: Sendable {
    enum Limit {
        /// Records in memory before calls wait.
        static let pending = 10_000
        /// Between two appends, by the machine's time.
        static let pause = Duration.milliseconds(20)
        /// Bytes of audit kept; the oldest go first.
        static let bytes = 256 << 20
        /// Records between two looks at the size.
        static let recordsBetweenTrims = 50_000
    }
    static let log = "audit"

    private struct State {
        var pending: [LogRecord] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())
    private let signal = Signal()
    private let logs: LogStore
    private let logger: Logger
    private let worker = Mutex<Task<Void, Never>?>(nil)

    init(logs: LogStore, logger: Logger) { (self.logs, self.logger) = (logs, logger) }

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

    func add(_ context: Context, error: AWSError?) async {
        let record = LogRecord(timestamp: context.now.milliseconds, bytes: Self.text(context, error))
        let isFull = state.withLock { state in
            state.pending.append(record)
            return state.pending.count >= Limit.pending
        }
        signal.raise()
        guard isFull else { return }
        await withCheckedContinuation { continuation in
            let hasRoom = state.withLock { state in
                if state.pending.count < Limit.pending { return true }
                state.waiting.append(continuation)
                return false
            }
            if hasRoom { continuation.resume() }
        }
    }

    /// One JSON object. Written straight into its bytes: every call pays for this.
    private static func text(_ context: Context, _ error: AWSError?) -> [UInt8] {
        var writer = JSONObjectWriter(capacity: 512)
        writer.member("requestID", context.requestID)
        writer.member("eventTime", context.now.iso8601(milliseconds: true))
        writer.member("eventSource", "\(context.service).amazonaws.com")
        writer.member("eventName", context.operation)
        writer.member("awsRegion", context.region)
        writer.object("userIdentity") { identity in
            identity.member("type", context.caller.kind.rawValue)
            identity.member("arn", context.caller.arn)
            identity.member("accountId", context.caller.account)
            identity.member("principalId", context.caller.principalID)
        }
        if let key = context.caller.accessKeyID { writer.member("accessKeyId", key) }
        if let http = context.http { writer.member("sourceIPAddress", http.sourceIP) }
        if let error {
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
                // Under load many records make one append: a wake-up for each would cost more than the request it tells of.
                try await RealTime.wait(Limit.pause)
                if sinceTrim >= Limit.recordsBetweenTrims {
                    sinceTrim = 0
                    try await logs.trim(log: Self.log, size: Limit.bytes)
                }
            } catch is CancellationError {
                return
            } catch {
                logger.error("audit cannot be trimmed", metadata: ["error": "\(error)"])
            }
        }
    }

    /// - Returns: how many records were written.
    @discardableResult
    private func flush() async -> Int {
        let (batch, waiting) = state.withLock { state in
            defer { (state.pending, state.waiting) = ([], []) }
            return (state.pending, state.waiting)
        }
        guard !batch.isEmpty else { return 0 }
        do {
            _ = try await logs.append(log: Self.log, batch, durable: false)
        } catch {
            logger.error("audit records lost", metadata: ["records": "\(batch.count)", "error": "\(error)"])
        }
        for continuation in waiting { continuation.resume() }
        return batch.count
    }
}
