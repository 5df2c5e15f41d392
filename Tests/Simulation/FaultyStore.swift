import Kernel
import Store
import Synchronization
import TestSupport
import Testing

/// A store that fails by seed: a write may be refused with nothing kept, and at a crash everything stops in the midst of a
/// write, whose commit then is on the disk or is not, and nobody hears which. What the next process finds is the picture of
/// the files that is taken then; what this one still does is done in vain.
final class FaultyStore: KeyValueStore {
    struct Faults {
        var random: Seeded
        /// How many writes of a thousand are refused.
        var refused = 0
        /// The crash comes with this write, counted from now.
        var crashIn: Int?
        var isDead = false
        /// nil until the picture is taken.
        var image: Result<Void, any Error>?
    }
    private enum Fate { case fine, refused(StoreError), lost, kept }

    private let store: any KeyValueStore
    private let faults: Mutex<Faults>
    private let takeImage: @Sendable () throws -> Void

    /// - Parameter takeImage: called once, at the crash.
    init(_ store: any KeyValueStore, seed: UInt64, takeImage: @escaping @Sendable () throws -> Void) {
        (self.store, self.takeImage) = (store, takeImage)
        faults = Mutex(Faults(random: Seeded(seed)))
    }

    var isDead: Bool { faults.withLock { $0.isDead } }
    func refuse(_ perThousand: Int) { faults.withLock { $0.refused = perThousand } }
    func crash(in writes: Int?) { faults.withLock { $0.crashIn = writes } }

    /// Until the crash is complete.
    func crashed() async throws {
        try await eventually("the crash", every: .milliseconds(1)) { faults.withLock { $0.image != nil } }
        try faults.withLock { $0.image }?.get()
    }

    private func crash() {
        let image = Result { try takeImage() }
        faults.withLock { $0.image = image }
    }

    private func fate() throws -> Fate {
        try faults.withLock { faults in
            if faults.isDead { throw StoreError.closed }
            if let left = faults.crashIn {
                faults.crashIn = left - 1
                if left <= 1 {
                    faults.isDead = true
                    return faults.random.coin() ? .lost : .kept
                }
            }
            guard faults.random.int(0...999) < faults.refused else { return .fine }
            return .refused(faults.random.coin() ? .full : .backend(code: 10, message: "disk I/O error, by seed"))
        }
    }

    func write<Result: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Result) async throws -> Result {
        switch try fate() {
        case .fine:
            let result = try await store.write(body)
            // Whether the picture has it, nobody knows.
            if isDead { throw StoreError.closed }
            return result
        case .refused(let error): throw error
        case .lost:
            crash()
            throw StoreError.closed
        case .kept:
            // Committed, but the process is gone: neither answer nor effects reach anyone.
            defer { crash() }
            _ = try await store.write { transaction in try body(Mute(transaction)) }
            throw StoreError.closed
        }
    }

    func read<Result: Sendable>(_ body: @Sendable (Snapshot) throws -> Result) async throws -> Result {
        if isDead { throw StoreError.closed }
        return try await store.read(body)
    }

    func close() async { await store.close() }
}

/// A transaction whose effects never come about.
private final class Mute: Transaction {
    private let transaction: any Transaction
    init(_ transaction: any Transaction) { self.transaction = transaction }

    func value(_ key: Key) throws -> [UInt8]? { try transaction.value(key) }
    func scan(from begin: Key, to end: Key, reverse: Bool, limit: Int?, _ visit: (Key, [UInt8]) throws -> Bool) throws {
        try transaction.scan(from: begin, to: end, reverse: reverse, limit: limit, visit)
    }
    func put(_ key: Key, _ value: [UInt8]) throws { try transaction.put(key, value) }
    func delete(_ key: Key) throws { try transaction.delete(key) }
    func deleteRange(from begin: Key, to end: Key) throws { try transaction.deleteRange(from: begin, to: end) }
    func afterCommit(_ effect: @escaping @Sendable () -> Void) {}
}
