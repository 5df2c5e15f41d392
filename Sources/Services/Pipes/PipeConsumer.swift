import Documents
import EventSources
import Kernel
import Logging
import Store

/// What a pipe does with its source's batches: enrich, transform, hand on.
struct PipeConsumer: BatchConsumer {
    let pipe: PipeRecord
    let platform: Platform
    let destinations: PipesService.DestinationCall
    private let role: ServiceRole

    init(pipe: PipeRecord, platform: Platform, destinations: @escaping PipesService.DestinationCall) {
        (self.pipe, self.platform, self.destinations) = (pipe, platform, destinations)
        role = ServiceRole(on: platform)
    }

    func reader() async throws -> Caller {
        try await role.caller(of: pipe.role, session: pipe.name, as: pipe.principal, region: pipe.region)
    }

    func take(_ batch: SourceBatch) async throws -> BatchOutcome {
        let execution = PipeExecution(of: pipe, on: platform)
        do {
            let outcome = try await take(batch, execution)
            await execution?.end()
            return outcome
        } catch {
            await execution?.end()
            throw error
        }
    }

    private func take(_ batch: SourceBatch, _ execution: PipeExecution?) async throws -> BatchOutcome {
        let failure = BatchOutcome.failure(FailedCall(requestID: Identifier.uuid()))
        var stage = PipeStep.targetStageFailed
        do {
            var items = try batch.records.map { record in
                let event = Self.flat(try JSON.parse(record.json, keepsNumerals: true))
                return PipeTarget.Item(event: event, output: event)
            }
            execution?.note(.executionStarted, payload: Self.payload(items))
            // Which record each item came from, while that can be told: what is not sent must not count as done.
            var ids: [String]? = batch.records.map(\.id)
            if let enrichment = pipe.enrichment {
                stage = .enrichmentStageFailed
                execution?.note(.enrichmentStageEntered, payload: Self.payload(items))
                execution?.note(.enrichmentInvocationStarted, payload: Self.payload(items), request: Self.payload(items))
                let enriched = try await enrich(items, with: enrichment)
                let made = Document.list(enriched.map(\.event))
                execution?.note(.enrichmentInvocationSucceeded, payload: made, response: made)
                execution?.note(.enrichmentStageSucceeded, payload: made)
                stage = .targetStageFailed
                guard !enriched.isEmpty else {
                    execution?.note(.targetStageSkipped)
                    execution?.note(.executionSucceeded)
                    return .success(state: nil)
                }
                items = enriched.map { .init(event: $0.event, output: $0.event) }
                let origins = enriched.compactMap(\.origin)
                ids = origins.count == enriched.count ? origins.map { batch.records[$0].id } : nil
            }
            execution?.note(.targetStageEntered, payload: Self.payload(items))
            if let text = pipe.targetParameters?["InputTemplate"]?.string, !text.isEmpty {
                execution?.note(.targetTransformationStarted, payload: Self.payload(items))
                let template = InputTemplate(text: text, pipe: pipe)
                let now = platform.clock.now()
                for index in items.indices { items[index].output = try template.apply(items[index].event, now: now) }
                execution?.note(.targetTransformationSucceeded, payload: Self.payload(items))
            }
            let target = PipeTarget(
                pipe: pipe, platform: platform, caller: try await reader(), destinations: destinations)
            execution?.note(.targetInvocationStarted, payload: Self.payload(items), request: Self.payload(items))
            let (failed, answer) = try await target.send(items)
            guard failed.isEmpty else {
                for step in [PipeStep.targetInvocationPartiallyFailed, .targetStagePartiallyFailed, .executionPartiallyFailed] {
                    execution?.note(step, payload: Self.payload(items))
                }
                guard let ids else { return failure }
                return .partial(failed.map { ids[$0] }, FailedCall(requestID: Identifier.uuid()), state: nil)
            }
            execution?.note(.targetInvocationSucceeded, payload: Self.payload(items), response: answer)
            execution?.note(.targetStageSucceeded, payload: Self.payload(items))
            execution?.note(.executionSucceeded, payload: Self.payload(items))
            return Self.outcome(answer, batch)
        } catch let fault as any Fault {
            let error = fault.wire
            platform.log.warning("a pipe's batch failed", metadata: ["pipe": "\(pipe.arn)", "error": "\(error.message)"])
            execution?.note(stage, error: error)
            execution?.note(.executionFailed, error: error)
            if error.status == 429 || error.status >= 500, error.status != 501, !Self.isFailure(error) {
                throw ConsumerBusy(error.message)
            }
            return failure
        }
    }

    private static func payload(_ items: [PipeTarget.Item]) -> Document { .list(items.map(\.output)) }

    /// A Kinesis record's own members stand beside those of the event
    /// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html).
    private static func flat(_ event: Document) -> Document {
        guard case .map(var members) = event, let record = event["kinesis"]?.members else { return event }
        members["kinesis"] = nil
        return .map(record.merging(members) { $1 })
    }

    static let functionFailed = "FunctionFailed"

    /// What was called has failed, or its endpoint: that counts against the batch's tries.
    private static func isFailure(_ error: AWSError) -> Bool {
        [functionFailed, "TIMEOUT", "CONNECTION_FAILURE", "INTERNAL_FAILURE"].contains(error.code)
    }

    /// Calls a function.
    /// - Returns: its answer; nil for an asynchronous call.
    /// - Throws: ``AWSError``, also where the function itself failed.
    static func invoke(
        _ function: String, _ payload: [UInt8], type: String, as caller: Caller, region: String, _ platform: Platform
    ) async throws -> Document? {
        let region = ARN(function)?.region ?? region
        let reply = try await platform.call(
            Call(
                "lambda", "Invoke", ["FunctionName": .string(function), "InvocationType": .string(type)],
                body: RequestBody(ByteStream(bytes: payload)), caller: caller, region: region))
        let limit = 6 << 20
        let bytes = try await reply.body?.collect(limit: limit) ?? []
        if reply.output["FunctionError"]?.string != nil {
            throw AWSError(functionFailed, 500, String(decoding: bytes.prefix(512), as: UTF8.self))
        }
        return bytes.isEmpty ? nil : try? JSON.parse(bytes, keepsNumerals: true)
    }

    /// A target function may tell which records of the batch have failed.
    private static func outcome(_ answer: Document?, _ batch: SourceBatch) -> BatchOutcome {
        guard let items = answer?["batchItemFailures"]?.list, !items.isEmpty else { return .success(state: nil) }
        let ids = items.compactMap { $0["itemIdentifier"]?.string }
        let call = FailedCall(requestID: Identifier.uuid())
        return ids.count == items.count ? .partial(ids, call, state: nil) : .failure(call)
    }

    func drop(_ dropped: DroppedBatch) async throws {
        let records = dropped.batch.records
        platform.log.error(
            "records of a stream were given up",
            metadata: ["pipe": "\(pipe.arn)", "records": "\(records.count)", "reason": "\(dropped.condition.rawValue)"])
        guard let target = pipe.deadLetter else { return }
        let now = platform.clock.now()
        var info: Members = [
            "shardId": .string(dropped.batch.shard ?? ""), "startSequenceNumber": .string(records.first?.id ?? ""),
            "endSequenceNumber": .string(records.last?.id ?? ""),
        ]
        if let first = records.first?.arrived {
            info["approximateArrivalOfFirstRecord"] = .string(first.iso8601(milliseconds: true))
        }
        if let last = records.last?.arrived { info["approximateArrivalOfLastRecord"] = .string(last.iso8601(milliseconds: true)) }
        info["batchSize"] = .integer(Int64(records.count))
        info["streamArn"] = .string(pipe.source)
        let message: Document = [
            "context": [
                "partnerResourceArn": .string(pipe.arn), "condition": .string(dropped.condition.rawValue),
                "approximateInvokeCount": .integer(Int64(dropped.invocations)),
            ],
            "version": "1.0", "timestamp": .string(now.iso8601(milliseconds: true)),
            (pipe.kind == .kinesis ? "KinesisBatchInfo" : "DDBStreamBatchInfo"): .map(info),
        ]
        let letter = DeadLetter(pipe: pipe.arn, role: pipe.role, target: target, text: JSON.text(message))
        let delivery = Delivery(
            id: Identifier.uuid(), lane: "pipes dead letter \(target)", service: PipesService.id, name: "dead-letter",
            payload: try DocumentEncoder().encode(letter), created: now, expires: now + DeadLetter.age)
        let platform = platform
        try await platform.store.write { try $0.enqueue(delivery, on: platform) }
    }

    func checkpoint(shard: String) async throws -> ShardCheckpoint? {
        let key = PipeRecord.checkpoints(pipe.id).appending(.text(shard))
        return try await platform.store.read { try $0.record(ShardCheckpoint.self, key) }
    }

    func save(_ checkpoint: ShardCheckpoint, shard: String) async throws {
        let pipe = pipe
        try await platform.store.write { transaction in
            guard try transaction.record(PipeRecord.self, pipe.key)?.id == pipe.id else { return }
            try transaction.put(PipeRecord.checkpoints(pipe.id).appending(.text(shard)), checkpoint)
        }
    }

    /// Pipes show no last result; troubles are in the log.
    func note(_ result: String) async {}
}

/// A message about records that were given up.
struct DeadLetter: Codable, Sendable {
    static let age = Duration.seconds(6 * 3_600)
    var pipe: String
    var role: String
    var target: String
    var text: String
}

extension PipesService {
    func deliverDeadLetter(_ delivery: Delivery, _ platform: Platform) async throws {
        let letter = try DocumentDecoder().decode(DeadLetter.self, from: delivery.payload)
        guard let pipe = ARN(letter.pipe), let target = ARN(letter.target) else { throw GiveUp("no target") }
        let principal = Caller.service("pipes.amazonaws.com", account: pipe.account, sourceARN: letter.pipe)
        do {
            let session = String(pipe.resource.dropFirst("pipe/".count))
            let caller = try await platform.assume(letter.role, session: session, as: principal, region: pipe.region)
            let call =
                target.service == "sns"
                ? Call(
                    "sns", "Publish", ["TopicArn": .string(letter.target), "Message": .string(letter.text)],
                    caller: caller, region: target.region)
                : Call(
                    "sqs", "SendMessage", ["QueueUrl": .string(letter.target), "MessageBody": .string(letter.text)],
                    caller: caller, region: target.region)
            _ = try await platform.call(call)
        } catch let error as AWSError where error.isSenders && error.status != 501 && error.status != 429 {
            throw GiveUp("\(letter.target): \(error.code): \(error.message)")
        }
    }
}
