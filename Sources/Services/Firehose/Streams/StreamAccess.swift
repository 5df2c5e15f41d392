import Documents
import Kernel
import Store

/// Finding and changing streams.
extension FirehoseService {
    func stream(_ name: String, _ context: Context) async throws -> LiveStream {
        let place = StreamPlace(account: context.account, region: context.region, name: name)
        guard let live = try await streams.find(place, in: context.store, at: context.now) else {
            throw FirehoseFault.notFound(name, account: context.account)
        }
        return live
    }

    /// Changes a stream's record; `body` sees it as it is stored now.
    @discardableResult
    func change(
        _ live: LiveStream, _ context: Context, _ body: @escaping @Sendable (inout StreamRecord, any Transaction) throws -> Void
    ) async throws -> StreamRecord {
        let (now, id) = (context.now, live.id)
        let record = try await context.store.write { transaction -> StreamRecord in
            guard var record = try transaction.record(StreamRecord.self, live.place.key), record.id == id, !record.isGone(at: now)
            else { throw FirehoseFault.notFound(live.place.name, account: live.place.account) }
            try body(&record, transaction)
            record.revision += 1
            try transaction.put(live.place.key, record)
            return record
        }
        live.take(record)
        return record
    }

    static func demandActive(_ record: StreamRecord, _ now: Timestamp) throws {
        guard record.status(at: now) == "ACTIVE" else {
            throw FirehoseFault.inUse(
                "Firehose \(record.name) under account \(record.account) is not in ACTIVE state. Current state: "
                    + record.status(at: now))
        }
    }
}
