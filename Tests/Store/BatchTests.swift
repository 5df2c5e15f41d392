import Synchronization
import Testing

@testable import Store

/// The writer's batches, given to its loop one by one, and beside them a dictionary that does the same.
@Suite struct BatchTests {
    private enum Step: Sendable {
        case put(Key, [UInt8])
        case delete(Key)
        case deleteRange(Key, Key)
        case read(Key)
        case scan(Key, Key)
        case fail
    }

    private struct Refusal: Error {}

    private final class Bench {
        let records = RecordCache()
        let loop: SQLiteWriterLoop
        let readers: SQLiteReaders
        private let directory = TemporaryDirectory()

        init() async throws {
            await (try SQLiteStore.open(directory: directory.path)).close()
            let path = directory.path + "/tarn.db"
            let connection = try SQLiteConnection(path: path, readOnly: false, cacheSize: 1_024)
            connection.watchWAL()
            let second = try SQLiteConnection(path: path, readOnly: false, cacheSize: 0)
            readers = SQLiteReaders(path: path, count: 2, cacheSize: 1_024, records)
            loop = SQLiteWriterLoop(
                connection, try SQLiteCheckpointer(second), records, lock: try DirectoryLock(directory: directory.path))
        }

        /// - Returns: what each body of the batch has seen; nil for one that was refused.
        func run(_ batch: [[Step]]) -> [[[UInt8]?]?] {
            let outcomes = Mutex<[Int: [[UInt8]?]?]>([:])
            withoutActuallyEscaping({ index, seen in outcomes.withLock { $0[index] = .some(seen) } }) { answer in
                let answer = Answer(answer)
                loop.run(
                    batch.enumerated().map { index, steps in
                        SQLiteWriter.Job(
                            run: { transaction in
                                let seen = try BatchTests.seen(steps, transaction)
                                return { answer.call(index, seen) }
                            }, fail: { _ in answer.call(index, nil) })
                    })
            }
            return outcomes.withLock { outcomes in batch.indices.map { outcomes[$0] ?? nil } }
        }

        func rows() async throws -> [Key: [UInt8]] {
            try await readers.read { snapshot in
                var rows: [Key: [UInt8]] = [:]
                try snapshot.scan(Key(.timer)) {
                    rows[$0] = $1
                    return true
                }
                return rows
            }
        }
    }

    private struct Answer: @unchecked Sendable {  // called by the loop, on the test's own thread
        let call: (Int, [[UInt8]?]?) -> Void
        init(_ call: @escaping (Int, [[UInt8]?]?) -> Void) { self.call = call }
    }

    private static func seen(_ steps: [Step], _ transaction: Transaction) throws -> [[UInt8]?] {
        var seen: [[UInt8]?] = []
        for step in steps {
            switch step {
            case .put(let key, let value): try transaction.put(key, value)
            case .delete(let key): try transaction.delete(key)
            case .deleteRange(let begin, let end): try transaction.deleteRange(from: begin, to: end)
            case .read(let key): seen.append(try transaction.value(key))
            case .scan(let begin, let end):
                try transaction.scan(from: begin, to: end, reverse: false, limit: nil) {
                    seen += [$0.bytes, $1]
                    return true
                }
            case .fail: throw Refusal()
            }
        }
        return seen
    }

    private static func seen(_ steps: [Step], _ rows: inout [Key: [UInt8]]) -> [[UInt8]?]? {
        var (after, seen): ([Key: [UInt8]], [[UInt8]?]) = (rows, [])
        for step in steps {
            switch step {
            case .put(let key, let value): after[key] = value
            case .delete(let key): after[key] = nil
            case .deleteRange(let begin, let end): after = after.filter { $0.key < begin || $0.key >= end }
            case .read(let key): seen.append(after[key])
            case .scan(let begin, let end):
                for row in after.filter({ $0.key >= begin && $0.key < end }).sorted(by: { $0.key < $1.key }) {
                    seen += [row.key.bytes, row.value]
                }
            case .fail: return nil
            }
        }
        rows = after
        return seen
    }

    @Test(arguments: [1, 2, 3]) func batchesDoWhatTheirBodiesDoOneByOne(_ seed: UInt64) async throws {
        let bench = try await Bench()
        defer { bench.loop.close() }
        var random = SeededGenerator(seed)
        var rows: [Key: [UInt8]] = [:]
        func key() -> Key { Key(.timer, .integer(Int64.random(in: -10...10, using: &random))) }
        func step() -> Step {
            switch Int.random(in: 0..<200, using: &random) {
            case 0..<80: .put(key(), [UInt8.random(in: 0...255, using: &random)])
            // Two of these are more than waits.
            case 80: .put(key(), [UInt8](repeating: 1, count: 600_000))
            case 81..<110: .delete(key())
            case 110..<120: .deleteRange(key(), key())
            case 120..<170: .read(key())
            case 170..<195: .scan(key(), key())
            default: .fail
            }
        }
        for _ in 0..<300 {
            let batch = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                (0..<Int.random(in: 1...8, using: &random)).map { _ in step() }
            }
            let expected = batch.map { Self.seen($0, &rows) }
            #expect(bench.run(batch) == expected)
            #expect(try await bench.rows() == rows)
        }
    }

    @Test func manyChangesWaitAndAreScanned() async throws {
        let bench = try await Bench()
        defer { bench.loop.close() }
        let many = (0..<Int64(3 * BatchChanges.Limit.searched)).map { Key(.timer, .integer($0)) }
        let steps: [Step] = many.map { .put($0, [1]) } + [.scan(many[0], many[2]), .put(many[1], [2]), .scan(many[1], many[2])]
        var rows: [Key: [UInt8]] = [:]
        let expected = Self.seen(steps, &rows)
        #expect(bench.run([steps]) == [expected])
        #expect(try await bench.rows() == rows)
    }

    /// What every body of a batch changes is written once: its row in the log does not grow with the bodies.
    @Test func aRowThatAllChangeIsWrittenOnce() throws {
        let directory = TemporaryDirectory()
        let connection = try SQLiteConnection(path: directory.path + "/rows.db", readOnly: false, cacheSize: 1_024)
        try connection.execute("CREATE TABLE kv (key BLOB PRIMARY KEY, value BLOB NOT NULL)")
        try connection.execute("CREATE TABLE writes (key BLOB)")
        for event in ["INSERT", "UPDATE"] {
            try connection.execute(
                "CREATE TRIGGER on\(event) AFTER \(event) ON kv BEGIN INSERT INTO writes VALUES (new.key); END")
        }
        let changes = BatchChanges()
        changes.begin()
        let tally = Key(.clock)
        for index in 0..<10 {
            changes.set(Key(.timer, .integer(Int64(index))), [1])
            changes.set(tally, [UInt8(index)])
        }
        #expect(changes.value(tally)?.value == [9])
        try changes.apply(on: connection)
        let count = try connection.prepare("SELECT hex(count(*)) FROM writes")
        defer { count.finalize() }
        #expect(try count.step())
        // Eleven rows, in the digits of their digits.
        #expect(try count.bytes(0) == Array("3131".utf8))
        #expect(try connection.value(tally) == [9])
    }
}
