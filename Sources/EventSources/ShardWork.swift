import Documents
import Kernel

/// Works through one shard: one reader, and a worker for each batch that may run at once.
///
/// A lane's next batch begins only after its last one is done, so the order of each key's records is kept. The checkpoint
/// follows success: a crash repeats a batch and never skips one.
struct ShardWork: Sendable {
    let reader: StreamReader
    let consumer: any BatchConsumer
    let form: RecordForm
    let shard: String

    private var settings: SourceSettings { reader.settings }
    private var platform: Platform { reader.platform }

    /// Returns at the shard's end, when all of it is done.
    func run() async throws {
        let start = try await consumer.checkpoint(shard: shard)
        let buffer = ShardBuffer(settings, shard: shard, start, consumer: consumer)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.read(into: buffer, from: start) }
            for lane in buffer.signals.indices { group.addTask { try await self.work(lane, buffer) } }
            try await group.waitForAll()
        }
        var done = try await consumer.checkpoint(shard: shard) ?? ShardCheckpoint()
        (done.isDone, done.windows, done.lanes, done.iterator) = (true, nil, nil, nil)
        try await consumer.save(done, shard: shard)
    }

    private func read(into buffer: ShardBuffer, from start: ShardCheckpoint?) async throws {
        let watch = platform.changes.watch(settings.source)
        let clock = platform.clock
        var place = start
        var (current, since): (String?, Timestamp?) = try await reader.position(shard, place)
        var lastRead: Timestamp?
        while let open = current {
            try Task.checkCancellation()
            let space = await buffer.space
            guard space > 0 else {
                try await buffer.room.wait()
                continue
            }
            if reader.kind == .kinesis, let lastRead, clock.now() < lastRead + SourceLimit.kinesisPause {
                try await clock.sleep(until: lastRead + SourceLimit.kinesisPause)
            }
            let now = clock.now()
            let page: StreamReader.Page
            do {
                page = try await reader.records(open, limit: space)
            } catch let error as AWSError where error.code == "ExpiredIteratorException" {
                // The clock was moved, or nothing came for long: on behind what has been read.
                (current, since) = try await reader.position(shard, place)
                continue
            } catch let error as AWSError where error.code == "ProvisionedThroughputExceededException" {
                lastRead = clock.now()
                continue
            }
            lastRead = now
            current = page.next
            let role = reader.kind == .kinesis && !page.records.isEmpty ? try await reader.caller().roleARN ?? "" : ""
            var records: [SourceRecord] = []
            for item in page.records {
                guard
                    var record = reader.kind == .kinesis ? form.kinesis(item, shard: shard, role: role) : form.dynamoDB(item)
                else { throw AWSError.internalFailure }
                if let since, let arrived = record.arrived, arrived < since { record.isWanted = false }
                records.append(record)
            }
            if let last = records.last {
                place = ShardCheckpoint(sequence: last.id)
                try await buffer.add(records, at: clock.now())
            }
            if page.isLast, current != nil {
                await buffer.isDry(at: now)
                try await watch.wait(until: now + SourceLimit.fallback, on: clock)
            }
        }
        await buffer.end()
    }

    private func work(_ lane: Int, _ buffer: ShardBuffer) async throws {
        let signal = buffer.signals[lane]
        let clock = platform.clock
        while true {
            try Task.checkCancellation()
            let now = clock.now()
            let window = await buffer.window(lane)
            if let window, try await isOver(window, lane, buffer, now) {
                try await close(window, lane, buffer)
                continue
            }
            switch await buffer.next(lane, at: now) {
            case .end: return
            case .wait(let due):
                var due = due
                if let end = window?.end {
                    // The records of a window that has just ended are read before it is closed.
                    if now >= end { platform.changes.notify(settings.source) }
                    if now < end { due = min(due ?? end, end) }
                }
                try await signal.wait(until: due, on: clock)
            case .batch(let batch):
                var frame = window
                if frame == nil, let start = batch.first.flatMap({ settings.frame(of: $0.record) }) {
                    let end = start + .seconds(settings.tumblingSeconds)
                    frame = WindowFrame(start: start, end: end, state: "{}", isFinal: false, isEarly: false)
                }
                var run = batchRun(lane, buffer, frame)
                guard let after = try await run.carryOut(batch) else { continue }
                if after.state.utf8.count > SourceLimit.windowState {
                    var early = after
                    early.isEarly = true
                    try await close(early, lane, buffer)
                }
            }
        }
    }

    private func batchRun(_ lane: Int, _ buffer: ShardBuffer, _ frame: WindowFrame?) -> BatchRun {
        BatchRun(
            consumer: consumer, settings: settings, platform: platform, shard: shard, kind: reader.kind, window: frame,
            finish: { places, window in
                if let window { await buffer.keep(window, lane: lane) }
                try await buffer.finish(places, lane: lane)
            })
    }

    /// Whether no more records of a window can come.
    private func isOver(_ window: WindowFrame, _ lane: Int, _ buffer: ShardBuffer, _ now: Timestamp) async throws -> Bool {
        if let next = await buffer.nextWindow(lane) { return next > window.start }
        return await buffer.hasLooked(after: window.end)
    }

    /// The last call for a window: no records, and the state of all of them.
    private func close(_ window: WindowFrame, _ lane: Int, _ buffer: ShardBuffer) async throws {
        var last = window
        last.isFinal = true
        var failures = 0
        while true {
            try Task.checkCancellation()
            do {
                switch try await consumer.take(SourceBatch(records: [], shard: shard, window: last)) {
                case .success:
                    await consumer.note("OK")
                    await buffer.keep(nil, lane: lane)
                    return try await buffer.save()
                case .failure, .partial: failures += 1
                }
                try Task.checkCancellation()
                await consumer.note("PROBLEM: Function call failed")
                if settings.retriesMax >= 0, failures > settings.retriesMax {
                    await buffer.keep(nil, lane: lane)
                    return try await buffer.save()
                }
            } catch let busy as ConsumerBusy {
                await consumer.note("PROBLEM: \(busy.message)")
            }
            try await platform.clock.sleep(for: Backoff.delay(attempt: max(1, failures)))
        }
    }
}
