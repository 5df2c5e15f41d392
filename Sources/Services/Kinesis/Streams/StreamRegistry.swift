import Documents
import Kernel
import Store
import Synchronization

/// The streams in use, so that a record needs no look into the store to find its shard.
final class StreamRegistry: Sendable {
    private let streams = Mutex<[StreamPlace: LiveStream]>([:])

    /// - Returns: nil if there is no such stream.
    func find(_ place: StreamPlace, in store: any KeyValueStore, at now: Timestamp) async throws -> LiveStream? {
        if let live = streams.withLock({ $0[place] }) { return live.record.isGone(at: now) ? nil : live }
        guard let record = try await store.read({ try $0.record(StreamRecord.self, place.key) }), !record.isGone(at: now) else {
            return nil
        }
        return take(record)
    }

    /// The live stream of a record that was read or written.
    @discardableResult
    func take(_ record: StreamRecord) -> LiveStream {
        streams.withLock { streams in
            if let live = streams[record.place], live.id == record.id || live.record.created > record.created {
                live.take(record)
                return live
            }
            let live = LiveStream(record)
            streams[record.place] = live
            return live
        }
    }

    /// A stream was taken away.
    func forget(_ place: StreamPlace, id: String) {
        streams.withLock { if $0[place]?.id == id { $0[place] = nil } }
    }
}

extension KinesisService {
    /// Which stream a request names.
    static func place(_ name: String?, _ arn: String?, _ context: Context) throws -> StreamPlace {
        if let arn {
            guard let place = StreamPlace(arn: arn) else { throw KinesisFault.invalid("StreamARN \(arn) is not valid.") }
            if let name, name != place.name {
                throw KinesisFault.invalid("StreamName \(name) and StreamARN \(arn) do not name the same stream.")
            }
            guard place.region == context.region else {
                throw KinesisFault.streamNotFound(place.name, account: place.account)
            }
            return place
        }
        guard let name else { throw KinesisFault.invalid("Either StreamName or StreamARN must be provided.") }
        return StreamPlace(account: context.account, region: context.region, name: name)
    }

    func stream(_ place: StreamPlace, _ context: Context) async throws -> LiveStream {
        guard let live = try await registry.find(place, in: context.store, at: context.now) else {
            throw KinesisFault.streamNotFound(place.name, account: place.account)
        }
        return live
    }

    func stream(_ name: String?, _ arn: String?, _ context: Context) async throws -> LiveStream {
        try await stream(Self.place(name, arn, context), context)
    }

    /// The same for reading and writing records: one that is being made or deleted has none.
    func readable(_ name: String?, _ arn: String?, _ context: Context) async throws -> LiveStream {
        let live = try await stream(name, arn, context)
        guard live.record.isReadable(at: context.now) else {
            throw KinesisFault.streamNotFound(live.place.name, account: live.place.account)
        }
        return live
    }

    /// Changes a stream's record; `body` sees it as it is stored now.
    @discardableResult
    func change<Result: Sendable>(
        _ live: LiveStream, _ context: Context,
        _ body: @escaping @Sendable (inout StreamRecord, any Transaction) throws -> Result
    ) async throws -> Result {
        let (record, result) = try await context.store.write { transaction -> (StreamRecord, Result) in
            guard var record = try transaction.record(StreamRecord.self, live.place.key), record.id == live.id,
                !record.isGone(at: context.now)
            else { throw KinesisFault.streamNotFound(live.place.name, account: live.place.account) }
            let result = try body(&record, transaction)
            record.version += 1
            try transaction.put(live.place.key, record)
            return (record, result)
        }
        live.take(record)
        return result
    }
}
