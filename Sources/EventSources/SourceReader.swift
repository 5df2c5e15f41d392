import Documents
import Kernel
import Logging
import Store

/// Reads one source for one consumer until its task is cancelled. It waits for changes and for nothing else: ten thousand
/// of them cost nothing while nothing happens.
public struct SourceReader: Sendable {
    let settings: SourceSettings
    let consumer: any BatchConsumer
    let platform: Platform
    /// For the log: the mapping or the pipe.
    let name: String

    public init(_ settings: SourceSettings, for consumer: any BatchConsumer, named name: String, on platform: Platform) {
        (self.settings, self.consumer, self.name, self.platform) = (settings, consumer, name, platform)
    }

    public func run() async {
        var failures = 0
        var lastFailure = platform.clock.now()
        while !Task.isCancelled {
            do {
                let form: RecordForm
                do { form = try RecordForm(settings) } catch {
                    throw AWSError("InvalidParameterValueException", 400, "The filter \(error.pattern) is not valid.")
                }
                guard let kind = ARN(settings.source).flatMap(SourceKind.init) else { throw AWSError.internalFailure }
                if kind.isQueue {
                    try await QueueWork(settings: settings, consumer: consumer, form: form, platform: platform).run()
                } else {
                    try await readShards(form)
                }
            } catch is CancellationError {
                return
            } catch StoreError.closed {
                return
            } catch {
                let now = platform.clock.now()
                failures = now - lastFailure > .seconds(10 * SourceLimit.trouble) ? 1 : failures + 1
                lastFailure = now
                platform.log.warning(
                    "an event source can't be read",
                    metadata: ["reader": "\(name)", "source": "\(settings.source)", "error": "\(error)"])
                await consumer.note("PROBLEM: \((error as? any Fault)?.wire.message ?? "internal error")")
                let pause = min(SourceLimit.trouble, 1 << min(failures - 1, 6))
                guard (try? await platform.clock.sleep(for: .seconds(pause))) != nil else { return }
            }
        }
    }

    /// Runs each shard that is open or not yet done; a child begins when its parents are done.
    private func readShards(_ form: RecordForm) async throws {
        let reader = try StreamReader(settings, on: platform, as: { try await consumer.reader() })
        let watch = platform.changes.watch(settings.source)
        try await withThrowingTaskGroup(of: String.self) { group in
            var running: Set<String> = []
            while true {
                let shards = try await reader.shards()
                let known = Set(shards.map(\.id))
                var done: Set<String> = []
                for shard in shards where !running.contains(shard.id) {
                    if try await consumer.checkpoint(shard: shard.id)?.isDone == true { done.insert(shard.id) }
                }
                for shard in shards where !running.contains(shard.id) && !done.contains(shard.id) {
                    guard shard.parents.allSatisfy({ !known.contains($0) || done.contains($0) }) else { continue }
                    running.insert(shard.id)
                    let work = ShardWork(reader: reader, consumer: consumer, form: form, shard: shard.id)
                    group.addTask {
                        try await work.run()
                        return shard.id
                    }
                }
                if running.isEmpty {
                    // A disabled stream: all its shards are closed and done.
                    try await watch.wait(until: platform.clock.now() + SourceLimit.fallback, on: platform.clock)
                } else if let ended = try await group.next() {
                    running.remove(ended)
                }
            }
        }
    }
}
