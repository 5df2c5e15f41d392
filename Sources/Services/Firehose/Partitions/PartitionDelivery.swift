import Documents
import Kernel
import Logging
import Store

/// From a partition's buffer to its object.
extension FirehoseService {
    /// A buffer's time is up.
    func closePartition(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let place = timer.payload["arn"]?.string.flatMap(StreamPlace.init(arn:)),
            let stream = timer.payload["stream"]?.string, let slot = timer.payload["slot"]?.string
        else { return }
        try await platform.store.write { transaction in
            guard let record = try transaction.record(StreamRecord.self, place.key), record.id == stream,
                let partition = try transaction.record(PartitionRecord.self, PartitionRecord.key(stream, slot)),
                partition.id == timer.payload["id"]?.string
            else { return }
            try Self.close(partition, of: record, in: transaction, platform)
        }
    }

    /// The stream's hints, or its destination, have changed: what is buffered goes out.
    func closePartitions(of place: StreamPlace, id: String, _ platform: Platform) async throws {
        try await platform.store.write { transaction in
            guard let record = try transaction.record(StreamRecord.self, place.key), record.id == id else { return }
            for partition in try Self.partitions(of: id, in: transaction) {
                try Self.close(partition, of: record, in: transaction, platform)
            }
        }
    }

    static func partitions(of stream: String, in snapshot: any Snapshot) throws -> [PartitionRecord] {
        try snapshot.all(PartitionRecord.self, PartitionRecord.prefix(stream))
    }

    /// Writes a partition's object. Its name follows from the buffer, so that a repetition writes over what was written.
    func deliverPartition(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let place = delivery.payload["arn"]?.string.flatMap(StreamPlace.init(arn:)),
            let form = delivery.payload["partition"]
        else { throw GiveUp("a partition without its records") }
        let partition = try DocumentDecoder().decode(PartitionRecord.self, from: form)
        guard let live = try await streams.find(place, in: platform.store, at: platform.clock.now()),
            live.id == partition.stream, !live.record.isDeleting
        else { return try await platform.logs.delete(log: partition.log) }
        let record = live.record
        let batch = Batch(
            id: delivery.id, record: record, live: live, destination: try Destination(record.destination),
            sessions: RoleSessions(record, on: platform), platform: platform, created: delivery.created,
            attempts: delivery.attempts)
        try await work.with(2 * partition.bytes) {
            let records = try await read(partition, of: record, platform)
            guard delivery.attempts == 0 || platform.clock.now() - delivery.created < FirehoseLimit.retention else {
                platform.log.error(
                    "records of a delivery stream are dropped after a day",
                    metadata: ["stream": "\(record.arn)", "records": "\(records.count)"])
                return
            }
            // A repetition after the log was deleted finds nothing: the object is written.
            guard !records.isEmpty else { return }
            var outcome = Outcome()
            do {
                let prefix = try PrefixExpression(batch.destination.Prefix ?? "", isError: false)
                try await write(records, prefix, batch, &outcome)
                try await writeFailed(outcome.failed, batch.destination, batch)
            } catch {
                if !(error is Postpone), !(error is CancellationError) { outcome.note(Self.describe(error)) }
                await ErrorLog.write(outcome.errors, batch)
                throw error
            }
            await ErrorLog.write(outcome.errors, batch)
        }
        try await platform.logs.delete(log: partition.log)
        live.delivered(Int64(partition.bytes))
    }

    private func read(_ partition: PartitionRecord, of record: StreamRecord, _ platform: Platform) async throws -> [ReadyRecord] {
        var records: [ReadyRecord] = []
        for part in partition.parts {
            var next = part.from
            while next < part.to {
                let page = try await platform.logs.read(
                    log: partition.log, from: next, limit: Int(part.to - next), size: FirehoseLimit.workingBytes)
                guard !page.entries.isEmpty else { break }
                for entry in page.entries {
                    var key: RecordKey?
                    if let number = LogForm.keyNumber(entry.record.bytes) {
                        key = try await openingKey(number, of: record, platform)
                    }
                    records.append(try ReadyRecord(entry, key, of: partition))
                }
                next = page.next
            }
        }
        return records
    }
}
