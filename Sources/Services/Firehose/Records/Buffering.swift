import Documents
import Kernel
import Store

/// From the log to batches: by size at once, by time on a durable timer.
extension FirehoseService {
    /// Appends records durably.
    /// - Returns: their offsets.
    @discardableResult
    func accept(_ records: [SourceRecord], into live: LiveStream, _ platform: Platform) async throws -> [Int64] {
        let record = live.record
        let key = try await sealingKey(of: record, platform)
        let now = platform.clock.now()
        let entries = try records.map {
            LogRecord(timestamp: now.milliseconds, bytes: try LogForm.encode($0, key, stream: record.id))
        }
        let offsets = try await platform.logs.append(log: record.log, entries)
        let hints = live.hints
        let buffer = live.add(records.reduce(0) { $0 + $1.data.count }, at: now)
        if buffer.bytes >= hints.bytes {
            try await seal(live, platform)
        } else if buffer.isFirst {
            do {
                try await setTimer(record, due: now + hints.interval, platform)
            } catch {
                // The next put tries again; the records themselves are safe.
                live.empty()
                throw error
            }
        }
        return Array(offsets)
    }

    private func setTimer(_ record: StreamRecord, due: Timestamp, _ platform: Platform) async throws {
        let timer = TimerRecord(
            id: record.timerID, service: Self.id, name: "flush", due: due,
            payload: ["arn": .string(record.arn), "id": .string(record.id)])
        // One that is still set was an earlier buffer's, which has been emptied by its size.
        try await platform.store.write { try $0.schedule(timer, on: platform) }
    }

    /// The buffer's time is up.
    func flush(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let place = timer.payload["arn"]?.string.flatMap(StreamPlace.init(arn:)),
            let live = try await streams.find(place, in: platform.store, at: platform.clock.now()),
            live.id == timer.payload["id"]?.string
        else { return }
        try await seal(live, platform)
    }

    /// Makes a batch of all that is in the log and not in a batch.
    func seal(_ live: LiveStream, _ platform: Platform) async throws {
        // First the count, then the log's end: what arrives in between is in this batch and counted for the next, which
        // may then be early, but never late.
        let bytes = live.empty()
        do { try await makeBatch(live, bytes, platform) } catch {
            // The next put, or the timer's own repetition, tries again.
            live.restore(bytes, at: platform.clock.now())
            throw error
        }
    }

    private func makeBatch(_ live: LiveStream, _ bytes: Int, _ platform: Platform) async throws {
        let end = try await platform.logs.offsets(log: live.record.log).upperBound
        let now = platform.clock.now()
        let record = try await platform.store.write { transaction -> StreamRecord? in
            guard var record = try transaction.record(StreamRecord.self, live.place.key), record.id == live.id,
                !record.isDeleting, record.sealed < end
            else { return nil }
            let batch = BatchRecord(from: record.sealed, to: end)
            record.sealed = end
            record.revision += 1
            try transaction.put(live.place.key, record)
            try transaction.put(batch.key(record.id), batch)
            let delivery = Delivery(
                id: "\(record.id)-\(batch.from)", lane: "batches \(record.arn)", service: Self.id, name: "batch",
                payload: [
                    "arn": .string(record.arn), "id": .string(record.id), "from": .integer(batch.from), "to": .integer(batch.to),
                    "bytes": .integer(Int64(bytes)),
                ], created: now, expires: now + FirehoseLimit.retention + .seconds(3_600))
            try transaction.enqueue(delivery, on: platform)
            return record
        }
        if let record { live.take(record) }
    }

    /// After a start: records that were acknowledged and not yet in a batch get their timer back.
    func recover(_ record: StreamRecord, _ platform: Platform) async throws {
        let end = try await platform.logs.offsets(log: record.log).upperBound
        guard end > record.sealed else { return }
        let live = streams.take(record)
        _ = live.add(0, at: platform.clock.now())
        guard try await platform.store.read({ try $0.timerDue(Self.id, id: record.timerID) }) == nil else { return }
        try await setTimer(record, due: platform.clock.now() + live.hints.interval, platform)
    }
}
