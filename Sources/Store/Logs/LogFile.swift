import Synchronization

/// One log: its segments and the work waiting for it.
///
/// Invariants: one job at a time changes a log, on a thread of the pool; appends that wait together are written together
/// and share one flush. A segment is flushed before its successor is made, so only the last can have a torn tail. After a
/// failed flush the log takes no more appends until the store is opened anew.
final class LogFile: Sendable {
    struct State {
        var segments: [LogSegment]
        var isDirty = false
        var failure: (any Error)?
    }

    struct Append: Sendable {
        let records: [LogRecord]
        let isDurable: Bool
        let answer: @Sendable (Result<Range<Int64>, any Error>) -> Void
    }

    enum Job: Sendable {
        case append(Append)
        case other(@Sendable (LogFile) -> Void)
    }

    private struct Queue {
        var jobs = FIFO<Job>()
        var isRunning = false
    }

    let id: String
    let directory: String
    let store: LogStore.Settings
    /// nil until loaded.
    let state = Mutex<State?>(nil)
    private let queue = Mutex(Queue())

    init(id: String, directory: String, store: LogStore.Settings) {
        self.id = id
        self.directory = directory
        self.store = store
    }

    var isDirty: Bool { state.withLock { $0?.isDirty ?? false } }

    /// - Returns: whether the caller must see to it that ``drain()`` runs on a thread that may block.
    func enqueue(_ job: Job) -> Bool {
        queue.withLock { queue in
            queue.jobs.append(job)
            defer { queue.isRunning = true }
            return !queue.isRunning
        }
    }

    /// Does what waits, until nothing does.
    func drain() {
        while true {
            var batch: [Append] = []
            var bytes = 0
            let other = queue.withLock { queue -> Job? in
                while case .append(let append)? = queue.jobs.first, bytes < LogStore.Limit.appendSize {
                    queue.jobs.removeFirst()
                    bytes += append.records.reduce(0) { $0 + $1.bytes.count }
                    batch.append(append)
                }
                if batch.isEmpty, let job = queue.jobs.removeFirst() { return job }
                if batch.isEmpty { queue.isRunning = false }
                return nil
            }
            if case .other(let work)? = other { work(self) } else if batch.isEmpty { return } else { write(batch) }
        }
    }

    private func write(_ batch: [Append]) {
        do {
            var ranges: [Range<Int64>] = []
            try change { state in
                if let failure = state.failure { throw failure }
                for append in batch { ranges.append(try write(append.records, &state)) }
                state.isDirty = true
                if batch.contains(where: \.isDurable) { try flush(&state) }
            }
            for (append, range) in zip(batch, ranges) { append.answer(.success(range)) }
        } catch {
            for append in batch { append.answer(.failure(error)) }
        }
    }

    /// Changes the log's state and, if that fails, puts files and state back as they were. Runs as a job only, so nobody
    /// else changes the state in between; readers see the old one until the change is done.
    func change(_ body: (inout State) throws -> Void) throws {
        let before = try loaded()
        var after = before
        do {
            try body(&after)
            state.withLock { $0 = after }
        } catch {
            // The failure of a flush is kept; what was written behind the last answered record is cut off.
            var restored = before
            restored.failure = after.failure
            do {
                for segment in after.segments where !before.segments.contains(where: { $0.base == segment.base }) {
                    try Posix.remove(segment.path)
                    store.files.forget(segment.path)
                }
                if let last = before.segments.last { try store.files.open(last.path).truncate(to: last.size) }
            } catch let cause {
                restored.failure = restored.failure ?? cause
            }
            state.withLock { $0 = restored }
            throw error
        }
    }

    private func write(_ records: [LogRecord], _ state: inout State) throws -> Range<Int64> {
        guard var segment = state.segments.popLast() else { throw StoreError.corrupt("log \(id) has no segment") }
        defer { state.segments.append(segment) }
        let first = segment.next
        var bytes: [UInt8] = []
        var added: [(timestamp: Int64, size: Int)] = []
        for (index, record) in records.enumerated() {
            let start = bytes.count
            LogCodec.append(record, offset: first + Int64(index), to: &bytes)
            added.append((record.timestamp, bytes.count - start))
        }
        if segment.size > 0, segment.size + bytes.count > store.segmentSize {
            state.segments.append(segment)
            segment = try roll(&state, to: first)
        }
        try bytes.withUnsafeBytes { try store.files.open(segment.path).write($0, at: segment.size) }
        for (index, record) in added.enumerated() {
            segment.add(offset: first + Int64(index), timestamp: record.timestamp, size: record.size)
        }
        return first..<first + Int64(records.count)
    }

    /// Flushes the last segment and makes the next, which the caller puts behind it.
    func roll(_ state: inout State, to base: Int64) throws -> LogSegment {
        try flush(&state)
        let segment = LogSegment(base: base, directory: directory, blocks: [])
        do {
            _ = try store.files.open(segment.path, .create)
            try Posix.syncDirectory(directory)
        } catch {
            // Left behind, it would lie in the way of the records that the old segment still takes.
            store.files.forget(segment.path)
            try Posix.remove(segment.path)
            throw error
        }
        return segment
    }

    func flush(_ state: inout State) throws {
        guard let last = state.segments.last else { return }
        do {
            try store.files.open(last.path).sync()
            state.isDirty = false
        } catch {
            state.failure = error
            throw error
        }
    }

    /// The state, read from disk at first. Runs as a job only.
    @discardableResult
    func loaded() throws -> State {
        if let state = state.withLock({ $0 }) { return state }
        try Posix.makeDirectory(directory)
        var segments = try Posix.names(in: directory).compactMap { name -> LogSegment? in
            guard name.hasSuffix(".log"), let base = Int64(name.dropLast(4)) else { return nil }
            return LogSegment(base: base, directory: directory)
        }
        for index in segments.indices.dropLast() { segments[index].size = try PosixFile(segments[index].path, .read).size() }
        if var last = segments.popLast() {
            let file = try store.files.open(last.path)
            let torn = try last.scan(file)
            if torn > 0 {
                try file.truncate(to: last.size)
                try file.sync()
                store.onRepair(LogRepair(log: id, offset: last.next, bytesCut: torn))
            }
            segments.append(last)
        } else {
            let first = LogSegment(base: 0, directory: directory, blocks: [])
            _ = try store.files.open(first.path, .create)
            try Posix.syncDirectory(directory)
            segments.append(first)
        }
        let state = State(segments: segments)
        self.state.withLock { $0 = state }
        return state
    }

    /// The index of a sealed segment, kept for the next time.
    func indexed(_ segment: LogSegment) throws -> LogSegment {
        if segment.blocks != nil { return segment }
        var scanned = segment
        guard try scanned.scan(store.files.open(segment.path)) == 0 else {
            throw StoreError.corrupt("log \(id): record \(scanned.next) in \(segment.path)")
        }
        state.withLock { state in
            if let index = state?.segments.firstIndex(where: { $0.base == segment.base }) { state?.segments[index] = scanned }
        }
        return scanned
    }
}
