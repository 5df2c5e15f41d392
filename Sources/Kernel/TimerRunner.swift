import Documents
import Logging
import Store
import Synchronization

/// Runs durable timers in the order of their due times.
///
/// One timer runs at a time, so that a clock moved across many of them plays them in order. A handler may set its own
/// timer again. A timer that fails is put off and tried again; it is removed only after its handler has returned.
public actor TimerRunner {
    private let platform: Platform
    private var loop: Task<Void, Never>?
    private var isRunning = false
    private var turns: [CheckedContinuation<Void, Never>] = []
    private nonisolated let signal = Signal()

    init(platform: Platform) { self.platform = platform }

    /// Something about the timers has changed.
    public nonisolated func wake() { signal.raise() }

    func start() {
        loop = Task { await self.run() }
    }

    func stop() async {
        loop?.cancel()
        signal.raise()
        await loop?.value
    }

    private func run() async {
        while !Task.isCancelled {
            do {
                try await fireDue(upTo: platform.clock.now())
                let next = try await first()?.due
                try await signal.wait(until: next, on: platform.clock)
            } catch is CancellationError {
                return
            } catch StoreError.closed {
                return
            } catch {
                platform.log.error("timers cannot be read", metadata: ["error": "\(error)"])
                guard (try? await RealTime.wait(.seconds(1))) != nil else { return }
            }
        }
    }

    /// Moves the clock forward to `moment`, firing what falls due on the way, each at its own due time.
    /// - Returns: how many timers ran.
    public func advance(to moment: Timestamp) async throws -> Int {
        var fired = 0
        while let next = try await first(), next.due <= moment {
            platform.clock.advance(to: next.due)
            fired += try await fireDue(upTo: next.due)
        }
        platform.clock.advance(to: moment)
        return fired
    }

    private func first() async throws -> TimerRecord? {
        try await platform.store.read { snapshot in
            var first: TimerRecord?
            try snapshot.records(TimerRecord.self, TimerRecord.all, limit: 1) { _, timer in
                first = timer
                return false
            }
            return first
        }
    }

    @discardableResult
    private func fireDue(upTo moment: Timestamp) async throws -> Int {
        await takeTurn()
        defer { endTurn() }
        var fired = 0
        while let timer = try await first(), timer.due <= moment {
            try Task.checkCancellation()
            try await fire(timer)
            fired += 1
        }
        return fired
    }

    private func takeTurn() async {
        if isRunning { await withCheckedContinuation { turns.append($0) } }
        isRunning = true
    }

    private func endTurn() {
        isRunning = false
        if !turns.isEmpty {
            isRunning = true
            turns.removeFirst().resume()
        }
    }

    private func fire(_ timer: TimerRecord) async throws {
        do {
            guard let handler = platform.operations[timer.service]?.timers[timer.name] else {
                throw GiveUp("no timer handler \(timer.service)/\(timer.name)")
            }
            try await handler(timer, platform)
        } catch let error as StoreError where error == .closed {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            platform.log.warning("timer failed", metadata: ["timer": "\(timer.service)/\(timer.id)", "error": "\(error)"])
            return try await putOff(timer)
        }
        try await platform.store.write { transaction in
            try transaction.delete(timer.key)
            if try transaction.timerDue(timer.service, id: timer.id) == timer.due {
                try transaction.delete(TimerRecord.byID(timer.service, timer.id))
            }
        }
    }

    private func putOff(_ timer: TimerRecord) async throws {
        var later = timer
        later.attempts += 1
        later.due = platform.clock.now() + Backoff.delay(attempt: later.attempts)
        let retry = later
        let platform = platform
        try await platform.store.write { transaction in
            // The handler may have set its timer anew before it failed; then that one stands.
            guard try transaction.timerDue(timer.service, id: timer.id) == timer.due else {
                return try transaction.delete(timer.key)
            }
            try transaction.schedule(retry, on: platform)
        }
    }
}

/// How long to wait before trying again.
public enum Backoff {
    /// 0.2 s doubling to a minute.
    public static func delay(attempt: Int) -> Duration {
        .milliseconds(min(60_000, 200 << min(max(attempt - 1, 0), 9)))
    }
}
