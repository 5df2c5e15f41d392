import Documents
import Kernel
import Store
import Synchronization

/// A service of the tests' own: remembers what ran, fails as often as it is told to.
final class Probe: Service {
    static let id = "probe"

    struct State {
        var fired: [String] = []
        var delivered: [String] = []
        var failuresLeft = 0
        var policy: String?
    }
    let state = Mutex(State())

    struct Failure: Error {}

    private func failIfTold() throws {
        let fails = state.withLock { state in
            defer { state.failuresLeft = max(0, state.failuresLeft - 1) }
            return state.failuresLeft > 0
        }
        if fails { throw Failure() }
    }

    func register(in operations: inout Operations) {
        operations.on("Read") { (_: Nothing, _) in Nothing() }
        operations.on("DescribeThing") { (_: Nothing, _) in Nothing() }
        operations.on("DeleteThing") { (_: Nothing, _) in Nothing() }
        operations.on("Unmapped") { (_: Nothing, _) in Nothing() }
        operations.on("Break") { (_: Nothing, _) -> Nothing in throw Failure() }
        operations.timer("ring") { timer, _ in
            try self.failIfTold()
            self.state.withLock { $0.fired.append(timer.id) }
        }
        operations.delivery("send") { delivery, _ in
            try self.failIfTold()
            self.state.withLock { $0.delivered.append(delivery.id) }
        }
        operations.delivery("never") { _, _ in throw GiveUp("no such place") }
    }

    static let thing = "arn:aws:probe:us-east-1:000000000000:thing/one"

    var actions: ActionMap {
        ["Read": { _, _ in [Permission("probe:Read", on: Probe.thing)] }, "Break": { _, _ in [] }]
    }

    func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        ResourceFacts(account: "000000000000", policy: state.withLock { $0.policy })
    }
}
