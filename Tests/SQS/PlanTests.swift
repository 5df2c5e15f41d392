import Documents
import Kernel
import Store
import TestSupport
import Testing

@testable import SQS

/// Counts the rows that pass.
private final class CountingTransaction: Transaction {
    private let base: any Transaction
    private(set) var rows = 0
    init(_ base: any Transaction) { self.base = base }

    func value(_ key: Key) throws -> [UInt8]? {
        rows += 1
        return try base.value(key)
    }

    func scan(from begin: Key, to end: Key, reverse: Bool, limit: Int?, _ visit: (Key, [UInt8]) throws -> Bool) throws {
        try base.scan(from: begin, to: end, reverse: reverse, limit: limit) { key, value in
            rows += 1
            return try visit(key, value)
        }
    }

    func put(_ key: Key, _ value: [UInt8]) throws {
        rows += 1
        try base.put(key, value)
    }

    func delete(_ key: Key) throws {
        rows += 1
        try base.delete(key)
    }

    func deleteRange(from begin: Key, to end: Key) throws { try base.deleteRange(from: begin, to: end) }
    func afterCommit(_ effect: @escaping @Sendable () -> Void) { base.afterCommit(effect) }
}

struct PlanTests {
    /// What a receive touches depends on its batch, not on the length of the queue. With a million messages it is the same;
    /// that was tried, and takes a minute and a half to fill.
    @Test(arguments: [false, true]) func aReceiveTouchesItsBatchOnly(_ isFifo: Bool) async throws {
        try await TestPlatform.with([SQSService()]) { tarn in
            let name = isFifo ? "long.fifo" : "long"
            _ = isFifo ? try await TestQueue.fifo(tarn, name) : try await TestQueue.make(tarn, name)
            let address = QueueName(region: "us-east-1", account: "000000000000", name: name)
            let now = TestPlatform.epoch.microseconds
            func fill(_ messages: Range<Int64>) async throws {
                for start in stride(from: messages.lowerBound, to: messages.upperBound, by: 5_000) {
                    try await tarn.platform.store.write { transaction in
                        let queue = try #require(try QueueCache().find(address, in: transaction))
                        var shelf = try MessageShelf(queue, transaction, now: now)
                        for number in start..<min(start + 5_000, messages.upperBound) {
                            var record = MessageRecord(
                                sent: now - 10_000_000 + number, sequence: number, id: "m", visibleAt: now - 10_000_000 + number,
                                bodyMD5: "", sender: "s")
                            if isFifo { record.group = "g\(number % 1_000)" }
                            try shelf.add(record, body: [1])
                        }
                        shelf.tally.next = messages.upperBound + 1
                        try shelf.close()
                    }
                }
            }
            func receive() async throws -> (Int, Int) {
                let gauge = FlightGauge()
                return try await tarn.platform.store.write { transaction in
                    let counting = CountingTransaction(transaction)
                    let queue = try #require(try QueueCache().find(address, in: transaction))
                    var take = Take(try MessageShelf(queue, counting, now: now), QueueCache(), max: 10, visibility: 0)
                    return (try take.run(gauge: gauge, attempt: nil).messages.count, counting.rows)
                }
            }
            try await fill(1..<101)
            let few = try await receive()
            try await fill(101..<Self.many)
            let many = try await receive()
            #expect(few.0 == 10 && many.0 == 10)
            #expect(abs(many.1 - few.1) <= (isFifo ? 10 : 0), "\(few.1) rows of 100 messages, \(many.1) of \(Self.many)")
        }
    }

    private static let many: Int64 = 20_000
}
