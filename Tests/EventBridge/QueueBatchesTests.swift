import Documents
import Kernel
import Synchronization
import Testing

@testable import EventBridge

/// A queue whose first call waits until it is let go, and which refuses one message.
private final class SlowQueue: Sendable {
    let calls = Mutex<[[Int]]>([])
    let refused = Mutex<[Int]>([])
    let begun = Signal()
    let release = Signal()
    let batches = QueueBatches()
    let route = QueueBatches.Route(queue: "q", rule: "r", role: nil)

    func send(_ number: Int) async {
        do {
            try await batches.send(["MessageBody": .string("\(number)")], on: route) { try await self.post($0) }
        } catch {
            refused.withLock { $0.append(number) }
        }
    }

    private func post(_ messages: [Members]) async throws -> [AWSError?] {
        let numbers = messages.compactMap { $0["MessageBody"]?.string.flatMap { Int($0) } }
        let isFirst = calls.withLock { calls in
            calls.append(numbers)
            return calls.count == 1
        }
        if isFirst {
            begun.raise()
            try await release.wait()
        }
        return numbers.map { $0 == 7 ? AWSError("Refused", 400, "") : nil }
    }
}

struct QueueBatchesTests {
    @Test("what comes while a call is under way goes together, ten at most, and each hears its own outcome")
    func joins() async throws {
        let queue = SlowQueue()
        let first = Task { await queue.send(0) }
        try await queue.begun.wait()
        let others = (1...15).map { number in Task { await queue.send(number) } }
        while queue.batches.waitingCount(queue.route) < 15 { await Task.yield() }
        queue.release.raise()
        await first.value
        for other in others { await other.value }
        let made = queue.calls.withLock { $0 }
        let counts: [Int] = made.map(\.count)
        #expect(counts == [1, 10, 5])
        let sent: [Int] = made.flatMap { $0 }.sorted()
        #expect(sent == Array(0...15))
        let refused = queue.refused.withLock { $0 }
        #expect(refused == [7])
        #expect(queue.batches.waitingCount(queue.route) == 0)
    }

    @Test("an error of the call is everyone's, and the next call is free again")
    func failure() async throws {
        let batches = QueueBatches()
        let route = QueueBatches.Route(queue: "q", rule: "r", role: nil)
        await #expect(throws: AWSError.self) {
            try await batches.send(["MessageBody": "a"], on: route) { _ in throw AWSError("Down", 500, "") }
        }
        try await batches.send(["MessageBody": "b"], on: route) { $0.map { _ in nil } }
    }
}
