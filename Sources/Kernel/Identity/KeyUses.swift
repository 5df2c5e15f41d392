import Documents
import Logging
import Store
import Synchronization

/// When, where and for what an access key or a role was last used.
public struct KeyUseRecord: Stored, Hashable {
    public static let tag: UInt8 = 1
    public var date: Timestamp
    public var service: String
    public var region: String

    /// - Parameter id: an access key id, or a role's ARN.
    public static func key(_ id: String) -> Key { Key(.accessKeyUse, .text(id)) }
}

/// Remembers the last use of each key in memory and writes it down now and then, so that no request pays for a write.
public final class KeyUses: Sendable {
    enum Limit {
        /// Keys in memory before they are written.
        static let pending = 4_096
        /// Between two writes, by the machine's time.
        static let pause = Duration.seconds(60)
    }
    private let pending = Mutex<[String: KeyUseRecord]>([:])
    private let signal = Signal()
    private let worker = Mutex<Task<Void, Never>?>(nil)
    private let store: any KeyValueStore
    private let log: Logger

    init(store: any KeyValueStore, log: Logger) { (self.store, self.log) = (store, log) }

    func start() {
        worker.withLock { worker in
            if worker == nil { worker = Task { await self.run() } }
        }
    }

    /// Writes what is pending and ends the worker.
    func stop() async {
        let task = worker.withLock { $0 }
        task?.cancel()
        signal.raise()
        await task?.value
        await flush()
    }

    /// A call has come in from outside. Calls that services make in a caller's name are not the caller's own.
    func note(_ context: Context) {
        let caller = context.caller
        guard caller.calledVia == nil else { return }
        let id: String? =
            switch caller.kind {
            case .user: caller.accessKeyID.flatMap { $0.hasPrefix("AKIA") ? $0 : nil }
            case .assumedRole: caller.roleARN
            default: nil
            }
        guard let id else { return }
        let use = KeyUseRecord(date: context.now, service: context.service, region: context.region)
        let isFull = pending.withLock { pending in
            pending[id] = use
            return pending.count >= Limit.pending
        }
        if isFull { signal.raise() }
    }

    /// The last use of a key or role: what is in memory, else what is written.
    public func last(_ id: String, in snapshot: Snapshot) throws -> KeyUseRecord? {
        if let use = pending.withLock({ $0[id] }) { return use }
        return try snapshot.record(KeyUseRecord.self, KeyUseRecord.key(id))
    }

    /// Nothing is left of a deleted key.
    public func forget(_ id: String, in transaction: Transaction) throws {
        pending.withLock { _ = $0.removeValue(forKey: id) }
        try transaction.delete(KeyUseRecord.key(id))
    }

    private func run() async {
        while !Task.isCancelled {
            let pause = Task { try await RealTime.wait(Limit.pause) }
            let alarm = Task {
                if (try? await pause.value) != nil { self.signal.raise() }
            }
            defer { pause.cancel() }
            guard (try? await signal.wait()) != nil else {
                alarm.cancel()
                return
            }
            await flush()
        }
    }

    private func flush() async {
        let batch = pending.withLock { $0 }
        guard !batch.isEmpty else { return }
        do {
            try await store.write { txn in
                for (id, use) in batch { try txn.put(KeyUseRecord.key(id), use) }
            }
            pending.withLock { pending in
                for (id, use) in batch where pending[id] == use { pending.removeValue(forKey: id) }
            }
        } catch {
            log.warning("last uses of keys cannot be written", metadata: ["error": "\(error)"])
        }
    }
}
