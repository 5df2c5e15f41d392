import Documents
import Kernel
import Store
import Synchronization

/// What runs beside a stream's record while the process lives: what its buffer holds.
final class LiveStream: Sendable {
    private struct Buffer {
        var bytes = 0
        var since: Timestamp?
    }
    let id: String
    let place: StreamPlace
    /// The record, and its buffer's hints, which every put asks for.
    private struct Present {
        var record: StreamRecord
        var hints: Hints

        init(_ record: StreamRecord) {
            self.record = record
            // What is stored has been read in this form before; the widest hints stand for what has not.
            let destination = try? Destination(record.destination)
            hints = destination?.streamHints ?? Hints(bytes: 1 << 20, interval: .seconds(60))
        }
    }
    struct Hints: Sendable {
        var bytes: Int
        var interval: Duration
    }
    private let present: Mutex<Present>
    private let buffer = Mutex(Buffer())
    /// Bytes that have not reached their destination yet.
    private let waiting = Mutex<Int64>(0)

    init(_ record: StreamRecord) {
        (id, place) = (record.id, record.place)
        present = Mutex(Present(record))
    }

    var record: StreamRecord { present.withLock { $0.record } }
    var hints: Hints { present.withLock { $0.hints } }

    func take(_ record: StreamRecord) { present.withLock { if $0.record.revision < record.revision { $0 = Present(record) } } }

    /// Counts records that are in the log.
    /// - Returns: whether they are the first of their buffer, and how many bytes it holds with them.
    func add(_ bytes: Int, at now: Timestamp) -> (isFirst: Bool, bytes: Int) {
        waiting.withLock { $0 += Int64(bytes) }
        return buffer.withLock { buffer in
            buffer.bytes += bytes
            defer { if buffer.since == nil { buffer.since = now } }
            return (buffer.since == nil, buffer.bytes)
        }
    }

    /// The buffer begins anew; what is in the log by now belongs to the batch that is being made.
    /// - Returns: the bytes that it held.
    @discardableResult
    func empty() -> Int {
        buffer.withLock { buffer in
            defer { buffer = Buffer() }
            return buffer.bytes
        }
    }

    /// Takes back ``empty()``.
    func restore(_ bytes: Int, at now: Timestamp) {
        buffer.withLock { buffer in
            buffer.bytes += bytes
            if buffer.since == nil { buffer.since = now }
        }
    }

    /// Bytes that wait for their destination in a partition's buffer.
    func hold(_ bytes: Int) { waiting.withLock { $0 += Int64(bytes) } }

    var backlog: Int64 { waiting.withLock { $0 } }
    func delivered(_ bytes: Int64) { waiting.withLock { $0 = max(0, $0 - bytes) } }
}

/// The streams in use, so that a put needs no look into the store.
final class LiveStreams: Sendable {
    private let streams = Mutex<[StreamPlace: LiveStream]>([:])

    func find(_ place: StreamPlace, in store: any KeyValueStore, at now: Timestamp) async throws -> LiveStream? {
        if let live = streams.withLock({ $0[place] }), !live.record.isGone(at: now) { return live }
        guard let record = try await store.read({ try $0.record(StreamRecord.self, place.key) }), !record.isGone(at: now) else {
            return nil
        }
        return take(record)
    }

    /// Keeps a record that has just been read or written.
    @discardableResult
    func take(_ record: StreamRecord) -> LiveStream {
        streams.withLock { streams in
            if let live = streams[record.place], live.id == record.id {
                return live
            }
            let live = LiveStream(record)
            streams[record.place] = live
            return live
        }
    }

    func forget(_ place: StreamPlace, id: String) {
        streams.withLock { if $0[place]?.id == id { $0[place] = nil } }
    }
}
