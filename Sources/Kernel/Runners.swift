import Synchronization

/// Holds the runners, which need the platform that holds them.
final class Runners: Sendable {
    private let pair = Mutex<(timers: TimerRunner, outbox: OutboxRunner)?>(nil)

    func connect(to platform: Platform) {
        pair.withLock { $0 = (TimerRunner(platform: platform), OutboxRunner(platform: platform)) }
    }

    var timers: TimerRunner { connected.timers }
    var outbox: OutboxRunner { connected.outbox }

    private var connected: (timers: TimerRunner, outbox: OutboxRunner) {
        guard let pair = pair.withLock({ $0 }) else { preconditionFailure("Platform.init connects the runners") }
        return pair
    }
}
