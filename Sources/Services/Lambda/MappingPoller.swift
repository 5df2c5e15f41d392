import Documents
import Kernel
import Logging
import Store

/// Reads a stream's shards for one mapping and hands them, batch by batch, to its function.
///
/// A shard's next batch is read only after the last one is done; a child shard begins only after its parent is done. So
/// the order of each item's changes is kept. The checkpoint follows success: a crash repeats a batch and never skips one.
struct MappingPoller: Sendable {
    enum Limit {
        /// How often a stream is looked at when no change is announced.
        static let fallback = Duration.seconds(60)
        /// Between looks at a source that can't be read.
        static let trouble = Duration.seconds(15)
    }

    let service: LambdaService
    let platform: Platform
    let mapping: MappingRecord

    func run() async {
        while !Task.isCancelled {
            do {
                try await runShards()
            } catch is CancellationError {
                return
            } catch StoreError.closed {
                return
            } catch {
                platform.log.warning(
                    "an event source can't be read",
                    metadata: ["mapping": "\(mapping.uuid)", "source": "\(mapping.source)", "error": "\(error)"])
                await note("PROBLEM: \(Self.describe(error))")
                guard (try? await platform.clock.sleep(for: Limit.trouble)) != nil else { return }
            }
        }
    }

    private static func describe(_ error: any Error) -> String { (error as? any Fault)?.wire.message ?? "internal error" }

    /// Runs each shard that is open or not yet done; comes back when one has ended, for its children.
    private func runShards() async throws {
        let reader = StreamReader(
            platform: platform, stream: mapping.source, region: mapping.region, keys: RoleKeys(of: mapping, on: platform))
        let shards = try await reader.shards()
        var checkpoints: [String: ShardCheckpoint] = [:]
        for shard in shards { checkpoints[shard.id] = try await checkpoint(shard.id) }
        let known = Set(shards.map(\.id))
        let ready = shards.filter { shard in
            guard checkpoints[shard.id]?.isDone != true else { return false }
            guard let parent = shard.parent, known.contains(parent) else { return true }
            return checkpoints[parent]?.isDone == true
        }
        guard !ready.isEmpty else {
            // A disabled stream: all its shards are closed and done.
            return try await platform.changes.watch(mapping.source).wait(
                until: platform.clock.now() + Limit.fallback, on: platform.clock)
        }
        let starting = checkpoints
        try await withThrowingTaskGroup(of: Void.self) { group in
            for shard in ready {
                group.addTask { try await self.work(shard.id, starting[shard.id], reader) }
            }
            // The first that ends, by its shard's end or an error, ends the round; the others stop between batches.
            try await group.next()
            group.cancelAll()
            while let result = await group.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
        }
    }

    private func checkpoint(_ shard: String) async throws -> ShardCheckpoint? {
        try await platform.store.read { try $0.record(ShardCheckpoint.self, ShardCheckpoint.key(mapping.uuid, shard)) }
    }

    private func save(_ checkpoint: ShardCheckpoint, _ shard: String) async throws {
        let mapping = mapping
        try await platform.store.write { transaction in
            // A mapping deleted meanwhile leaves nothing behind.
            guard try transaction.contains(mapping.key) else { return }
            try transaction.put(ShardCheckpoint.key(mapping.uuid, shard), checkpoint)
        }
    }

    /// Where reading goes on, and whether older records must be passed over.
    private func position(_ shard: String, _ checkpoint: ShardCheckpoint?, _ reader: StreamReader) async throws -> (
        String, Timestamp?
    ) {
        if let sequence = checkpoint?.sequence {
            do {
                return (try await reader.iterator(shard, "AFTER_SEQUENCE_NUMBER", after: sequence), nil)
            } catch let error as AWSError where error.code == "TrimmedDataAccessException" {
                return (try await reader.iterator(shard, "TRIM_HORIZON"), nil)
            }
        }
        // The iterator that was kept at creation is exact, but short-lived; after it, the time of creation decides.
        if let iterator = checkpoint?.iterator, platform.clock.now() - mapping.created < .seconds(14 * 60) {
            return (iterator, nil)
        }
        return (try await reader.iterator(shard, "TRIM_HORIZON"), mapping.start == "LATEST" ? mapping.created : nil)
    }

    /// Works through one shard; returns at its end.
    private func work(_ shard: String, _ start: ShardCheckpoint?, _ reader: StreamReader) async throws {
        let watch = platform.changes.watch(mapping.source)
        var (current, since): (String?, Timestamp?) = try await position(shard, start, reader)
        var batch: [Document] = []
        var windowEnd: Timestamp?
        while true {
            try Task.checkCancellation()
            var isDry = current == nil
            if let open = current, batch.count < mapping.batchSize {
                let page: StreamReader.Page
                do { page = try await reader.records(open, limit: mapping.batchSize - batch.count) } catch let error as AWSError
                    where error.code == "ExpiredIteratorException"
                {
                    // The clock was moved, or the last batch took long: on from the checkpoint.
                    (current, since) = try await position(shard, try await checkpoint(shard), reader)
                    (batch, windowEnd) = ([], nil)
                    continue
                }
                current = page.next
                isDry = page.records.isEmpty
                if let since {
                    batch += page.records.filter { (Self.created($0) ?? since) >= since }
                } else {
                    batch += page.records
                }
                if !batch.isEmpty, windowEnd == nil { windowEnd = platform.clock.now() + .seconds(mapping.windowSeconds) }
            }
            let isDue =
                batch.count >= mapping.batchSize || (windowEnd.map { platform.clock.now() >= $0 } ?? false) || current == nil
            if !batch.isEmpty, isDue {
                try await handOver(&batch, shard)
                windowEnd = batch.isEmpty ? nil : platform.clock.now()
                continue
            }
            if current == nil {
                var done = try await checkpoint(shard) ?? ShardCheckpoint()
                done.isDone = true
                return try await save(done, shard)
            }
            if isDry {
                // An iterator lives 15 minutes: the fallback keeps it fresh.
                let fallback = platform.clock.now() + Limit.fallback
                try await watch.wait(until: min(windowEnd ?? fallback, fallback), on: platform.clock)
            }
        }
    }

    private static func created(_ record: Document) -> Timestamp? {
        let time = record["dynamodb"]?["ApproximateCreationDateTime"]
        return time?.timestamp ?? time?.double.flatMap { Timestamp(epochSeconds: $0) }
    }

    /// Invokes the function with as much of `batch` as one request holds, until it is done with, and takes that off.
    private func handOver(_ batch: inout [Document], _ shard: String) async throws {
        let (payload, count) = StreamEvent.payload(batch, source: mapping.source, region: mapping.region)
        let part = Array(batch.prefix(count))
        try await BatchDelivery(service: service, platform: platform, mapping: mapping).carryOut(part, payload)
        let last = part.last?["dynamodb"]?["SequenceNumber"]?.string
        try await save(ShardCheckpoint(sequence: last), shard)
        batch.removeFirst(count)
    }

    /// Keeps the outcome for GetEventSourceMapping.
    private func note(_ result: String) async {
        await BatchDelivery(service: service, platform: platform, mapping: mapping).note(result)
    }
}
