import Documents
import Foundation
import Kernel
import SQS
import Store
import Synchronization
import TestSupport
import Testing

@testable import EventBridge
@testable import Scheduler

/// Counts what goes through it.
private final class CountingStore: KeyValueStore {
    let inner: any KeyValueStore
    let uses = Atomic<Int>(0)

    init(_ inner: any KeyValueStore) { self.inner = inner }

    func write<Result: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Result) async throws -> Result {
        uses.add(1, ordering: .relaxed)
        return try await inner.write(body)
    }
    func read<Result: Sendable>(_ body: @Sendable (Snapshot) throws -> Result) async throws -> Result {
        uses.add(1, ordering: .relaxed)
        return try await inner.read(body)
    }
    func close() async { await inner.close() }
}

/// The last store that a test has wrapped.
private final class Holder: Sendable {
    let store = Mutex<CountingStore?>(nil)
}

@Suite struct IdleTests {
    /// Nothing looks at them while nothing is due: not one read, not one write, for ten thousand rules, ten thousand schedules
    /// and a thousand queues.
    @Test func tenThousandRulesAndSchedulesMakeNoWork() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tarn-idle-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let holder = Holder()
        let services: [any Service] = [SchedulerService(), EventBridgeService(), SQSService()]
        let tarn = try await TestPlatform.open(services, directory: directory) { inner in
            let store = CountingStore(inner)
            holder.store.withLock { $0 = store }
            return store
        }
        let store = try #require(holder.store.withLock { $0 })
        let platform = tarn.platform
        let count = 10_000
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<50 {
                group.addTask {
                    for number in stride(from: worker, to: count / 10, by: 50) {
                        try await tarn.call("sqs", "CreateQueue", ["QueueName": .string("q\(number)")])
                    }
                }
            }
            try await group.waitForAll()
        }
        let now = platform.clock.now()
        let place = GroupPlace(account: "000000000000", region: "us-east-1", name: "default")
        let bus = BusPlace(account: "000000000000", region: "us-east-1")
        let expression = try ScheduleExpression("cron(0 9 1 6 ? *)", zone: "Europe/Berlin", TimeZones())
        try await platform.store.write { transaction in
            for number in 0..<count {
                let rule = RuleRecord(name: "r\(number)", schedule: "cron(0 9 1 6 ? *)", state: "ENABLED", created: now)
                try transaction.put(bus.ruleKey(rule.name), rule)
                try EventBridgeService.setTimer(rule, on: bus, keepsTurn: false, now, transaction, platform)
                let record = ScheduleRecord(
                    name: "s\(number)", group: "default", expression: "cron(0 9 1 6 ? *)", zone: "Europe/Berlin",
                    state: "ENABLED",
                    target: Scheduler.Target(
                        Arn: "arn:aws:sqs:us-east-1:000000000000:q0", RoleArn: "arn:aws:iam::000000000000:role/r"),
                    window: FlexibleWindow(Mode: "OFF"), created: now, modified: now, anchor: now, revision: "1")
                try transaction.keep(record, at: place.schedule(record.name), expression, from: now, on: platform)
            }
        }
        // Whatever the making has left over comes to its end.
        var before = -1
        for _ in 0..<100 where before != store.uses.load(ordering: .relaxed) {
            before = store.uses.load(ordering: .relaxed)
            try await RealTime.wait(.milliseconds(200))
        }
        before = store.uses.load(ordering: .relaxed)
        try await RealTime.wait(.milliseconds(500))
        #expect(store.uses.load(ordering: .relaxed) == before)
        // A clock that goes on by a month finds none of them due, and looks but once.
        #expect(try await platform.advanceClock(by: .seconds(30 * 86_400)).fired == 0)
        try await RealTime.wait(.milliseconds(200))
        #expect(store.uses.load(ordering: .relaxed) - before < 20)
        await tarn.close()
    }
}
