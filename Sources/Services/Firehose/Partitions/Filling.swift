import Documents
import Kernel
import Store

/// Dynamic partitioning: each partition has a buffer of its own, with the destination's hints
/// (https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html).
///
/// A batch of the stream is processed soon, and its records go to the logs of their partitions; one transaction makes them
/// count, and takes the batch off. A buffer is full, or its time is up, counted from its oldest record's arrival: then it is
/// handed over and the partition's next record opens another.
extension FirehoseService {
    /// Records of one partition that are in its log and do not count yet.
    private struct Filled {
        var record: PartitionRecord
        var isNew: Bool
        var ranges: [Range<Int64>]
        var bytes: Int
    }

    /// Puts what is ready into the buffers of its partitions, and what has failed where it goes.
    func fill(_ outcome: inout Outcome, _ from: BatchRecord, _ batch: Batch) async throws {
        let prefix = try PrefixExpression(batch.destination.Prefix ?? "", isError: false)
        var (groups, order): ([String: [ReadyRecord]], [String]) = ([:], [])
        failLarge(&outcome, batch)
        for record in outcome.ready {
            let slot = PartitionRecord.slot(prefix.slot(record.queryKeys, record.functionKeys))
            if groups[slot] == nil { order.append(slot) }
            groups[slot, default: []].append(record)
        }
        let message = "The number of active partitions exceeds the limit of \(FirehoseLimit.activePartitions)."
        while true {
            // Worked on again after a crash: it has been counted.
            guard try await batch.platform.store.read({ try $0.contains(from.key(batch.record.id)) }) else { return }
            let (filled, refused) = try await append(groups, order, batch)
            let now = batch.platform.clock.now().milliseconds
            let overflow = refused.flatMap { groups[$0] ?? [] }.map {
                FailedRecord(
                    source: $0.source, kind: .partitions, code: "DynamicPartitioning.ActivePartitionLimitExceeded",
                    message: message, ended: now)
            }
            // Before the batch is off: afterwards nobody knows of them.
            try await writeFailed(outcome.failed + overflow, batch.destination, batch)
            if !overflow.isEmpty {
                outcome.note(DeliveryError(code: "DynamicPartitioning.ActivePartitionLimitExceeded", message: message))
            }
            if try await count(filled, from, batch) { return }
            // Another batch, or a timer, was faster with one of the partitions. What was appended does not count.
        }
    }

    /// What a partition's log can't hold is failed.
    private func failLarge(_ outcome: inout Outcome, _ batch: Batch) {
        let limit = FirehoseLimit.partitionRecord
        func isLarge(_ record: ReadyRecord) -> Bool { record.data.count + record.source.data.count > limit }
        let (code, message) = (
            "DynamicPartitioning.RecordTooLarge", "The record has more than \(limit) bytes after its processing."
        )
        let now = batch.platform.clock.now().milliseconds
        for record in outcome.ready where isLarge(record) {
            outcome.note(DeliveryError(code: code, message: message))
            outcome.failed.append(
                FailedRecord(source: record.source, kind: .processing, code: code, message: message, ended: now))
        }
        outcome.ready.removeAll(where: isLarge)
    }

    /// - Returns: also the slots that found no room among the active partitions.
    private func append(
        _ groups: [String: [ReadyRecord]], _ order: [String], _ batch: Batch
    ) async throws -> ([Filled], refused: [String]) {
        let (stream, platform) = (batch.record.id, batch.platform)
        let open = try await platform.store.read { snapshot in
            var open: [String: PartitionRecord] = [:]
            try snapshot.records(PartitionRecord.self, PartitionRecord.prefix(stream)) { _, record in
                open[record.slot] = record
                return true
            }
            return open
        }
        var (chosen, refused): ([(PartitionRecord, isNew: Bool, [ReadyRecord])], [String]) = ([], [])
        for slot in order {
            guard let records = groups[slot], let first = records.first else { continue }
            if let record = open[slot] {
                chosen.append((record, false, records))
            } else if open.count + chosen.count(where: \.isNew) < FirehoseLimit.activePartitions {
                let arrived = records.map(\.source.arrived).min() ?? 0
                let record = PartitionRecord(
                    stream: stream, slot: slot, id: Identifier.uuid(), queryKeys: first.queryKeys,
                    functionKeys: first.functionKeys, opened: Timestamp(milliseconds: arrived))
                chosen.append((record, true, records))
            } else {
                refused.append(slot)
            }
        }
        let key = try await sealingKey(of: batch.record, platform)
        // Each log has a sync of its own: many at once cost little more than one.
        let filled = try await withThrowingTaskGroup(of: Filled.self) { group in
            var filled: [Filled] = []
            for (place, (record, isNew, records)) in chosen.enumerated() {
                if place >= FirehoseLimit.appendsAtOnce, let done = try await group.next() { filled.append(done) }
                group.addTask {
                    let ranges = try await Self.append(records, to: record, key, platform)
                    return Filled(
                        record: record, isNew: isNew, ranges: ranges, bytes: records.reduce(0) { $0 + $1.data.count })
                }
            }
            for try await done in group { filled.append(done) }
            return filled
        }
        return (filled, refused)
    }

    /// - Returns: the offsets of the records.
    private static func append(
        _ records: [ReadyRecord], to partition: PartitionRecord, _ key: RecordKey?, _ platform: Platform
    ) async throws -> [Range<Int64>] {
        let now = platform.clock.now().milliseconds
        var (ranges, entries, size): ([Range<Int64>], [LogRecord], Int) = ([], [], 0)
        for record in records {
            let entry = LogRecord(timestamp: now, bytes: try record.entry(key, stream: partition.stream))
            if size + entry.bytes.count > FirehoseLimit.partitionAppend, !entries.isEmpty {
                ranges.append(try await platform.logs.append(log: partition.log, entries))
                (entries, size) = ([], 0)
            }
            entries.append(entry)
            size += entry.bytes.count
        }
        ranges.append(try await platform.logs.append(log: partition.log, entries))
        return ranges
    }

    /// Makes what was appended count, and takes the batch off.
    /// - Returns: false if a partition is not what it was any more; then nothing has changed.
    private func count(_ filled: [Filled], _ from: BatchRecord, _ batch: Batch) async throws -> Bool {
        let (stream, platform, now) = (batch.record, batch.platform, batch.platform.clock.now())
        let (size, interval) = (batch.destination.bufferBytes, batch.destination.interval)
        let isCounted = try await platform.store.write { transaction -> Bool in
            for part in filled {
                let present = try transaction.record(PartitionRecord.self, part.record.key)
                guard part.isNew ? present == nil : present?.id == part.record.id else { return false }
            }
            try transaction.delete(from.key(stream.id))
            for part in filled {
                var record = try transaction.record(PartitionRecord.self, part.record.key) ?? part.record
                for range in part.ranges { record.add(range) }
                record.bytes += part.bytes
                let due = record.opened + interval
                if record.bytes >= size || due <= now {
                    try Self.close(record, of: stream, in: transaction, platform)
                    continue
                }
                try transaction.put(record.key, record)
                guard part.isNew else { continue }
                let timer = TimerRecord(
                    id: record.timerID, service: Self.id, name: "partition", due: due,
                    payload: [
                        "arn": .string(stream.arn), "stream": .string(stream.id), "slot": .string(record.slot),
                        "id": .string(record.id),
                    ])
                try transaction.schedule(timer, on: platform)
            }
            return true
        }
        guard isCounted else {
            for part in filled where part.isNew { try await platform.logs.delete(log: part.record.log) }
            return false
        }
        batch.live.hold(filled.reduce(0) { $0 + $1.bytes })
        return true
    }

    /// A buffer fills no more: it is handed over.
    static func close(
        _ record: PartitionRecord, of stream: StreamRecord, in transaction: any Transaction, _ platform: Platform
    ) throws {
        try transaction.delete(record.key)
        try transaction.cancelTimer(id, id: record.timerID)
        let now = platform.clock.now()
        try transaction.enqueue(
            Delivery(
                id: record.id, lane: "partitions \(stream.arn)", service: id, name: "partition",
                payload: ["arn": .string(stream.arn), "partition": try DocumentEncoder().encode(record)], created: now,
                expires: now + FirehoseLimit.retention + .seconds(3_600)), on: platform)
    }
}
