import Store
import Synchronization
import Testing

extension StoreConformance {
    static func prefixes(_ open: Open) async throws {
        let store = try await open()
        let rows = StoreLimit.deletedAtOnce + 1
        try await store.write { transaction in
            for number in 0..<rows { try transaction.put(key("a", .integer(Int64(number))), [1]) }
            for name in ["", "ab", "b"] { try transaction.put(key(.text(name), 1), [1]) }
        }
        let counts = try await store.read { [try $0.count(key("a")), try $0.count(key()), try $0.count(key(), limit: 3)] }
        #expect(counts == [rows, rows + 3, 3])
        try await store.deleteAll(key("a"))
        #expect(try await keys(store, from: key(), to: key().rangeEnd) == [key("", 1), key("ab", 1), key("b", 1)])
        try await store.deleteAll(key("none"))
        await store.close()
    }

    static func nestedScans(_ open: Open) async throws {
        let store = try await open()
        let pairs = try await store.write { transaction in
            for outer in 0..<5 {
                for inner in 0..<5 { try transaction.put(key(.integer(Int64(outer)), .integer(Int64(inner))), [1]) }
            }
            var pairs = 0
            // Deeper than a store may cache statements for.
            func descend(_ depth: Int) throws {
                try transaction.scan(key(.integer(Int64(depth % 5)))) { found, _ in
                    pairs += 1
                    try transaction.put(Key(.clock, .integer(Int64(pairs))), found.bytes)
                    if depth < 8, pairs % 5 == 1 { try descend(depth + 1) }
                    return true
                }
            }
            try descend(0)
            return pairs
        }
        let written = try await keys(store, from: Key(.clock), to: Key(.clock).rangeEnd)
        #expect(written.count == pairs)
        #expect(pairs >= 25)
        await store.close()
    }

    static func effects(_ open: Open) async throws {
        let store = try await open()
        let ran = Tally()
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<100 {
                group.addTask {
                    let outcome: Void? = try? await store.write { transaction in
                        transaction.afterCommit { ran.add(index) }
                        try transaction.put(key(.integer(Int64(index))), [])
                        if index % 4 == 0 { throw Refusal(number: index) }
                    }
                    #expect((outcome != nil) == (index % 4 != 0))
                    // The effect has run when the caller hears of the commit.
                    #expect(ran.counts[index] == (index % 4 == 0 ? nil : 1))
                }
            }
        }
        await store.close()
        #expect(ran.counts.values.allSatisfy { $0 == 1 })
        #expect(ran.counts.count == 75)
    }

    static func reopening(_ open: Open) async throws {
        for round in 0..<3 {
            let store = try await open()
            #expect(try await keys(store, from: key(), to: key().rangeEnd).count == round)
            try await store.write { try $0.put(key(.integer(Int64(round))), bytes(round)) }
            await store.close()
        }
    }

    static func closing(_ open: Open) async throws {
        let store = try await open()
        // What was begun before closing is finished.
        async let begun = withTaskGroup(of: Int.self) { group in
            for index in 0..<50 {
                group.addTask {
                    do {
                        try await store.write { try $0.put(key(.integer(Int64(index))), []) }
                        return 1
                    } catch {
                        #expect(error as? StoreError == .closed)
                        return 0
                    }
                }
            }
            return await group.reduce(0, +)
        }
        await store.close()
        await store.close()
        let kept = await begun
        await #expect(throws: StoreError.closed) { try await store.write { try $0.put(key("late"), []) } }
        await #expect(throws: StoreError.closed) { try await store.read { try $0.value(key("late")) } }
        let again = try await open()
        #expect(try await keys(again, from: key(), to: key().rangeEnd).count == kept)
        await again.close()
    }

    static func newerFormat(_ open: Open) async throws {
        let store = try await open()
        #expect(try await store.read { try $0.value(StoreFormat.key) } == [StoreFormat.version])
        try await store.write { try $0.put(StoreFormat.key, [StoreFormat.version + 1]) }
        await store.close()
        await #expect(throws: StoreError.newer(type: "store", tag: StoreFormat.version + 1)) { _ = try await open() }
    }

    static func valueSizes(_ open: Open) async throws {
        let store = try await open()
        var random = SeededGenerator(3)
        let large = (0..<StoreLimit.valueSize / 8).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
        try await store.write { transaction in
            try transaction.put(key("empty"), [])
            try transaction.put(key("large"), large)
        }
        #expect(try await store.read { try $0.value(key("empty")) } == [])
        #expect(try await store.read { try $0.value(key("large")) } == large)
        let limit = StoreLimit.valueSize
        await #expect(throws: StoreError.tooLarge(what: "value", limit: limit)) {
            try await store.write { try $0.put(key("larger"), large + [0]) }
        }
        await #expect(throws: StoreError.tooLarge(what: "key", limit: StoreLimit.keySize)) {
            try await store.write { try $0.put(key(.bytes(Array(repeating: 1, count: StoreLimit.keySize))), []) }
        }
        await store.close()
    }

    /// Random operations on the store and on a dictionary.
    static func model(_ open: Open) async throws {
        var store = try await open()
        var random = SeededGenerator(11)
        var rows: [Key: [UInt8]] = [:]
        for step in 0..<300 {
            let seed = random.next()
            let fails = step % 7 == 0
            let apply = { @Sendable (put: (Key, [UInt8]?) throws -> Void, deleteRange: (Key, Key) throws -> Void) throws in
                var random = SeededGenerator(seed)
                for _ in 0..<Int.random(in: 1...5, using: &random) {
                    let at = key(.integer(Int64.random(in: -20...20, using: &random)))
                    switch Int.random(in: 0..<10, using: &random) {
                    case 0..<7: try put(at, bytes(Int.random(in: 0..<1000, using: &random)))
                    case 7..<9: try put(at, nil)
                    default: try deleteRange(at, key(.integer(Int64.random(in: -20...20, using: &random))))
                    }
                }
            }
            let outcome: Void? = try? await store.write { transaction in
                try apply(
                    { if let value = $1 { try transaction.put($0, value) } else { try transaction.delete($0) } },
                    { try transaction.deleteRange(from: $0, to: $1) })
                if fails { throw Refusal(number: step) }
            }
            #expect((outcome == nil) == fails)
            if !fails {
                try apply({ rows[$0] = $1 }, { begin, end in rows = rows.filter { $0.key < begin || $0.key >= end } })
            }
            if step % 100 == 99 {
                await store.close()
                store = try await open()
            }
            let found = try await store.read { snapshot in
                var found: [Key: [UInt8]] = [:]
                try snapshot.scan(key()) {
                    found[$0] = $1
                    return true
                }
                return found
            }
            #expect(found == rows)
        }
        await store.close()
    }
}

/// Counts what ran, from any thread.
private final class Tally: Sendable {
    private let state = Mutex<[Int: Int]>([:])
    var counts: [Int: Int] { state.withLock { $0 } }
    func add(_ index: Int) { state.withLock { $0[index, default: 0] += 1 } }
}
