import Documents
import Logging
import Store
import Synchronization

/// When, where and for what an access key, a role or one of a principal's permissions was last used.
public struct KeyUseRecord: Stored, Hashable {
    public static let tag: UInt8 = 1
    public var date: Timestamp
    public var service: String
    public var region: String

    /// - Parameter id: an access key id, or a role's ARN.
    public static func key(_ id: String) -> Key { Key(.accessKeyUse, .text(id)) }

    /// The last attempts of one principal, by action; of an account's principals without `arn`.
    static func actions(_ account: String, _ principal: String? = nil) -> Key {
        let all = Key(.principalUse, .text(account))
        return principal.map { all.appending(.text($0)) } ?? all
    }
}

/// One action's last attempt by a user, a role or an account's root.
public struct ActionUse: Sendable, Hashable {
    /// The user's, the role's or root's.
    public var principal: String
    /// `s3:GetObject`
    public var action: String
    public var use: KeyUseRecord

    /// `s3`
    public var namespace: String { String(action.prefix { $0 != ":" }) }
    /// `GetObject`
    public var name: String { String(action.drop { $0 != ":" }.dropFirst()) }
    /// Whether it is an action on resources' contents, whose uses are counted for the service only.
    public var isData: Bool { AuditTables.dataEvents[use.service]?[name] != nil }
}

/// Remembers the last use of each key in memory and writes it down now and then, so that no request pays for a write.
public final class KeyUses: Sendable {
    enum Limit {
        /// Keys in memory before they are written.
        static let pending = 4_096
        /// Between two writes, by the machine's time.
        static let pause = Duration.seconds(60)
    }
    /// An access key or role, or an action of a principal.
    private struct Slot: Hashable {
        var id: String
        var action: String?

        var key: Key {
            guard let action else { return KeyUseRecord.key(id) }
            return KeyUseRecord.actions(ARN(id)?.account ?? "", id).appending(.text(action))
        }
    }
    private let pending = Mutex<[Slot: KeyUseRecord]>([:])
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
        note(Slot(id: id), context)
    }

    /// A principal attempts an action, allowed or not.
    func note(_ action: String, _ context: Context) {
        let caller = context.caller
        guard caller.calledVia == nil else { return }
        switch caller.kind {
        case .user, .root: note(Slot(id: caller.arn, action: action), context)
        case .assumedRole: if let role = caller.roleARN { note(Slot(id: role, action: action), context) }
        case .federatedUser, .service, .anonymous: break
        }
    }

    private func note(_ slot: Slot, _ context: Context) {
        let use = KeyUseRecord(date: context.now, service: context.service, region: context.region)
        let isFull = pending.withLock { pending in
            pending[slot] = use
            return pending.count >= Limit.pending
        }
        if isFull { signal.raise() }
    }

    /// The last use of a key or role: what is in memory, else what is written.
    public func last(_ id: String, in snapshot: Snapshot) throws -> KeyUseRecord? {
        if let use = pending.withLock({ $0[Slot(id: id)] }) { return use }
        return try snapshot.record(KeyUseRecord.self, KeyUseRecord.key(id))
    }

    /// What a principal, or each of an account's, last attempted: what is in memory over what is written.
    /// - Parameter principal: a user's, role's or root's ARN; nil for every principal of the account.
    public func actions(of principal: String?, in account: String, _ snapshot: Snapshot) throws -> [ActionUse] {
        var uses: [Slot: KeyUseRecord] = [:]
        try snapshot.records(KeyUseRecord.self, KeyUseRecord.actions(account, principal)) { key, use in
            let elements = try key.elements()
            guard elements.count == 3, case .text(let id) = elements[1], case .text(let action) = elements[2] else {
                throw StoreError.corrupt("use of an action")
            }
            uses[Slot(id: id, action: action)] = use
            return true
        }
        for (slot, use) in pending.withLock({ $0 }) where slot.action != nil {
            if let principal { if slot.id != principal { continue } } else if ARN(slot.id)?.account != account { continue }
            uses[slot] = use
        }
        return uses.map { ActionUse(principal: $0.id, action: $0.action ?? "", use: $1) }
    }

    /// A user has got another name: its actions' uses follow.
    public func move(_ old: String, to new: String, in account: String, _ transaction: Transaction) throws {
        for use in try actions(of: old, in: account, transaction) {
            try transaction.put(Slot(id: new, action: use.action).key, use.use)
        }
        try forget(old, in: transaction)
    }

    /// Nothing is left of a deleted key, user or role.
    public func forget(_ id: String, in transaction: Transaction) throws {
        pending.withLock { pending in
            for slot in pending.keys where slot.id == id { pending.removeValue(forKey: slot) }
        }
        try transaction.delete(KeyUseRecord.key(id))
        guard let account = ARN(id)?.account else { return }
        let all = KeyUseRecord.actions(account, id)
        try transaction.deleteRange(from: all, to: all.rangeEnd)
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
                for (slot, use) in batch { try txn.put(slot.key, use) }
            }
            pending.withLock { pending in
                for (slot, use) in batch where pending[slot] == use { pending.removeValue(forKey: slot) }
            }
        } catch {
            log.warning("last uses of keys cannot be written", metadata: ["error": "\(error)"])
        }
    }
}
