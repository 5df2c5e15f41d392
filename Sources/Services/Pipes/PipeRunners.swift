import Documents
import EventSources
import Kernel
import Logging
import Store

/// Brings each pipe from the state that was asked for to the one that it is then in, and runs the readers.
actor PipeRunners {
    private let platform: Platform
    private var readers: [String: Task<Void, Never>] = [:]
    private var works: [String: Task<Void, Never>] = [:]
    private var isStopping = false

    private let destinations: PipesService.DestinationCall

    init(platform: Platform, destinations: @escaping PipesService.DestinationCall) {
        (self.platform, self.destinations) = (platform, destinations)
    }

    /// Takes up what the last process left.
    func start() async throws {
        let all = try await platform.store.read { try $0.all(PipeRecord.self, Key(.pipe)) }
        for record in all where record.current != "STOPPED" && !record.current.hasSuffix("FAILED") { settle(record) }
    }

    func stop() async {
        isStopping = true
        for task in readers.values { task.cancel() }
        for task in works.values { task.cancel() }
        for task in Array(works.values) + Array(readers.values) { await task.value }
    }

    /// A pipe is new or has changed. Its present reader is ended first, when batches under way are done.
    func settle(_ record: PipeRecord) {
        let before = (works[record.id], readers.removeValue(forKey: record.id))
        before.1?.cancel()
        works[record.id] = Task {
            await before.0?.value
            await before.1?.value
            guard !Task.isCancelled else { return }
            do { try await self.bring(record) } catch {
                self.platform.log.error("a pipe could not be changed", metadata: ["pipe": "\(record.arn)", "error": "\(error)"])
            }
        }
    }

    private func bring(_ record: PipeRecord) async throws {
        if record.current == "DELETING" { return try await remove(record) }
        guard record.desired == "RUNNING" else { return try await keep(record, "STOPPED") }
        let (open, consumer): (PipeRecord, PipeConsumer)
        do {
            open = try await PipeSealing(on: platform).opened(record)
            consumer = PipeConsumer(pipe: open, platform: platform, destinations: destinations)
            try await admit(record, consumer)
        } catch let fault as any Fault {
            // RUNNING is left over from the last process: then it is tried anew and not failed.
            let verb = ["CREATING": "CREATE", "UPDATING": "UPDATE"][record.current] ?? "START"
            return try await keep(record, "\(verb)_FAILED", reason: fault.wire.message)
        }
        guard !isStopping else { return }
        let reader = SourceReader(open.settings, for: consumer, named: record.arn, on: platform)
        readers[record.id] = Task { await reader.run() }
        works[record.id] = nil
        try await keep(record, "RUNNING")
    }

    /// Sees that the role may read, and holds on to where reading begins.
    private func admit(_ record: PipeRecord, _ consumer: PipeConsumer) async throws {
        let role: Caller
        do { role = try await consumer.reader() } catch let error as AWSError where error.isSenders {
            throw PipesFault.unassumable(record.role)
        }
        if let missing = try await SourceAccess.missing(role, source: record.source, region: record.region, on: platform) {
            throw PipesFault.invalid("The role \(record.role) does not have the permission \(missing) on \(record.source).")
        }
        if record.kind?.isQueue == true {
            let input: Document = ["QueueUrl": .string(record.source), "AttributeNames": ["QueueArn"]]
            _ = try await platform.call(Call("sqs", "GetQueueAttributes", input, caller: role, region: record.region))
        }
        guard record.kind?.isQueue == false, record.started == nil else { return }
        let positions = try await StreamReader(record.settings, on: platform, as: { role }).startingPositions()
        let (platform, now) = (platform, platform.clock.now())
        try await platform.store.write { transaction in
            guard var present = try transaction.record(PipeRecord.self, record.key), present.id == record.id else { return }
            present.started = now
            try transaction.put(record.key, present)
            for (shard, checkpoint) in positions {
                try transaction.put(PipeRecord.checkpoints(record.id).appending(.text(shard)), checkpoint)
            }
        }
    }

    private func keep(_ record: PipeRecord, _ state: String, reason: String? = nil) async throws {
        try await platform.store.write { transaction in
            // A later change has set a state of its own.
            guard var present = try transaction.record(PipeRecord.self, record.key), present.id == record.id,
                present.current == record.current
            else { return }
            (present.current, present.reason) = (state, reason)
            try transaction.put(record.key, present)
        }
    }

    private func remove(_ record: PipeRecord) async throws {
        try await platform.store.write { transaction in
            guard let present = try transaction.record(PipeRecord.self, record.key), present.id == record.id else { return }
            try transaction.delete(record.key)
            let checkpoints = PipeRecord.checkpoints(record.id)
            try transaction.deleteRange(from: checkpoints, to: checkpoints.rangeEnd)
        }
        works[record.id] = nil
    }
}
