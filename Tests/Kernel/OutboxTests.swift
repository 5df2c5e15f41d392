import Documents
import Kernel
import Store
import TestSupport
import Testing

@Suite("Outbox")
struct OutboxTests {
    private func enqueue(_ id: String, _ name: String = "send", on tarn: TestPlatform) async throws {
        let platform = tarn.platform
        let now = platform.clock.now()
        let delivery = Delivery(
            id: id, lane: "lane", service: "probe", name: name, payload: .null, created: now, expires: now + .seconds(3_600))
        try await platform.store.write { try $0.enqueue(delivery, on: platform) }
    }

    @Test("delivers what a committed change has promised, and forgets it then")
    func delivers() async throws {
        let probe = Probe()
        try await TestPlatform.with([probe]) { tarn in
            for number in 0..<40 { try await enqueue("d\(number)", on: tarn) }
            try await tarn.untilDelivered()
            #expect(Set(probe.state.withLock { $0.delivered }) == Set((0..<40).map { "d\($0)" }))
        }
    }

    @Test("delivers nothing of a change that failed")
    func rollsBack() async throws {
        let probe = Probe()
        try await TestPlatform.with([probe]) { tarn in
            let platform = tarn.platform
            let now = platform.clock.now()
            await #expect(throws: Probe.Failure.self) {
                try await platform.store.write { transaction in
                    try transaction.enqueue(
                        Delivery(
                            id: "x", lane: "lane", service: "probe", name: "send", payload: .null, created: now,
                            expires: now + .seconds(60)), on: platform)
                    throw Probe.Failure()
                }
            }
            try await enqueue("y", on: tarn)
            try await tarn.untilDelivered()
            #expect(probe.state.withLock { $0.delivered } == ["y"])
        }
    }

    @Test("tries again with back-off on the platform's clock")
    func retries() async throws {
        let probe = Probe()
        probe.state.withLock { $0.failuresLeft = 1 }
        try await TestPlatform.with([probe]) { tarn in
            try await enqueue("one", on: tarn)
            try await eventually("one failure") { probe.state.withLock { $0.failuresLeft } == 0 }
            #expect(probe.state.withLock { $0.delivered } == [])
            try await eventually("a delivery") {
                try await tarn.advance(.seconds(1))
                return probe.state.withLock { $0.delivered } == ["one"]
            }
            try await tarn.untilDelivered()
        }
    }

    @Test("gives up what can't succeed")
    func givesUp() async throws {
        try await TestPlatform.with([Probe()]) { tarn in
            try await enqueue("one", "never", on: tarn)
            try await tarn.untilDelivered()
        }
    }

    @Test("takes up after a restart what the last process left")
    func survives() async throws {
        let probe = Probe()
        try await TestPlatform.with([]) { tarn in
            let platform = tarn.platform
            let now = platform.clock.now()
            // Put without waking anybody, as if the process had ended right after the commit.
            try await platform.store.write { transaction in
                let delivery = Delivery(
                    id: "one", lane: "lane", service: "probe", name: "send", payload: .null, created: now,
                    expires: now + .seconds(60))
                try transaction.put(
                    Key(.delivery, .text("lane"), .integer(now.microseconds), .text("one")), delivery)
            }
            await tarn.close()
            let again = try await TestPlatform.open([probe], directory: tarn.directory)
            try await again.untilDelivered()
            #expect(probe.state.withLock { $0.delivered } == ["one"])
            await again.close()
        }
    }
}
