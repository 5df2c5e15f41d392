import Documents
import FunctionEngine
import Kernel
import Store

/// Event invocations ride the outbox: accepted means durable, and delivered at least once
/// (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).
extension LambdaService {
    enum AsyncLimit {
        /// Further tries after the function itself has failed.
        static let retries = 2
        /// How long an event is kept while it can't be delivered.
        static let age = Duration.seconds(6 * 3_600)
        /// Between tries of a throttled event: from a second, doubling to five minutes.
        static func throttleDelay(_ attempt: Int) -> Duration { .seconds(min(300, 1 << min(attempt, 9))) }
        /// Between tries while the function's own concurrency is in use: places come free as it works, so half a second to one
        /// and a half, spread so that a backlog does not come back all at once.
        static func busyDelay() -> Duration { .milliseconds(Int64.random(in: 500...1_500)) }
        /// One minute before the first retry, two before the second.
        static func retryDelay(_ retry: Int) -> Duration { .seconds(retry == 1 ? 60 : 120) }
    }

    private struct Event: Codable {
        var account: String
        var region: String
        var name: String
        var requestID: String
        var payload: [UInt8]
        var clientContext: String?
        /// How often the function has failed on it.
        var failures: Int
    }

    func enqueue(_ payload: [UInt8], _ clientContext: String?, for record: FunctionRecord, _ context: Context) async throws {
        let event = Event(
            account: record.account, region: record.region, name: record.name, requestID: context.requestID, payload: payload,
            clientContext: clientContext, failures: 0)
        let delivery = Delivery(
            id: Identifier.uuid(), lane: record.arn, service: Self.id, name: "event",
            payload: try DocumentEncoder().encode(event),
            created: context.now, expires: context.now + AsyncLimit.age)
        let platform = context.platform
        try await context.store.write { try $0.enqueue(delivery, on: platform) }
    }

    /// Carries out one event invocation.
    func deliver(_ delivery: Delivery, _ platform: Platform) async throws {
        var event = try DocumentDecoder().decode(Event.self, from: delivery.payload)
        let key = FunctionRecord.key(event.account, event.region, event.name)
        guard let record = try await platform.store.read({ try $0.record(FunctionRecord.self, key) }) else {
            throw GiveUp("the function \(event.name) is gone")
        }
        let now = platform.clock.now()
        guard now < delivery.expires else { throw GiveUp("the event is older than \(AsyncLimit.age)") }
        let outcome: InvocationOutcome
        do {
            let invocation = Invocation(requestID: event.requestID, payload: event.payload, clientContext: event.clientContext)
            let engine = try parts().engine
            // The outbox's workers are cancelled only when the platform stops; the event is then delivered again later.
            outcome = try await withTaskCancellationHandler {
                try await run(record, invocation)
            } onCancel: {
                Task { await engine.stop() }
            }
        } catch let fault as LambdaFault {
            // Throttled, or failed on our side: not the function's failure.
            var delay = AsyncLimit.throttleDelay(delivery.attempts)
            if case .throttled = fault, record.reservedConcurrency != 0 { delay = AsyncLimit.busyDelay() }
            let due = now + delay
            guard due < delivery.expires else { throw GiveUp("the event could not be delivered: \(fault.wire.code)") }
            throw Postpone(until: due)
        }
        guard outcome.isError else { return }
        try Task.checkCancellation()
        event.failures += 1
        guard event.failures <= AsyncLimit.retries else {
            throw GiveUp(
                "the function failed \(event.failures) times: \(String(decoding: outcome.payload.prefix(512), as: UTF8.self))")
        }
        var retry = delivery
        retry.id = "\(event.requestID)-\(event.failures)"
        retry.payload = try DocumentEncoder().encode(event)
        retry.due = platform.clock.now() + AsyncLimit.retryDelay(event.failures)
        let next = retry
        try await platform.store.write { try $0.enqueue(next, on: platform) }
    }
}
