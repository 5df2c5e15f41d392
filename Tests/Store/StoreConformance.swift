import Store
import Synchronization
import Testing

/// What every ``KeyValueStore`` must do, whatever is below it. A backend's test file hands in a factory and calls
/// ``all`` (or one by one, to see which failed).
struct StoreConformance: Sendable {
    /// Opens the store of one test's place: the same rows each time it is called.
    typealias Open = @Sendable () async throws -> any KeyValueStore

    let name: String
    let run: @Sendable (Open) async throws -> Void

    static let all: [StoreConformance] = [
        StoreConformance(name: "concurrent counters are serial", run: counters),
        StoreConformance(name: "what throws leaves nothing", run: rollback),
        StoreConformance(name: "rows come in key order", run: ordering),
        StoreConformance(name: "ranges, limits and reverse", run: ranges),
        StoreConformance(name: "a transaction reads its own writes", run: ownWrites),
        StoreConformance(name: "a read sees every answered write", run: readAfterWrite),
        StoreConformance(name: "a snapshot stands still", run: snapshot),
        StoreConformance(name: "scans nest and may write elsewhere", run: nestedScans),
        StoreConformance(name: "rows of a prefix are counted, and deleted in several transactions", run: prefixes),
        StoreConformance(name: "effects run once, after commit only", run: effects),
        StoreConformance(name: "rows outlive closing", run: reopening),
        StoreConformance(name: "a closed store refuses", run: closing),
        StoreConformance(name: "a newer format refuses", run: newerFormat),
        StoreConformance(name: "empty and large values", run: valueSizes),
        StoreConformance(name: "agrees with a model", run: model),
    ]

    struct Refusal: Error, Equatable { let number: Int }

    static func key(_ elements: KeyElement...) -> Key { Key(.timer, elements) }

    static func number(_ bytes: [UInt8]?) -> Int { (bytes ?? []).reduce(0) { $0 << 8 | Int($1) } }

    static func bytes(_ number: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) } }

    static func keys(
        _ store: any KeyValueStore, from begin: Key, to end: Key, reverse: Bool = false, limit: Int? = nil
    ) async throws -> [Key] {
        try await store.read { snapshot in
            var keys: [Key] = []
            try snapshot.scan(from: begin, to: end, reverse: reverse, limit: limit) { key, _ in
                keys.append(key)
                return true
            }
            return keys
        }
    }

    static func counters(_ open: Open) async throws {
        let store = try await open()
        let counter = key("counter")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<16 {
                group.addTask {
                    for round in 0..<25 {
                        try await store.write { transaction in
                            let next = number(try transaction.value(counter)) + 1
                            try transaction.put(counter, bytes(next))
                            try transaction.put(key("seen", .integer(Int64(next))), [UInt8(task), UInt8(round)])
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.read { number(try $0.value(counter)) } == 400)
        #expect(try await keys(store, from: key("seen"), to: key("seen").rangeEnd).count == 400)
        await store.close()
    }

    static func rollback(_ open: Open) async throws {
        let store = try await open()
        // Many at once, so that those who fail share a batch with those who don't.
        let refused = await withTaskGroup(of: Int?.self) { group in
            for index in 0..<200 {
                group.addTask {
                    do {
                        try await store.write { transaction in
                            try transaction.put(key("row", .integer(Int64(index))), [1])
                            try transaction.deleteRange(from: key("gone"), to: key("gone").rangeEnd)
                            if index % 3 == 0 { throw Refusal(number: index) }
                        }
                        return nil
                    } catch let refusal as Refusal {
                        return refusal.number
                    } catch {
                        Issue.record(error)
                        return nil
                    }
                }
            }
            return await group.reduce(into: Set<Int>()) { if let number = $1 { $0.insert(number) } }
        }
        #expect(refused == Set(stride(from: 0, to: 200, by: 3)))
        let kept = try await keys(store, from: key("row"), to: key("row").rangeEnd)
        let others = (0..<Int64(200)).filter { $0 % 3 != 0 }
        #expect(kept == others.map { key("row", .integer($0)) })
        await store.close()
    }

    static func ordering(_ open: Open) async throws {
        let store = try await open()
        var random = SeededGenerator(7)
        let all = (0..<300).map { _ in
            Key(
                bytes: [0, 2]
                    + (0..<Int.random(in: 0...6, using: &random)).map { _ in
                        random.pick([0, 1, 0x7F, 0x80, 0xFE, 0xFF])
                    })
        }
        try await store.write { transaction in for key in all { try transaction.put(key, key.bytes) } }
        let sorted = Set(all).sorted()
        #expect(try await keys(store, from: Key(bytes: [0, 2]), to: Key(bytes: [0, 3])) == sorted)
        #expect(try await keys(store, from: Key(bytes: [0, 2]), to: Key(bytes: [0, 3]), reverse: true) == sorted.reversed())
        await store.close()
    }

    static func ranges(_ open: Open) async throws {
        let store = try await open()
        try await store.write { transaction in for number in 0..<10 { try transaction.put(key(.integer(Int64(number))), []) } }
        let at = { @Sendable (number: Int) in key(.integer(Int64(number))) }
        #expect(try await keys(store, from: at(3), to: at(6)) == [at(3), at(4), at(5)])
        #expect(try await keys(store, from: at(3), to: at(6), reverse: true) == [at(5), at(4), at(3)])
        #expect(try await keys(store, from: at(0), to: at(10), limit: 2) == [at(0), at(1)])
        #expect(try await keys(store, from: at(0), to: at(10), reverse: true, limit: 2) == [at(9), at(8)])
        #expect(try await keys(store, from: at(0), to: at(10), limit: 0).isEmpty)
        #expect(try await keys(store, from: at(6), to: at(3)).isEmpty)
        #expect(try await keys(store, from: at(3), to: at(3)).isEmpty)
        let after = try await store.read { snapshot in
            var found: [Key] = []
            try snapshot.scan(key(), after: at(7)) { key, _ in
                found.append(key)
                return true
            }
            return found
        }
        #expect(after == [at(8), at(9)])
        try await store.write { try $0.deleteRange(from: at(2), to: at(8)) }
        #expect(try await keys(store, from: key(), to: key().rangeEnd) == [at(0), at(1), at(8), at(9)])
        await store.close()
    }

    static func ownWrites(_ open: Open) async throws {
        let store = try await open()
        try await store.write { transaction in
            #expect(try transaction.value(key("a")) == nil)
            try transaction.put(key("a"), [1])
            try transaction.put(key("b"), [2])
            try transaction.put(key("a"), [3])
            try transaction.delete(key("b"))
            try transaction.delete(key("never"))
            #expect(try transaction.value(key("a")) == [3])
            #expect(try transaction.contains(key("b")) == false)
            var rows: [Key] = []
            try transaction.scan(key()) { key, _ in
                rows.append(key)
                return true
            }
            #expect(rows == [key("a")])
        }
        await store.close()
    }

    static func readAfterWrite(_ open: Open) async throws {
        let store = try await open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for round in 1...25 {
                        try await store.write { try $0.put(key(.integer(Int64(task))), bytes(round)) }
                        #expect(try await store.read { number(try $0.value(key(.integer(Int64(task))))) } == round)
                    }
                }
            }
            try await group.waitForAll()
        }
        await store.close()
    }

    static func snapshot(_ open: Open) async throws {
        let store = try await open()
        // Every write moves one from left to right; no snapshot may see the sum change.
        try await store.write { transaction in
            try transaction.put(key("left"), bytes(200))
            try transaction.put(key("right"), bytes(0))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<200 {
                    try await store.write { transaction in
                        let left = number(try transaction.value(key("left")))
                        try transaction.put(key("left"), bytes(left - 1))
                        try transaction.put(key("right"), bytes(200 - left + 1))
                    }
                }
            }
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<200 {
                        let sum = try await store.read { snapshot in
                            let left = number(try snapshot.value(key("left")))
                            return left + number(try snapshot.value(key("right")))
                        }
                        #expect(sum == 200)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.read { number(try $0.value(key("right"))) } == 200)
        await store.close()
    }
}
