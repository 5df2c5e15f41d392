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

extension Dispatch {
    /// As it is stored.
    /// - Parameter target: the target, encoded before.
    func document(target: Document) -> Document {
        var members: Members = [
            "account": .string(account), "region": .string(region), "bus": .string(bus), "rule": .string(rule),
            "target": target, "event": .string(event), "hops": .integer(Int64(hops)),
        ]
        if let sealed { members["sealed"] = ["bytes": .blob(sealed.bytes), "wrappedKey": .blob(sealed.wrappedKey)] }
        return .map(members)
    }
}

/// What becomes of an event after an attempt to deliver it.
enum Verdict: Sendable {
    case delivered
    /// Tried again, not before.
    case again(Timestamp)
    /// On its way to the dead-letter queue.
    case buried(Delivery)
    /// There is no dead-letter queue; why, for the log.
    case lost(String)
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
            switch try verdict(failure, on: dispatch, delivery, platform) {
            case .delivered: return
            case .again(let due): throw Postpone(until: due)
            case .buried(let letter): try await commit(Consequences(deliveries: [letter]), platform)
            case .lost(let reason): throw GiveUp(reason)
            }
        }
    }

    /// What becomes of an event that its target did not take.
    func verdict(
        _ failure: DeliveryFailure, on dispatch: Dispatch, _ delivery: Delivery, _ platform: Platform
    ) throws -> Verdict {
        let most = dispatch.target.RetryPolicy?.MaximumRetryAttempts ?? EventsLimit.retries
        let pause = max(Backoff.patient(afterRetry: delivery.attempts), failure.retryAfter ?? .zero)
        let due = platform.clock.now() + pause
        let exhausted: String?
        if !failure.isRetried {
            exhausted = nil
        } else if delivery.attempts >= most {
            exhausted = "MaximumRetryAttempts"
        } else if due > delivery.expires {
            exhausted = "MaximumEventAgeInSeconds"
        } else {
            return .again(due)
        }
        guard let queue = dispatch.target.DeadLetterConfig?.Arn else {
            return .lost(
                "\(dispatch.target.Arn) did not take an event of \(dispatch.ruleARN): \(failure.code) \(failure.message)")
        }
        var attributes: Members = [
            "RULE_ARN": .string(dispatch.ruleARN), "TARGET_ARN": .string(dispatch.target.Arn),
            "ERROR_CODE": .string(failure.code), "ERROR_MESSAGE": .string(failure.message),
            "RETRY_ATTEMPTS": .string("\(delivery.attempts)"),
        ]
        if let exhausted { attributes["EXHAUSTED_RETRY_CONDITION"] = .string(exhausted) }
        let payload: Document = [
            "queue": .string(queue), "event": .string(dispatch.event), "rule": .string(dispatch.ruleARN),
            "account": .string(dispatch.account), "attributes": .map(attributes),
        ]
        let now = platform.clock.now()
        return .buried(
            Delivery(
                id: Identifier.uuid(), lane: "dead letters \(queue)", service: Self.id, name: "deadLetter", payload: payload,
                created: now, expires: now + EventsLimit.deadLetterAge))
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
