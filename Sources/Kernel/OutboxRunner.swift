import Documents
import Logging
import Store

/// Carries out what committed changes have promised. A lane has a worker only while it has entries; ten thousand idle
/// lanes cost nothing.
///
/// Invariant: an entry is deleted only after its handler has returned, or has given up, or has expired. A crash between
/// the two repeats it.
public actor OutboxRunner {
    enum Limit {
        /// How many entries of one lane run at once.
        static let perLane = 16
    }

    private final class Lane {
        let signal = Signal()
        var worker: Task<Void, Never>?
    }

    private let platform: Platform
    private var lanes: [String: Lane] = [:]
    private var isStopping = false

    init(platform: Platform) { self.platform = platform }

    /// Something has been put into `lane`.
    public nonisolated func wake(lane: String) { Task { await self.begin(lane) } }

    /// Takes up every lane that the last process left unfinished.
    func start() async throws {
        var lane: String? = nil
        while let next = try await firstLane(after: lane) {
            begin(next)
            lane = next
        }
    }

    func stop() async {
        isStopping = true
        for lane in lanes.values { lane.worker?.cancel() }
        for lane in lanes.values { await lane.worker?.value }
    }

    private func firstLane(after lane: String?) async throws -> String? {
        try await platform.store.read { snapshot in
            let all = Key(.delivery)
            let begin = lane.map { Delivery.lanePrefix($0).rangeEnd } ?? all
            var found: String?
            try snapshot.scan(from: begin, to: all.rangeEnd, reverse: false, limit: 1) { _, value in
                found = try Delivery(stored: value).lane
                return false
            }
            return found
        }
    }

    private func begin(_ name: String) {
        guard !isStopping else { return }
        if let lane = lanes[name] { return lane.signal.raise() }
        let lane = Lane()
        lanes[name] = lane
        let signal = lane.signal
        lane.worker = Task { await self.work(name, signal) }
    }

    private func work(_ name: String, _ signal: Signal) async {
        while !Task.isCancelled {
            do {
                let batch = try await due(name)
                if batch.isEmpty {
                    guard let next = try await nextDue(name) else {
                        // The signal is raised only on this actor, so no entry slips in between this look and the end.
                        if retire(name) { return }
                        continue
                    }
                    try await signal.wait(until: next, on: platform.clock)
                    continue
                }
                await withTaskGroup(of: Void.self) { group in
                    for delivery in batch { group.addTask { await self.carryOut(delivery) } }
                }
            } catch is CancellationError {
                return
            } catch StoreError.closed {
                return
            } catch {
                platform.log.error("outbox cannot be read", metadata: ["lane": "\(name)", "error": "\(error)"])
                guard (try? await RealTime.wait(.seconds(1))) != nil else { return }
            }
        }
    }

    private func retire(_ name: String) -> Bool {
        guard let lane = lanes[name], !lane.signal.takeIfRaised() else { return false }
        lanes[name] = nil
        return true
    }

    private func due(_ lane: String) async throws -> [Delivery] {
        let now = platform.clock.now()
        return try await platform.store.read { snapshot in
            var batch: [Delivery] = []
            let prefix = Delivery.lanePrefix(lane)
            let end = prefix.appending(.integer(now.microseconds)).rangeEnd
            try snapshot.scan(from: prefix, to: end, reverse: false, limit: Limit.perLane) { _, value in
                batch.append(try Delivery(stored: value))
                return true
            }
            return batch
        }
    }

    private func nextDue(_ lane: String) async throws -> Timestamp? {
        try await platform.store.read { snapshot in
            var next: Timestamp?
            try snapshot.records(Delivery.self, Delivery.lanePrefix(lane), limit: 1) { _, delivery in
                next = delivery.due
                return false
            }
            return next
        }
    }

    private nonisolated func carryOut(_ delivery: Delivery) async {
        var metadata: Logger.Metadata = ["delivery": "\(delivery.service)/\(delivery.name)", "lane": "\(delivery.lane)"]
        do {
            do {
                guard let handler = platform.operations[delivery.service]?.deliveries[delivery.name] else {
                    throw GiveUp("no delivery handler")
                }
                try await handler(delivery, platform)
            } catch let postpone as Postpone {
                return try await retry(delivery, at: postpone.until)
            } catch let end as GiveUp {
                metadata["reason"] = "\(end.reason)"
                platform.log.error("delivery given up", metadata: metadata)
            } catch is CancellationError {
                return
            } catch {
                metadata["error"] = "\(error)"
                platform.log.warning("delivery failed", metadata: metadata)
                let due = platform.clock.now() + Backoff.delay(attempt: delivery.attempts + 1)
                if due <= delivery.expires { return try await retry(delivery, at: due) }
                platform.log.error("delivery expired", metadata: metadata)
            }
            try await platform.store.write { try $0.delete(delivery.key) }
        } catch {
            // The entry is still there; the lane's worker meets it again.
            metadata["error"] = "\(error)"
            platform.log.error("outbox cannot be written", metadata: metadata)
        }
    }

    private nonisolated func retry(_ delivery: Delivery, at due: Timestamp) async throws {
        var later = delivery
        later.attempts += 1
        later.due = due
        let retry = later
        try await platform.store.write { transaction in
            try transaction.delete(delivery.key)
            try transaction.put(retry.key, retry)
        }
    }
}
