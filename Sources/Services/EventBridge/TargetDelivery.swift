import Documents
import Kernel
import Store

/// One event on its way to one target, as the outbox keeps it.
struct Dispatch: Codable, Sendable {
    var account: String
    var region: String
    var bus: String
    var rule: String
    /// As it was when the event came.
    var target: Target
    /// Without its detail where it is ``sealed``.
    var event: String
    var hops: Int
    var sealed: SealedEvent?

    var place: BusPlace { BusPlace(account: account, region: region, name: bus) }
    var ruleARN: String { place.ruleARN(rule) }
}

/// Why a target did not take an event, in the words of the dead-letter queue's attributes
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html).
struct DeliveryFailure: Error, Sendable {
    var code: String
    var message: String
    var isRetried: Bool
    /// Not before, where the target says so.
    var retryAfter: Duration?

    init(_ code: String, _ message: String, isRetried: Bool, retryAfter: Duration? = nil) {
        (self.code, self.message, self.isRetried, self.retryAfter) = (code, message, isRetried, retryAfter)
    }

    init(_ error: AWSError) {
        message = error.message
        isRetried = error.isTransient
        if isRetried {
            code = error.isThrottling ? "THROTTLING" : "INTERNAL_FAILURE"
        } else if error.code.contains("AccessDenied") || error.code.contains("NotAuthorized")
            || error.code == "AuthorizationError" || error.status == 403
        {
            code = "NO_PERMISSIONS"
        } else if error.code.contains("NotFound") || error.code.contains("NonExistent") || error.code.contains("DoesNotExist")
            || error.status == 404
        {
            code = "NO_RESOURCE"
        } else {
            code = "SDK_CLIENT_ERROR"
        }
    }
}

extension EventBridgeService {
    /// Carries one event to one target, again and again within the target's retry policy
    /// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html).
    func deliver(_ delivery: Delivery, _ platform: Platform) async throws {
        var dispatch = try DocumentDecoder().decode(Dispatch.self, from: delivery.payload)
        do {
            do {
                if let sealed = dispatch.sealed { dispatch.event = try await open(sealed, of: dispatch.place, platform) }
                try await send(dispatch, platform)
            } catch let error as AWSError { throw DeliveryFailure(error) }
        } catch let failure as DeliveryFailure {
            guard failure.isRetried else {
                return try await bury(dispatch, failure, retries: delivery.attempts, exhausted: nil, platform)
            }
            let most = dispatch.target.RetryPolicy?.MaximumRetryAttempts ?? EventsLimit.retries
            guard delivery.attempts < most else {
                return try await bury(
                    dispatch, failure, retries: delivery.attempts, exhausted: "MaximumRetryAttempts", platform)
            }
            let pause = max(Backoff.patient(afterRetry: delivery.attempts), failure.retryAfter ?? .zero)
            let due = platform.clock.now() + pause
            guard due <= delivery.expires else {
                return try await bury(
                    dispatch, failure, retries: delivery.attempts, exhausted: "MaximumEventAgeInSeconds", platform)
            }
            throw Postpone(until: due)
        }
    }

    private func bury(
        _ dispatch: Dispatch, _ failure: DeliveryFailure, retries: Int, exhausted: String?, _ platform: Platform
    ) async throws {
        guard let queue = dispatch.target.DeadLetterConfig?.Arn else {
            throw GiveUp(
                "\(dispatch.target.Arn) did not take an event of \(dispatch.ruleARN): \(failure.code) \(failure.message)")
        }
        var attributes: Members = [
            "RULE_ARN": .string(dispatch.ruleARN), "TARGET_ARN": .string(dispatch.target.Arn),
            "ERROR_CODE": .string(failure.code), "ERROR_MESSAGE": .string(failure.message),
            "RETRY_ATTEMPTS": .string("\(retries)"),
        ]
        if let exhausted { attributes["EXHAUSTED_RETRY_CONDITION"] = .string(exhausted) }
        let payload: Document = [
            "queue": .string(queue), "event": .string(dispatch.event), "rule": .string(dispatch.ruleARN),
            "account": .string(dispatch.account), "attributes": .map(attributes),
        ]
        let now = platform.clock.now()
        let delivery = Delivery(
            id: Identifier.uuid(), lane: "dead letters \(queue)", service: Self.id, name: "deadLetter", payload: payload,
            created: now, expires: now + EventsLimit.deadLetterAge)
        try await commit(Consequences(deliveries: [delivery]), platform)
    }

    /// Puts an event that its target did not take into the rule's queue.
    func deliverDeadLetter(_ delivery: Delivery, _ platform: Platform) async throws {
        let payload = delivery.payload
        guard let queue = payload["queue"]?.string, let event = payload["event"]?.string, let rule = payload["rule"]?.string,
            let account = payload["account"]?.string, let attributes = payload["attributes"]?.members
        else { throw GiveUp("not a dead letter") }
        let input: Document = [
            "MessageBody": .string(event),
            "MessageAttributes": .map(
                attributes.mapValues { ["DataType": "String", "StringValue": $0] }),
        ]
        let caller = Caller.service(Self.principal, account: account, sourceARN: rule)
        do {
            try await sendMessage(input, to: queue, as: caller, platform)
        } catch let error as AWSError where !DeliveryFailure(error).isRetried {
            throw GiveUp("the dead-letter queue \(queue) did not take an event: \(error.code)")
        }
    }
}
