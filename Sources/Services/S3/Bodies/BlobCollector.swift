import Kernel
import Logging
import Store

/// Removes the files of blobs that nothing refers to any more, after the commit that made them garbage.
actor BlobCollector {
    private let pins: BlobPins
    private nonisolated let signal = Signal()
    private var loop: Task<Void, Never>?

    init(pins: BlobPins) { self.pins = pins }

    /// There is new garbage, or a pin less.
    nonisolated func wake() { signal.raise() }

    func start(_ platform: Platform) async throws {
        let removed = try await sweep(platform)
        if removed > 0 { platform.log.info("orphaned blobs removed", metadata: ["count": "\(removed)"]) }
        loop = Task { await self.run(platform) }
    }

    func stop() async {
        loop?.cancel()
        await loop?.value
        loop = nil
    }

    /// Removes blobs whose metadata never was committed because the process ended in between.
    private func sweep(_ platform: Platform) async throws -> Int {
        try await platform.blobs.sweepOrphans { ids in
            try await platform.store.read { snapshot in
                Set(
                    try ids.filter {
                        try snapshot.contains(BlobCount.key($0)) || snapshot.contains(BlobCount.garbageKey($0))
                    })
            }
        }
    }

    private func run(_ platform: Platform) async {
        while !Task.isCancelled {
            do {
                try await collect(platform)
                try await signal.wait()
            } catch is CancellationError {
                return
            } catch StoreError.closed {
                return
            } catch {
                platform.log.error("blobs cannot be removed", metadata: ["error": "\(error)"])
                guard (try? await RealTime.wait(.seconds(1))) != nil else { return }
            }
        }
    }

    /// Goes once through the garbage, leaving what is pinned.
    private func collect(_ platform: Platform) async throws {
        var last: Key?
        while true {
            let after = last
            let rows: [Key] = try await platform.store.read { snapshot in
                var rows: [Key] = []
                try snapshot.scan(Key(.s3Garbage), after: after, limit: Limit.garbageBatch) { key, _ in
                    rows.append(key)
                    return true
                }
                return rows
            }
            guard let end = rows.last else { return }
            last = end
            var done: [Key] = []
            for row in rows {
                guard case .text(let text)? = try row.elements().first, let id = BlobID(text) else {
                    throw StoreError.corrupt("garbage row")
                }
                if pins.isPinned(id) { continue }
                try await platform.blobs.remove(id)
                done.append(row)
            }
            let removed = done
            if !removed.isEmpty {
                try await platform.store.write { transaction in for row in removed { try transaction.delete(row) } }
            }
        }
    }
}
