/// An ordered, transactional key-value space: the one place where Tarn keeps its records (ARCHITECTURE.md, "The store").
///
/// Transactions are serializable. A write is acknowledged (its call returns) only when it is on stable storage.
/// Bodies run synchronously, away from the caller's task, and may run more than once (a backend retries a conflict), so
/// they must have no effect but on the transaction, and must be short: no waiting, no network.
public protocol KeyValueStore: Sendable {
    /// Runs `body` and commits. If it throws, nothing of it is kept and the error comes out unchanged.
    func write<Result: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Result) async throws -> Result

    /// Runs `body` on one consistent snapshot.
    func read<Result: Sendable>(_ body: @Sendable (Snapshot) throws -> Result) async throws -> Result

    /// Finishes what was begun, flushes and lets go of the data directory. Later calls throw ``StoreError/closed``.
    func close() async
}

/// A consistent view of the store. Valid only inside the closure that received it.
public protocol Snapshot: AnyObject {
    func value(_ key: Key) throws -> [UInt8]?

    /// The rows of `begin..<end` in key order (or reversed), at most `limit`. Rows are handed out one by one; return
    /// false to stop. A visitor may read, and inside a transaction write, but not under the range being scanned.
    func scan(from begin: Key, to end: Key, reverse: Bool, limit: Int?, _ visit: (Key, [UInt8]) throws -> Bool) throws
}

/// A view that can be changed. Valid only inside the closure that received it.
public protocol Transaction: Snapshot {
    func put(_ key: Key, _ value: [UInt8]) throws
    func delete(_ key: Key) throws
    /// Deletes the rows of `begin..<end`.
    func deleteRange(from begin: Key, to end: Key) throws
    /// Runs `effect` once, after this transaction is durable and never if it is not: to wake a worker, not to do work.
    func afterCommit(_ effect: @escaping @Sendable () -> Void)
}

extension Snapshot {
    /// The rows whose keys begin with `prefix`'s elements.
    public func scan(
        _ prefix: Key, after: Key? = nil, reverse: Bool = false, limit: Int? = nil,
        _ visit: (Key, [UInt8]) throws -> Bool
    ) throws {
        try scan(from: after?.successor ?? prefix, to: prefix.rangeEnd, reverse: reverse, limit: limit, visit)
    }

    public func contains(_ key: Key) throws -> Bool { try value(key) != nil }

    /// How many rows have keys that begin with `prefix`'s elements; at most `limit` are looked at.
    public func count(_ prefix: Key, limit: Int? = nil) throws -> Int {
        var count = 0
        try scan(prefix, limit: limit) { _, _ in
            count += 1
            return true
        }
        return count
    }
}

extension KeyValueStore {
    /// Deletes the rows whose keys begin with `prefix`'s elements, some in each transaction: for what may be so much that one
    /// transaction would hold up every other writer. What is written there meanwhile may go or stay.
    public func deleteAll(_ prefix: Key) async throws {
        let limit = StoreLimit.deletedAtOnce
        var isDone = false
        while !isDone {
            isDone = try await write { transaction in
                var keys: [Key] = []
                try transaction.scan(prefix, limit: limit) { key, _ in
                    keys.append(key)
                    return true
                }
                for key in keys { try transaction.delete(key) }
                return keys.count < limit
            }
        }
    }
}

/// What can go wrong below the services.
public enum StoreError: Error, Sendable, Equatable {
    case closed
    /// Another process holds the data directory.
    case inUse(directory: String)
    /// The disk is full; nothing of the transaction was kept.
    case full
    /// A key or value over its limit (``StoreLimit``).
    case tooLarge(what: String, limit: Int)
    /// Stored bytes that this version did not write and can't read.
    case corrupt(String)
    /// The value was written by a newer version of Tarn.
    case newer(type: String, tag: UInt8)
    case backend(code: Int, message: String)
}
