import Documents
import EventSources
import FunctionEngine
import Kernel
import Logging
import Store

/// A mapping's function, as its source's reader sees it.
struct MappingConsumer: BatchConsumer {
    let service: LambdaService
    let platform: Platform
    let mapping: MappingRecord
    private let role: ServiceRole

    init(service: LambdaService, platform: Platform, mapping: MappingRecord) {
        (self.service, self.platform, self.mapping) = (service, platform, mapping)
        role = ServiceRole(on: platform)
    }

    var concurrency: Int { max(5, (try? service.parts().engine.places) ?? 0) }

    /// How long a mapping whose filters can't be opened waits before it asks for the key again.
    private static let keyPause = Duration.seconds(60)

    /// The mapping's settings, once its filters can be opened; nil when the mapping ends first.
    func settings() async -> SourceSettings? {
        while !Task.isCancelled {
            do { return try await service.opened(mapping, platform) } catch {
                let reason = (error as? any Fault)?.wire.message ?? "internal error"
                platform.log.warning(
                    "a mapping's filters can't be opened", metadata: ["mapping": "\(mapping.uuid)", "error": "\(error)"])
                await note("PROBLEM: \(reason)")
            }
            guard (try? await platform.clock.sleep(for: Self.keyPause)) != nil else { return nil }
        }
        return nil
    }

    func reader() async throws -> Caller {
        let function = try await mapping.name().find(platform)
        let principal = Caller.service("lambda.amazonaws.com", account: function.account, sourceARN: function.arn)
        do {
            return try await role.caller(of: function.role, session: function.name, as: principal, region: function.region)
        } catch let error as AWSError where error.isSenders && error.status != 501 {
            throw LambdaFault.roleNotAssumable
        }
    }

    func take(_ batch: SourceBatch) async throws -> BatchOutcome {
        let requestID = Identifier.uuid()
        do {
            let name = try mapping.name()
            let function = try await name.target(platform)
            let trace: String
            do {
                trace = try service.trace(batch.records.map(\.trace), for: function, platform.clock.now())
            } catch LambdaFault.recursive {
                // The queue shows the messages again, and hands them to its dead-letter queue after its last try.
                return .failure(FailedCall(requestID: requestID, executedVersion: function.versionName, statusCode: 400))
            }
            let invocation = Invocation(
                requestID: requestID, payload: payload(batch), calledARN: name.qualifiedARN, trace: trace)
            let outcome = try await service.run(function, invocation)
            var call = FailedCall(requestID: requestID, executedVersion: function.versionName)
            guard !outcome.isError else {
                call.functionError = "Unhandled"
                return .failure(call)
            }
            return answer(outcome.payload, batch, call)
        } catch let fault as LambdaFault {
            throw ConsumerBusy(fault.wire.message)
        } catch let error as AWSError {
            throw ConsumerBusy(error.message)
        }
    }

    private func payload(_ batch: SourceBatch) -> [UInt8] {
        var text = Array("{".utf8)
        if let window = batch.window {
            let frame: Document = [
                "start": .string(window.start.iso8601()), "end": .string(window.end.iso8601()),
            ]
            text += Array(#""window":"#.utf8) + JSON.write(frame) + Array(#","state":"#.utf8) + Array(window.state.utf8)
            let rest: Members = [
                "shardId": .string(batch.shard ?? ""), "eventSourceARN": .string(mapping.source),
                "isFinalInvokeForWindow": .bool(window.isFinal), "isWindowTerminatedEarly": .bool(window.isEarly),
            ]
            text += [UInt8(ascii: ",")] + JSON.write(.map(rest)).dropFirst().dropLast() + [UInt8(ascii: ",")]
        }
        return text + Array(#""Records":"#.utf8) + batch.list + [UInt8(ascii: "}")]
    }

    /// What the function's answer says of the batch
    /// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
    private func answer(_ payload: [UInt8], _ batch: SourceBatch, _ call: FailedCall) -> BatchOutcome {
        var state: String?
        let parsed = payload.isEmpty ? Document.null : try? JSON.parse(payload, keepsNumerals: true)
        if let window = batch.window, !window.isFinal {
            guard let kept = parsed?["state"] else { return .failure(call) }
            state = JSON.text(kept)
        }
        guard mapping.reportsFailures == true else { return .success(state: state) }
        guard let parsed else { return .failure(call) }
        switch parsed["batchItemFailures"] {
        case nil:
            if case .null = parsed { return .success(state: state) }
            guard case .map = parsed else { return .failure(call) }
            return .success(state: state)
        case .null?: return .success(state: state)
        case .list(let items)?:
            let ids = items.compactMap { $0["itemIdentifier"]?.string }.filter { !$0.isEmpty }
            guard ids.count == items.count else { return .failure(call) }
            return ids.isEmpty ? .success(state: state) : .partial(ids, call, state: state)
        default: return .failure(call)
        }
    }

    func drop(_ batch: DroppedBatch) async throws {
        platform.log.error(
            "records of a stream were given up",
            metadata: [
                "mapping": "\(mapping.uuid)", "records": "\(batch.batch.records.count)", "reason": "\(batch.condition.rawValue)",
            ])
        guard let destination = mapping.onFailure else { return }
        let name = try mapping.name()
        guard let function = try await platform.store.read({ try name.found(in: $0) }) else { return }
        let now = platform.clock.now()
        let isBucket = ARN(destination)?.service == "s3"
        var document = describe(batch, now)
        if isBucket { document["payload"] = .string(String(decoding: payload(batch.batch), as: UTF8.self)) }
        let errand = Errand(
            account: mapping.account, region: mapping.region, function: function.arn, role: function.role,
            destination: destination, text: JSON.text(.map(document)),
            objectKey: isBucket
                ? Errand.objectKey("aws/lambda/\(mapping.uuid)/\(batch.batch.shard ?? "")", now) : nil)
        let platform = platform
        try await platform.store.write { try errand.enqueue(in: $0, on: platform) }
    }

    /// https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
    private func describe(_ dropped: DroppedBatch, _ now: Timestamp) -> Members {
        let records = dropped.batch.records
        var request: Members = [
            "requestId": .string(dropped.call?.requestID ?? Identifier.uuid()), "functionArn": .string(mapping.functionARN),
            "condition": .string(dropped.condition.rawValue), "approximateInvokeCount": .integer(Int64(dropped.invocations)),
        ]
        if dropped.call == nil { request["approximateInvokeCount"] = 0 }
        var document: Members = ["requestContext": .map(request)]
        if let call = dropped.call {
            var response: Members = ["statusCode": .integer(Int64(call.statusCode))]
            if let version = call.executedVersion { response["executedVersion"] = .string(version) }
            if let error = call.functionError { response["functionError"] = .string(error) }
            document["responseContext"] = .map(response)
        }
        document["version"] = "1.0"
        document["timestamp"] = .string(now.iso8601(milliseconds: true))
        var info: Members = [
            "shardId": .string(dropped.batch.shard ?? ""), "startSequenceNumber": .string(records.first?.id ?? ""),
            "endSequenceNumber": .string(records.last?.id ?? ""),
        ]
        if let first = records.first?.arrived {
            info["approximateArrivalOfFirstRecord"] = .string(first.iso8601(milliseconds: true))
        }
        if let last = records.last?.arrived { info["approximateArrivalOfLastRecord"] = .string(last.iso8601(milliseconds: true)) }
        info["batchSize"] = .integer(Int64(records.count))
        info["streamArn"] = .string(mapping.source)
        document[mapping.kind == .kinesis ? "KinesisBatchInfo" : "DDBStreamBatchInfo"] = .map(info)
        return document
    }

    func checkpoint(shard: String) async throws -> ShardCheckpoint? {
        let key = MappingRecord.checkpoint(mapping.uuid, shard)
        return try await platform.store.read { try $0.record(ShardCheckpoint.self, key) }
    }

    func save(_ checkpoint: ShardCheckpoint, shard: String) async throws {
        let (own, key) = (mapping.key, MappingRecord.checkpoint(mapping.uuid, shard))
        try await platform.store.write { transaction in
            guard try transaction.contains(own) else { return }
            try transaction.put(key, checkpoint)
        }
    }

    /// Keeps the outcome for GetEventSourceMapping; written only when it changes.
    func note(_ result: String) async {
        let key = mapping.key
        do {
            let present = try await platform.store.read { try $0.record(MappingRecord.self, key)?.lastResult }
            guard let present, present != result else { return }
            try await platform.store.write { transaction in
                guard var record = try transaction.record(MappingRecord.self, key) else { return }
                record.lastResult = result
                try transaction.put(key, record)
            }
        } catch {
            platform.log.warning(
                "a mapping's result could not be kept", metadata: ["mapping": "\(mapping.uuid)", "error": "\(error)"])
        }
    }
}
