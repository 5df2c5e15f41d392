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
        static let age = 6 * 3_600
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
        var qualifier: String?
        /// What the function answered the last time.
        var response: [UInt8]?
        /// What ran the last time.
        var version: String?
        /// The trace header that the event came with.
        var trace: String?

        func functionName() throws -> FunctionName {
            try FunctionName(name, account: account, region: region, qualifier: qualifier)
        }
    }

    private static func config(_ name: FunctionName, _ platform: Platform) async throws -> EventConfig? {
        let key = EventConfig.key(name.account, name.region, name.name, name.qualifier ?? "$LATEST")
        return try await platform.store.read { try $0.record(EventConfig.self, key) }
    }

    func enqueue(_ ready: Prepared, _ context: Context) async throws {
        let name = ready.name
        let event = Event(
            account: name.account, region: name.region, name: name.name, requestID: context.requestID, payload: ready.payload,
            clientContext: ready.clientContext, failures: 0, qualifier: name.qualifier, trace: ready.trace)
        let age = try await Self.config(name, context.platform)?.age ?? AsyncLimit.age
        let delivery = Delivery(
            id: Identifier.uuid(), lane: name.arn, service: Self.id, name: "event",
            payload: try DocumentEncoder().encode(event),
            created: context.now, expires: context.now + .seconds(age))
        let platform = context.platform
        try await context.store.write { try $0.enqueue(delivery, on: platform) }
    }

    struct InvokeAsyncInput: Decodable, Sendable {
        var FunctionName: String
        var InvokeArgs: [UInt8]?
    }

    struct InvokeAsyncOutput: Encodable, Sendable { var Status = 202 }

    /// The oldest way to invoke a function (https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html).
    func invokeAsync(_ input: InvokeAsyncInput, _ body: RequestBody, _ context: Context) async throws
        -> Streamed<InvokeAsyncOutput>
    {
        let ready = try await prepare(
            InvokeInput(FunctionName: input.FunctionName, Payload: input.InvokeArgs), body,
            limit: InvocationLimit.eventRequest, context)
        try await enqueue(ready, context)
        return Streamed(InvokeAsyncOutput(), status: 202)
    }

    /// Carries out one event invocation.
    func deliver(_ delivery: Delivery, _ platform: Platform) async throws {
        var event = try DocumentDecoder().decode(Event.self, from: delivery.payload)
        let name = try event.functionName()
        let record: FunctionRecord
        do { record = try await name.target(platform) } catch LambdaFault.functionNotFound {
            throw GiveUp("the function \(event.name) is gone")
        }
        let now = platform.clock.now()
        guard now < delivery.expires else { return try await finish(event, record, .eventAgeExceeded, platform) }
        // A function that is switched off has nothing to wait for
        // (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
        guard record.reservedConcurrency != 0 else { return try await finish(event, record, .switchedOff, platform) }
        let outcome: InvocationOutcome
        do {
            let invocation = Invocation(
                requestID: event.requestID, payload: event.payload, clientContext: event.clientContext,
                calledARN: name.qualifiedARN, trace: try trace([event.trace], for: record, now))
            let engine = try parts().engine
            // The outbox's workers are cancelled only when the platform stops; the event is then delivered again later.
            outcome = try await withTaskCancellationHandler {
                try await run(record, invocation)
            } onCancel: {
                Task { await engine.stop() }
            }
        } catch LambdaFault.recursive {
            return try await finish(event, record, .recursive, platform)
        } catch let fault as LambdaFault {
            // Throttled, or failed on our side: not the function's failure.
            var delay = AsyncLimit.throttleDelay(delivery.attempts)
            if case .throttled = fault { delay = AsyncLimit.busyDelay() }
            let due = now + delay
            // At its end the event is met once more, and given up.
            throw Postpone(until: min(due, delivery.expires))
        }
        if outcome.isError { try Task.checkCancellation() }
        (event.response, event.version) = (outcome.payload, record.versionName)
        guard outcome.isError else { return try await finish(event, record, .success, platform) }
        event.failures += 1
        let retries = try await Self.config(name, platform)?.retries ?? AsyncLimit.retries
        guard event.failures <= retries else { return try await finish(event, record, .retriesExhausted, platform) }
        var retry = delivery
        retry.id = "\(event.requestID)-\(event.failures)"
        retry.payload = try DocumentEncoder().encode(event)
        retry.due = min(platform.clock.now() + AsyncLimit.retryDelay(event.failures), delivery.expires)
        let next = retry
        try await platform.store.write { try $0.enqueue(next, on: platform) }
    }

    private enum End: String {
        case success = "Success"
        case retriesExhausted = "RetriesExhausted"
        case eventAgeExceeded = "EventAgeExceeded"
        case recursive = "RecursiveLoopDetected"
        case switchedOff = "ZeroReservedConcurrency"
    }

    /// Tells the destination and the dead-letter queue what became of an event.
    private func finish(_ event: Event, _ record: FunctionRecord, _ end: End, _ platform: Platform) async throws {
        let name = try event.functionName()
        let config = try await Self.config(name, platform)
        var errands: [Errand] = []
        if let target = end == .success ? config?.onSuccess : config?.onFailure {
            var text = JSON.text(.map(Self.describe(event, name, end, platform.clock.now(), whole: true)))
            if let limit = DestinationKind(target)?.messageBytes, text.utf8.count > limit {
                text = JSON.text(.map(Self.describe(event, name, end, platform.clock.now(), whole: false)))
            }
            errands.append(
                Errand(
                    account: record.account, region: record.region, function: name.latestARN, role: record.role,
                    destination: target, text: text,
                    objectKey: Errand.objectKey("aws/lambda/async/\(record.name)", platform.clock.now()),
                    result: end == .success ? "Success" : "Failure"))
        }
        if end != .success, let queue = record.deadLetter {
            let response = event.response.flatMap { try? JSON.parse($0) }
            let reason =
                switch end {
                case .recursive: LambdaFault.recursive.wire.message
                case .switchedOff: LambdaFault.throttled(reason: "").wire.message
                default: "The event was not processed in time."
                }
            let message = response?["errorMessage"]?.string ?? reason
            let attributes = [
                "RequestID": event.requestID, "ErrorCode": event.response == nil ? "429" : "200",
                "ErrorMessage": String(message.prefix(1_024)),
            ]
            errands.append(
                Errand(
                    account: record.account, region: record.region, function: name.latestARN, role: record.role,
                    destination: queue, text: String(decoding: event.payload, as: UTF8.self), attributes: attributes))
        }
        if end != .success {
            let text = String(decoding: (event.response ?? []).prefix(512), as: UTF8.self)
            platform.log.error(
                "an event was given up",
                metadata: ["function": "\(record.arn)", "condition": "\(end.rawValue)", "response": "\(text)"])
        }
        guard !errands.isEmpty else { return }
        let all = errands
        try await platform.store.write { transaction in
            for errand in all { try errand.enqueue(in: transaction, on: platform) }
        }
    }

    /// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    private static func describe(_ event: Event, _ name: FunctionName, _ end: End, _ now: Timestamp, whole: Bool) -> Members {
        let calls = event.failures + (end == .success ? 1 : 0)
        var document: Members = [
            "version": "1.0", "timestamp": .string(now.iso8601(milliseconds: true)),
            "requestContext": [
                "requestId": .string(event.requestID), "functionArn": .string(name.latestARN),
                "condition": .string(end.rawValue), "approximateInvokeCount": .integer(Int64(calls)),
            ],
        ]
        if whole { document["requestPayload"] = (try? JSON.parse(event.payload)) ?? .null }
        guard let response = event.response else { return document }
        var context: Members = ["statusCode": 200, "executedVersion": .string(event.version ?? "$LATEST")]
        if end != .success { context["functionError"] = "Unhandled" }
        document["responseContext"] = .map(context)
        if whole { document["responsePayload"] = (try? JSON.parse(response)) ?? .null }
        return document
    }
}
