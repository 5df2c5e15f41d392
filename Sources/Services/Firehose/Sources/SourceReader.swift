import Documents
import Kernel
import Logging
import Store

/// How far a shard of a stream's source has been read.
struct SourceCheckpoint: Stored {
    static let tag: UInt8 = 1
    var sequence: String?
    var isDone = false

    static func prefix(_ stream: String) -> Key { Key(.firehoseCheckpoint, .text(stream)) }
    static func key(_ stream: String, _ shard: String) -> Key { prefix(stream).appending(.text(shard)) }
}

extension FirehoseService {
    /// Whether the source can be read as the role that was given.
    func checkSource(_ record: StreamRecord, _ context: Context) async throws {
        guard let source = record.source else { return }
        try await demandAssumable(source.role, record, context)
        do {
            let caller = try await DeliveryRole.assume(source.role, for: record, on: context.platform)
            _ = try await context.platform.call(
                Call(
                    "kinesis", "DescribeStream", ["StreamARN": .string(source.stream)], caller: caller,
                    region: ARN(source.stream)?.region ?? record.region))
        } catch let error as AWSError where error.code == "ResourceNotFoundException" {
            throw FirehoseFault.notFoundSource(error.message)
        } catch let error as AWSError where error.isSenders {
            throw FirehoseFault.invalid(
                "Access was denied when calling Kinesis. Please ensure the role specified in the Kinesis Stream Source "
                    + "Configuration has proper permissions.")
        }
    }
}

/// One reader per stream whose source is a Kinesis stream.
actor SourceReaders {
    private let service: FirehoseService
    private let platform: Platform
    private var workers: [String: Task<Void, Never>] = [:]

    init(service: FirehoseService, platform: Platform) { (self.service, self.platform) = (service, platform) }

    func begin(_ record: StreamRecord) {
        guard workers[record.id] == nil else { return }
        let reader = SourceReader(service: service, platform: platform, record: record)
        workers[record.id] = Task { await reader.run() }
    }

    func end(_ id: String) async {
        guard let worker = workers.removeValue(forKey: id) else { return }
        worker.cancel()
        await worker.value
    }

    func stop() async {
        for worker in workers.values { worker.cancel() }
        for worker in workers.values { await worker.value }
        workers = [:]
    }
}

/// Reads a Kinesis stream's shards into a delivery stream's log, as the source's role.
///
/// The checkpoint follows the durable append: a crash reads some records twice and none never. A child shard begins after
/// its parents are done.
struct SourceReader: Sendable {
    let service: FirehoseService
    let platform: Platform
    let record: StreamRecord

    private struct Shard: Sendable {
        var id: String
        var parents: [String]
    }

    func run() async {
        while !Task.isCancelled {
            do {
                try await readShards()
            } catch is CancellationError {
                return
            } catch StoreError.closed {
                return
            } catch {
                platform.log.warning(
                    "a delivery stream's source can't be read",
                    metadata: ["stream": "\(record.arn)", "source": "\(record.source?.stream ?? "")", "error": "\(error)"])
                let wait = FirehoseLimit.sourceTrouble
                guard (try? await platform.clock.sleep(for: wait)) != nil else { return }
            }
        }
    }

    /// Reads every shard that is not done; comes back when one has ended, for its children.
    private func readShards() async throws {
        guard let source = record.source else { return }
        let sessions = RoleSessions(record, on: platform)
        let watch = platform.changes.watch(source.stream)
        let shards = try await list(source, sessions)
        var ready: [Shard] = []
        var done: Set<String> = []
        for shard in shards where try await checkpoint(shard.id)?.isDone == true { done.insert(shard.id) }
        let known = Set(shards.map(\.id))
        for shard in shards where !done.contains(shard.id) {
            if shard.parents.allSatisfy({ !known.contains($0) || done.contains($0) }) { ready.append(shard) }
        }
        guard !ready.isEmpty else {
            return try await watch.wait(until: platform.clock.now() + FirehoseLimit.sourceFallback, on: platform.clock)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for shard in ready { group.addTask { try await self.read(shard.id, source, sessions) } }
            try await group.next()
            group.cancelAll()
            while let result = await group.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
        }
    }

    private func call(
        _ operation: String, _ input: Document, _ source: StreamRecord.Source, _ sessions: RoleSessions
    ) async throws -> Document {
        let caller = try await sessions.caller(source.role)
        let region = ARN(source.stream)?.region ?? record.region
        return try await platform.call(Call("kinesis", operation, input, caller: caller, region: region)).output
    }

    private func list(_ source: StreamRecord.Source, _ sessions: RoleSessions) async throws -> [Shard] {
        var shards: [Shard] = []
        var last: Document?
        repeat {
            var input: Members = ["StreamARN": .string(source.stream)]
            if let last { input["ExclusiveStartShardId"] = last }
            let description = try await call("DescribeStream", .map(input), source, sessions)["StreamDescription"]
            let page = description?["Shards"]?.list ?? []
            for shard in page {
                guard let id = shard["ShardId"]?.string else { continue }
                let parents = ["ParentShardId", "AdjacentParentShardId"].compactMap { shard[$0]?.string }
                shards.append(Shard(id: id, parents: parents))
            }
            last = description?["HasMoreShards"]?.bool == true ? page.last?["ShardId"] : nil
        } while last != nil
        return shards
    }

    private func checkpoint(_ shard: String) async throws -> SourceCheckpoint? {
        try await platform.store.read { try $0.record(SourceCheckpoint.self, SourceCheckpoint.key(record.id, shard)) }
    }

    private func save(_ checkpoint: SourceCheckpoint, _ shard: String) async throws {
        let record = record
        try await platform.store.write { transaction in
            // A stream deleted meanwhile leaves nothing behind.
            guard try transaction.record(StreamRecord.self, record.place.key)?.id == record.id else { return }
            try transaction.put(SourceCheckpoint.key(record.id, shard), checkpoint)
        }
    }

    private func iterator(_ shard: String, _ source: StreamRecord.Source, _ sessions: RoleSessions) async throws -> String? {
        var input: Members = ["StreamARN": .string(source.stream), "ShardId": .string(shard)]
        if let sequence = try await checkpoint(shard)?.sequence {
            input["ShardIteratorType"] = "AFTER_SEQUENCE_NUMBER"
            input["StartingSequenceNumber"] = .string(sequence)
        } else {
            // Firehose begins with what comes after the stream was made; a shard split off later is read whole.
            input["ShardIteratorType"] = "AT_TIMESTAMP"
            input["Timestamp"] = .timestamp(source.start)
        }
        return try await call("GetShardIterator", .map(input), source, sessions)["ShardIterator"]?.string
    }

    /// Reads one shard; returns at its end.
    private func read(_ shard: String, _ source: StreamRecord.Source, _ sessions: RoleSessions) async throws {
        let watch = platform.changes.watch("\(source.stream)/\(shard)")
        var open = try await iterator(shard, source, sessions)
        while let present = open {
            try Task.checkCancellation()
            let answer: Document
            do {
                answer = try await call(
                    "GetRecords",
                    [
                        "ShardIterator": .string(present), "Limit": .integer(Int64(FirehoseLimit.sourceRecords)),
                        "StreamARN": .string(source.stream),
                    ], source,
                    sessions)
            } catch let error as AWSError where error.code == "ExpiredIteratorException" {
                open = try await iterator(shard, source, sessions)
                continue
            } catch let error as AWSError where error.code == "ProvisionedThroughputExceededException" {
                // The shard gives so much a second to all its readers.
                try await platform.clock.sleep(for: .seconds(1))
                continue
            }
            let records = answer["Records"]?.list ?? []
            if !records.isEmpty { try await take(records, shard) }
            open = answer["NextShardIterator"]?.string
            if open != nil, records.isEmpty || answer["MillisBehindLatest"]?.integer == 0 {
                try await watch.wait(until: platform.clock.now() + FirehoseLimit.sourceFallback, on: platform.clock)
                // What comes in a burst is read together, and other readers keep their share of the shard's calls.
                try await platform.clock.sleep(for: FirehoseLimit.sourceInterval)
            }
        }
        var last = try await checkpoint(shard) ?? SourceCheckpoint()
        last.isDone = true
        try await save(last, shard)
    }

    private func take(_ records: [Document], _ shard: String) async throws {
        guard
            let live = try await service.streams.find(record.place, in: platform.store, at: platform.clock.now()),
            live.id == record.id
        else { throw CancellationError() }
        // A destination that is away holds its source up; Kinesis keeps the records.
        while live.backlog >= FirehoseLimit.backlogBytes { try await platform.clock.sleep(for: FirehoseLimit.sourceTrouble) }
        var batch: [SourceRecord] = []
        var bytes = 0
        var last: String?
        func append() async throws {
            guard !batch.isEmpty else { return }
            try await service.accept(batch, into: live, platform)
            try await save(SourceCheckpoint(sequence: last), shard)
            (batch, bytes) = ([], 0)
        }
        for item in records {
            let data = item["Data"]?.blob ?? []
            if bytes + data.count > FirehoseLimit.batchBytes { try await append() }
            let sequence = item["SequenceNumber"]?.string ?? ""
            let origin = SourceRecord.Origin(
                shard: shard, partitionKey: item["PartitionKey"]?.string ?? "", sequence: sequence,
                arrived: item["ApproximateArrivalTimestamp"]?.timestamp?.milliseconds ?? 0)
            batch.append(SourceRecord(data: data, origin: origin))
            bytes += data.count
            last = sequence
        }
        try await append()
    }
}
