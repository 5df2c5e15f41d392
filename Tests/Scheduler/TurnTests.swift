import Documents
import IAM
import Kernel
import STS
import Synchronization
import TestSupport
import Testing

@testable import Scheduler

/// A queue that takes messages down, and refuses as it is told.
private struct FakeQueues: Service {
    static let id = "sqs"
    struct Input: Codable, Sendable {
        struct Attribute: Codable, Sendable {
            var DataType: String?
            var StringValue: String?
        }
        var QueueUrl: String
        var MessageBody: String
        var MessageAttributes: [String: Attribute]?
    }
    final class Log: Sendable {
        let taken = Mutex<[Input]>([])
        let failures = Mutex<Int>(0)
    }
    let log = Log()

    func register(in operations: inout Operations) {
        operations.on("SendMessage") { (input: Input, _) -> Nothing in
            let fails = log.failures.withLock { left in
                left -= 1
                return left >= 0
            }
            if fails { throw AWSError("ServiceUnavailable", 503, "busy") }
            log.taken.withLock { $0.append(input) }
            return Nothing()
        }
    }
    var actions: ActionMap { ["SendMessage": { _, _ in [] }] }

    func wait(for count: Int) async throws -> [Input] {
        try await eventually("\(count) messages") { log.taken.withLock { $0.count } >= count }
        return log.taken.withLock { $0 }
    }
}

private let queue = "arn:aws:sqs:us-east-1:000000000000:q"

@Suite struct TurnTests {
    private func with(_ body: @Sendable (TestPlatform, FakeQueues, String) async throws -> Void) async throws {
        let queues = FakeQueues()
        let sts = STSService(tokens: SessionTokens(key: [UInt8](repeating: 7, count: 32)))
        try await TestPlatform.with([SchedulerService(), IAMService(), sts, queues]) { tarn in
            let trust =
                #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"scheduler.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#
            try await tarn.call("iam", "CreateRole", ["RoleName": "r", "AssumeRolePolicyDocument": .string(trust)])
            try await body(tarn, queues, "arn:aws:iam::000000000000:role/r")
        }
    }

    private func create(
        _ tarn: TestPlatform, _ name: String, _ expression: String, role: String, _ more: Members = [:], target: Members = [:]
    ) async throws {
        var whole: Members = ["Arn": .string(queue), "RoleArn": .string(role), "Input": "x"]
        whole.merge(target) { $1 }
        var input: Members = [
            "Name": .string(name), "ScheduleExpression": .string(expression), "FlexibleTimeWindow": ["Mode": "OFF"],
            "Target": .map(whole),
        ]
        input.merge(more) { $1 }
        try await tarn.call("scheduler", "CreateSchedule", .map(input))
    }

    @Test func turnsComeInOrderWhenTheClockGoesFarAhead() async throws {
        try await with { tarn, queues, role in
            try await create(
                tarn, "s", "rate(1 hour)", role: role, target: ["Input": "<aws.scheduler.scheduled-time>"])
            try await tarn.advance(.seconds(5 * 3_600))
            let times = try await queues.wait(for: 6).map(\.MessageBody)
            #expect(times.sorted().first == "2026-01-01T00:00:00Z")
            #expect(times.sorted().last == "2026-01-01T05:00:00Z")
            #expect(Set(times).count == 6)
        }
    }

    @Test func aStartAndAnEnd() async throws {
        try await with { tarn, queues, role in
            let start = TestPlatform.epoch + .seconds(1_800)
            try await create(
                tarn, "s", "cron(0/30 * * * ? *)", role: role,
                ["StartDate": .timestamp(start), "EndDate": .timestamp(start + .seconds(3_600))],
                target: ["Input": "<aws.scheduler.scheduled-time>"])
            try await tarn.advance(.seconds(86_400))
            let times = try await queues.wait(for: 3).map(\.MessageBody).sorted()
            #expect(times == ["2026-01-01T00:30:00Z", "2026-01-01T01:00:00Z", "2026-01-01T01:30:00Z"])
        }
    }

    @Test func aBusyTargetIsTriedAgainUnderTheSameExecution() async throws {
        try await with { tarn, queues, role in
            queues.log.failures.withLock { $0 = 2 }
            try await create(
                tarn, "s", "at(2026-01-01T00:01:00)", role: role,
                target: ["Input": "<aws.scheduler.execution-id> <aws.scheduler.attempt-number>"])
            try await tarn.advance(.seconds(60))
            try await eventually("a message") {
                try await tarn.advance(.seconds(1))
                return queues.log.taken.withLock { !$0.isEmpty }
            }
            let body = try #require(queues.log.taken.withLock { $0 }.first?.MessageBody)
            #expect(body.hasSuffix(" 3"))
            #expect(body.split(separator: " ").first?.count == 16)
        }
    }

    @Test func retriesEndInTheDeadLetterQueue() async throws {
        try await with { tarn, queues, role in
            queues.log.failures.withLock { $0 = 2 }
            try await create(
                tarn, "s", "at(2026-01-01T00:01:00)", role: role,
                target: [
                    "RetryPolicy": ["MaximumRetryAttempts": 1],
                    "DeadLetterConfig": ["Arn": "arn:aws:sqs:us-east-1:000000000000:dead"],
                ])
            try await tarn.advance(.seconds(60))
            try await eventually("a message") {
                try await tarn.advance(.seconds(1))
                return queues.log.taken.withLock { !$0.isEmpty }
            }
            let letter = try #require(queues.log.taken.withLock { $0 }.first)
            #expect(letter.QueueUrl.hasSuffix("/dead"))
            #expect(letter.MessageBody == "x")
            #expect(letter.MessageAttributes?["EXHAUSTED_RETRY_CONDITION"]?.StringValue == "MaximumRetryAttempts")
            #expect(letter.MessageAttributes?["RETRY_ATTEMPTS"]?.StringValue == "1")
            #expect(letter.MessageAttributes?["ERROR_CODE"]?.StringValue == "ServiceUnavailable")
        }
    }

    @Test func aWindowDelaysATurnAndNotTheNext() async throws {
        try await with { tarn, queues, role in
            try await create(
                tarn, "s", "rate(1 hour)", role: role,
                ["FlexibleTimeWindow": ["Mode": "FLEXIBLE", "MaximumWindowInMinutes": 10]],
                target: ["Input": "<aws.scheduler.scheduled-time>"])
            try await tarn.advance(.seconds(2 * 3_600 + 600))
            let times = try await queues.wait(for: 3).map(\.MessageBody).sorted()
            #expect(times == ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"])
        }
    }

    @Test func anEarlierRevisionsTurnIsVoid() async throws {
        try await with { tarn, queues, role in
            try await create(tarn, "s", "at(2026-01-01T00:10:00)", role: role)
            try await tarn.call(
                "scheduler", "UpdateSchedule",
                [
                    "Name": "s", "ScheduleExpression": "at(2026-01-01T00:20:00)", "FlexibleTimeWindow": ["Mode": "OFF"],
                    "Target": ["Arn": .string(queue), "RoleArn": .string(role), "Input": "second"],
                ])
            try await tarn.advance(.seconds(3_600))
            #expect(try await queues.wait(for: 1).map(\.MessageBody) == ["second"])
        }
    }

    @Test func aGroupGoesWithAllItsSchedules() async throws {
        try await with { tarn, _, role in
            try await tarn.call("scheduler", "CreateScheduleGroup", ["Name": "g"])
            let place = GroupPlace(account: "000000000000", region: "us-east-1", name: "g")
            let now = tarn.platform.clock.now()
            let expression = try ScheduleExpression("rate(1 day)", zone: nil, TimeZones())
            let platform = tarn.platform
            try await platform.store.write { transaction in
                for number in 0..<1_200 {
                    let record = ScheduleRecord(
                        name: "s\(number)", group: "g", expression: "rate(1 day)", state: "ENABLED",
                        target: Target(Arn: queue, RoleArn: role), window: FlexibleWindow(Mode: "OFF"), created: now,
                        modified: now, anchor: now + .seconds(86_400), revision: "1")
                    try transaction.keep(record, at: place.schedule(record.name), expression, from: now, on: platform)
                }
            }
            try await tarn.call("scheduler", "DeleteScheduleGroup", ["Name": "g"])
            try await eventually("the group is gone") { try await platform.store.read { try !$0.contains(place.key) } }
            #expect(try await tarn.call("scheduler", "ListSchedules")["Schedules"]?.list?.isEmpty == true)
            // No turn of theirs is left.
            #expect(try await platform.advanceClock(by: .seconds(3 * 86_400)).fired == 0)
        }
    }
}
