import Documents
import Logging
import Store
import Synchronization

/// Why calls were decided as they were, by request ID. Denials are kept on disk, the oldest going first; of what was
/// allowed the last calls are remembered in memory, as they were decided, and put into words when somebody asks.
public final class DecisionLog: Sendable {
    enum Limit {
        /// Bytes of denials kept.
        static let bytes = 64 << 20
        /// Denials between two looks at the size.
        static let recordsBetweenTrims = 5_000
        /// Allowed permissions remembered: a few kilobytes each, and few enough that the processor's cache still has the one
        /// that makes room.
        static let remembered = 256
        /// Records and bytes of one page when the log is searched, and of one answer.
        static let page = 2_000
        static let pageBytes = 4 << 20
    }
    static let log = "decisions"

    /// Kept by reference: the ring is written on every call.
    private final class Allowed: Sendable {
        let judgement: Judgement
        let context: Context

        init(_ judgement: Judgement, _ context: Context) { (self.judgement, self.context) = (judgement, context) }
    }
    private struct State {
        var allowed: [Allowed] = []
        var next = 0
        var sinceTrim = 0
    }
    private let state = Mutex(State())
    private let logs: LogStore
    private let logger: Logger

    init(logs: LogStore, logger: Logger) { (self.logs, self.logger) = (logs, logger) }

    /// Keeps a denial. The denied call waits for the system to have it, which bounds what is in flight.
    func add(_ record: DecisionRecord) async {
        do {
            let bytes = JSON.write(record.document)
            _ = try await logs.append(log: Self.log, [LogRecord(timestamp: record.time, bytes: bytes)], durable: false)
            let isDue = state.withLock { state in
                state.sinceTrim = state.sinceTrim >= Limit.recordsBetweenTrims ? 0 : state.sinceTrim + 1
                return state.sinceTrim == 0
            }
            if isDue { try await logs.trim(log: Self.log, size: Limit.bytes) }
        } catch {
            // The denial itself stands; only its explanation is lost, and the operator hears of it.
            logger.error("a decision could not be kept", metadata: ["error": "\(error)"])
        }
    }

    /// Remembers a permission that was granted.
    func note(_ judgement: Judgement, _ context: Context) {
        // An input may have megabytes; what stays in memory must not.
        judgement.basis.forgetInput()
        let entry = Allowed(judgement, context)
        state.withLock { state in
            if state.allowed.count < Limit.remembered {
                state.allowed.append(entry)
            } else {
                state.allowed[state.next] = entry
            }
            state.next = (state.next + 1) % Limit.remembered
        }
    }

    /// The decisions on one request: its denial, or each permission that it was granted. Empty where nothing is known: the
    /// request is too old, was never here, needed no permission, or was made by an account's root user.
    /// - Throws: ``StoreError``.
    public func decisions(on requestID: String) async throws -> [Document] {
        let allowed = state.withLock { state in state.allowed.filter { $0.context.requestID == requestID } }
        let granted = allowed.map { DecisionRecord($0.judgement, $0.context).document }
        return granted + (try await find(requestID, in: Self.log))
    }

    /// The call as the audit trail has it, for requests on which nothing was decided; nil if it is not there either.
    /// - Throws: ``StoreError``.
    public func audited(_ requestID: String) async throws -> Document? { try await find(requestID, in: AuditTrail.log).first }

    /// Searches a log from its end.
    private func find(_ requestID: String, in log: String) async throws -> [Document] {
        let offsets = try await logs.offsets(log: log)
        let wanted = Array("\"\(requestID)\"".utf8)
        var end = offsets.upperBound
        while end > offsets.lowerBound {
            let page = try await logs.read(log: log, from: end, reverse: true, limit: Limit.page, size: Limit.pageBytes)
            for entry in page.entries where Self.contains(wanted, entry.record.bytes) {
                let document = try JSON.parse(entry.record.bytes)
                if document["requestID"]?.string == requestID { return [document] }
            }
            guard page.next < end else { break }
            end = page.next
        }
        return []
    }

    private static func contains(_ wanted: [UInt8], _ bytes: [UInt8]) -> Bool {
        guard bytes.count >= wanted.count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            wanted.withUnsafeBufferPointer { wanted in
                (0...(bytes.count - wanted.count)).contains { start in
                    bytes[start] == wanted[0] && (1..<wanted.count).allSatisfy { bytes[start + $0] == wanted[$0] }
                }
            }
        }
    }
}
