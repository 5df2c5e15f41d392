import Documents
import Kernel
import Store

/// What the clock does to streams: records past retention go, and after them the closed shards that held them.
extension StreamRecord {
    private var payload: Document {
        [
            "account": .string(account), "region": .string(region), "name": .string(name), "id": .string(id),
            "shards": .integer(Int64(nextShard)),
        ]
    }

    func sweepTimer(_ now: Timestamp) -> TimerRecord {
        TimerRecord(
            id: timerID, service: KinesisService.id, name: "sweep", due: now + KinesisLimit.sweep, payload: payload)
    }

    var dropTimer: TimerRecord {
        TimerRecord(id: "drop \(id)", service: KinesisService.id, name: "drop", due: settles, payload: payload)
    }

    static func named(by payload: Document, in snapshot: any Snapshot) throws -> StreamRecord? {
        guard let account = payload["account"]?.string, let region = payload["region"]?.string,
            let name = payload["name"]?.string, let id = payload["id"]?.string,
            let record = try snapshot.record(
                StreamRecord.self, StreamPlace(account: account, region: region, name: name).key), record.id == id
        else { return nil }
        return record
    }
}

extension KinesisService {
    /// Removes what is past retention. Readers don't see it before either; this gives the space back.
    func sweep(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let record = try await platform.store.read({ try StreamRecord.named(by: timer.payload, in: $0) }),
            record.work != .deleting
        else { return }
        let now = platform.clock.now()
        let horizon = record.horizon(at: now)
        for shard in record.shards where shard.isListed(since: horizon) {
            try await platform.logs.trim(log: record.log(shard.index), before: horizon.milliseconds)
        }
        let fresh = try await platform.store.write { transaction -> (StreamRecord, [ShardRecord])? in
            guard var record = try StreamRecord.named(by: timer.payload, in: transaction), record.work != .deleting else {
                return nil
            }
            let gone = record.shards.filter { !$0.isListed(since: horizon) }
            if !gone.isEmpty {
                record.shards.removeAll { !$0.isListed(since: horizon) }
                record.version += 1
                try transaction.put(record.place.key, record)
            }
            try transaction.schedule(record.sweepTimer(now), on: platform)
            return (record, gone)
        }
        guard let (record, gone) = fresh else { return }
        if !gone.isEmpty { registry.take(record) }
        // A crash before this leaves logs that nothing names; they go with the stream's other logs when it is dropped.
        for shard in gone { try await platform.logs.delete(log: record.log(shard.index)) }
    }

    /// Removes a deleted stream's logs, keys and record.
    func drop(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let id = timer.payload["id"]?.string else { return }
        let record = try await platform.store.read { try StreamRecord.named(by: timer.payload, in: $0) }
        // A stream made meanwhile under the name has taken the record's place: its shards are counted in the payload.
        let shards = record?.nextShard ?? timer.payload["shards"]?.integer.map(Int.init) ?? 0
        for shard in 0..<shards { try await platform.logs.delete(log: "kinesis-\(id)-\(shard)") }
        try await platform.store.write { transaction in
            if let record = try StreamRecord.named(by: timer.payload, in: transaction) {
                try transaction.delete(record.place.key)
            }
            let keys = DataKeyRecord.prefix(id)
            try transaction.deleteRange(from: keys, to: keys.rangeEnd)
            let consumers = ConsumerRecord.prefix(id)
            try transaction.deleteRange(from: consumers, to: consumers.rangeEnd)
        }
        if let record { registry.forget(record.place, id: id) }
    }
}
