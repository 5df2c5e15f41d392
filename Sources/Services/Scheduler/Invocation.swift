import Documents
import Kernel
import Store

/// One turn of a schedule on its way to its target, as the outbox keeps it.
struct Invocation: Codable, Sendable {
    var account: String
    var region: String
    var group: String
    var name: String
    var turn: Timestamp
    /// As it was at that turn.
    var target: Target
    var sealed: SealedInput?
    /// Sixteen hexadecimal digits.
    var execution: String

    var place: SchedulePlace { GroupPlace(account: account, region: region, name: group).schedule(name) }

    /// Who knocks at the role: Scheduler, for the schedule's group
    /// (https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html).
    var service: Caller {
        .service(SchedulerService.principal, account: account, sourceARN: place.group.arn)
    }

    func delivery(_ now: Timestamp) throws -> Delivery {
        let age = target.RetryPolicy?.MaximumEventAgeInSeconds ?? SchedulerLimit.ageSeconds
        // A lane for each schedule, so that a target that is slow holds no other schedule up.
        return Delivery(
            id: Identifier.uuid(), lane: place.arn, service: SchedulerService.id, name: "invoke",
            payload: try DocumentEncoder().encode(self), created: now, expires: now + .seconds(age))
    }
}

/// Invocations, their retries and what becomes of those that fail
/// (https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html).
extension SchedulerService {
    func invoke(_ delivery: Delivery, _ platform: Platform) async throws {
        let invocation = try DocumentDecoder().decode(Invocation.self, from: delivery.payload)
        var input = ""
        do {
            let caller = try await platform.assume(
                invocation.target.RoleArn, session: invocation.execution, as: invocation.service, region: invocation.region)
            input = try await self.input(of: invocation, attempt: delivery.attempts + 1, caller, platform)
            try await TargetCall(invocation, input: input, caller: caller).make(on: platform)
        } catch let error as AWSError {
            let retries = delivery.attempts
            guard error.isTransient else { return try await bury(invocation, input, error, retries, nil, platform) }
            guard retries < invocation.target.RetryPolicy?.MaximumRetryAttempts ?? SchedulerLimit.retries else {
                return try await bury(invocation, input, error, retries, "MaximumRetryAttempts", platform)
            }
            let due = platform.clock.now() + Backoff.patient(afterRetry: retries)
            guard due <= delivery.expires else {
                return try await bury(invocation, input, error, retries, "MaximumEventAgeInSeconds", platform)
            }
            throw Postpone(until: due)
        }
    }

    /// The target's input, opened and filled in.
    private func input(
        of invocation: Invocation, attempt: Int, _ role: Caller, _ platform: Platform
    ) async throws -> String {
        var text = invocation.target.Input ?? Self.notification(invocation)
        if let sealed = invocation.sealed {
            var caller = role
            caller.calledVia = [Self.principal]
            text = try await Sealing.open(
                sealed, schedule: invocation.place.arn, as: caller, region: invocation.region, platform)
        }
        return Self.fill(text, invocation, attempt: attempt)
    }

    /// What a target without an input of its own receives.
    private static func notification(_ invocation: Invocation) -> String {
        JSON.text([
            "version": "0", "id": .string(Identifier.uuid()), "detail-type": "Scheduled Event", "source": "aws.scheduler",
            "account": .string(invocation.account), "time": .string(invocation.turn.iso8601()),
            "region": .string(invocation.region), "resources": [.string(invocation.place.arn)], "detail": "{}",
        ])
    }

    /// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    static func fill(_ text: String, _ invocation: Invocation, attempt: Int) -> String {
        let values = [
            "schedule-arn": invocation.place.arn, "scheduled-time": invocation.turn.iso8601(),
            "execution-id": invocation.execution, "attempt-number": "\(attempt)",
        ]
        let opening = "<aws.scheduler."
        var output = ""
        var rest = Substring(text)
        while let start = rest.firstRange(of: opening) {
            output += rest[..<start.lowerBound]
            let inner = rest[start.upperBound...]
            if let close = inner.firstIndex(of: ">"), let value = values[String(inner[..<close])] {
                output += value
                rest = inner[inner.index(after: close)...]
            } else {
                output += opening
                rest = inner
            }
        }
        return output + rest
    }

    private func bury(
        _ invocation: Invocation, _ input: String, _ error: AWSError, _ retries: Int, _ exhausted: String?, _ platform: Platform
    ) async throws {
        guard let queue = invocation.target.DeadLetterConfig?.Arn else {
            throw GiveUp("\(invocation.place.arn) could not invoke its target: \(error.code) \(error.message)")
        }
        var attributes: Members = [
            "ERROR_CODE": .string(error.code), "ERROR_MESSAGE": .string(error.message),
            "EXECUTION_ID": .string(invocation.execution), "IS_PAYLOAD_TRUNCATED": "false",
            "RETRY_ATTEMPTS": .string("\(retries)"), "SCHEDULED_TIME": .string(invocation.turn.iso8601()),
            "SCHEDULE_ARN": .string(invocation.place.arn), "TARGET_ARN": .string(invocation.target.Arn),
        ]
        if let exhausted { attributes["EXHAUSTED_RETRY_CONDITION"] = .string(exhausted) }
        // A body must not be empty: an input that could not even be opened is told as such.
        let body = input.isEmpty ? invocation.target.Input ?? "{}" : input
        let payload: Document = [
            "queue": .string(queue), "body": .string(body), "role": .string(invocation.target.RoleArn),
            "account": .string(invocation.account), "region": .string(invocation.region), "group": .string(invocation.group),
            "session": .string(invocation.execution), "attributes": .map(attributes),
        ]
        let now = platform.clock.now()
        let delivery = Delivery(
            id: Identifier.uuid(), lane: "dead letters \(queue)", service: Self.id, name: "dead letter", payload: payload,
            created: now, expires: now + SchedulerLimit.deadLetterAge)
        try await platform.store.write { try $0.enqueue(delivery, on: platform) }
    }

    /// Puts a failed invocation into the schedule's queue, in its role's name.
    func deliverDeadLetter(_ delivery: Delivery, _ platform: Platform) async throws {
        let payload = delivery.payload
        guard let queue = payload["queue"]?.string.flatMap({ ARN($0) }), let body = payload["body"]?.string,
            let role = payload["role"]?.string, let account = payload["account"]?.string,
            let region = payload["region"]?.string, let group = payload["group"]?.string,
            let session = payload["session"]?.string, let attributes = payload["attributes"]?.members
        else { throw GiveUp("not a dead letter") }
        let source = GroupPlace(account: account, region: region, name: group).arn
        let service = Caller.service(Self.principal, account: account, sourceARN: source)
        do {
            let caller = try await platform.assume(role, session: session, as: service, region: region)
            let input: Document = [
                "QueueUrl": .string("\(platform.endpoint)/\(queue.account)/\(queue.resource)"), "MessageBody": .string(body),
                "MessageAttributes": .map(attributes.mapValues { ["DataType": "String", "StringValue": $0] }),
            ]
            _ = try await platform.call(Call("sqs", "SendMessage", input, caller: caller, region: queue.region))
        } catch let error as AWSError where !error.isTransient {
            throw GiveUp("the dead-letter queue \(queue) did not take an invocation: \(error.code)")
        }
    }
}
