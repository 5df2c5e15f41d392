import Documents
import Logging
import Store

/// The clock's offset, kept so that a restarted platform does not go back in time.
private struct ClockRecord: Stored {
    static let tag: UInt8 = 1
    var offsetMicroseconds: Int64
    static let key = Key(.clock)
}

extension Platform {
    /// The clock as the last process left it.
    public static func clock(of store: any KeyValueStore) async throws -> PlatformClock {
        let record = try await store.read { try $0.record(ClockRecord.self, ClockRecord.key) }
        return PlatformClock(offset: .microseconds(record?.offsetMicroseconds ?? 0))
    }

    /// Starts the services, then what was left in the outbox and the timers. Call once, before the front door opens.
    public func start() async throws {
        try await noteInstallation()
        audit.start()
        keyUses.start()
        for id in services.keys.sorted() { try await services[id]?.start(self) }
        try await outbox.start()
        await timers.start()
    }

    /// Ends the workers in the reverse order. The store is closed by whoever opened it.
    public func stop() async {
        await timers.stop()
        await outbox.stop()
        for id in services.keys.sorted() { await services[id]?.stop() }
        await audit.stop()
        await keyUses.stop()
    }

    /// Moves the clock forward by `duration`, running whatever falls due on the way in the order of its due time.
    /// - Returns: how many timers ran, and the new time. The new offset is durable.
    public func advanceClock(by duration: Duration) async throws -> (fired: Int, now: Timestamp) {
        let target = clock.now() + duration
        let fired = try await timers.advance(to: target)
        let record = ClockRecord(offsetMicroseconds: clock.offset.microseconds)
        try await store.write { try $0.put(ClockRecord.key, record) }
        log.info("clock moved", metadata: ["now": "\(clock.now().iso8601())", "timers": "\(fired)"])
        return (fired, clock.now())
    }

    /// Where the front door listens, `http://127.0.0.1:4566`, for engines that come back in through it.
    public var endpoint: String { address.withLock { $0 } ?? "http://\(configuration.host):\(configuration.port)" }

    /// Told by the front door once it listens.
    public func listens(at endpoint: String) { address.withLock { $0 = endpoint } }
}
