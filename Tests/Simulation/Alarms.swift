import Documents
import Kernel
import TestSupport
import Testing

/// Schedules of one turn each, to a queue: each that was acknowledged comes, and none before its time, over crashes, store
/// faults and a clock that jumps while nothing runs.
final class Alarms: Participant {
    private static let role = "arn:aws:iam::000000000000:role/alarms"
    private var client = QueueClient(url: "")
    private var queue = ""
    private var due: [Timestamp] = []
    private var acknowledged: Set<Int> = []
    private var arrived: Set<Int> = []

    let isSettled = true

    func begin(_ world: World) async throws {
        let (url, arn) = try await world.queue("alarms")
        (client, queue) = (QueueClient(url: url), arn)
        let trust = """
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"Service": "scheduler.amazonaws.com"}}]}
            """
        let may = """
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "\(arn)"}]}
            """
        try await world.must("iam", "CreateRole", ["RoleName": "alarms", "AssumeRolePolicyDocument": .string(trust)])
        try await world.must(
            "iam", "PutRolePolicy", ["RoleName": "alarms", "PolicyName": "own", "PolicyDocument": .string(may)])
    }

    func restarted(_ world: World) async throws {}

    func step(_ world: World) async throws {
        if world.random.chance(60) { return await set(world) }
        for message in await client.receive(world, max: 10, visibility: 5) ?? [] {
            try note(world, message["Body"]?.string)
            _ = await client.delete(world, message)
        }
    }

    private func set(_ world: World) async {
        let second = Timestamp(seconds: world.now.seconds + Int64(world.random.int(2...120)))
        let number = due.count
        due.append(second)
        let answer = await world.call(
            "scheduler", "CreateSchedule",
            [
                "Name": .string("alarm-\(number)"), "ScheduleExpression": .string("at(\(second.iso8601().dropLast()))"),
                "FlexibleTimeWindow": ["Mode": "OFF"],
                "ActionAfterCompletion": .string(world.random.coin() ? "DELETE" : "NONE"),
                "Target": ["Arn": .string(queue), "RoleArn": .string(Self.role), "Input": .string("\(number)")],
            ])
        if answer.output != nil { acknowledged.insert(number) }
        if case .refused(let error) = answer { world.expect(false, "alarm: \(error)") }
    }

    private func note(_ world: World, _ body: String?) throws {
        let number = try #require(body.flatMap { Int($0) })
        guard due.indices.contains(number) else { return world.expect(false, "alarm \(number) was never set") }
        world.expect(world.now >= due[number], "alarm \(number) came too early")
        arrived.insert(number)
    }

    var summary: String { "alarms: \(acknowledged.count) set, \(arrived.count) came" }

    func finish(_ world: World) async throws {
        await world.move(.seconds(600))
        try await world.settle()
        for body in try await client.drain(world) { try note(world, body) }
        let lost = acknowledged.subtracting(arrived)
        world.expect(lost.isEmpty, "alarms that never came: \(lost.sorted())")
    }
}
