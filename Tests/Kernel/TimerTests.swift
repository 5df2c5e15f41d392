import Documents
import Kernel
import Store
import TestSupport
import Testing

@Suite("Durable timers")
struct TimerTests {
    private func schedule(_ id: String, after delay: Duration, on tarn: TestPlatform) async throws {
        let platform = tarn.platform
        let timer = TimerRecord(id: id, service: "probe", name: "ring", due: platform.clock.now() + delay)
        try await platform.store.write { try $0.schedule(timer, on: platform) }
    }

    @Test("fire in the order of their due times when the clock moves across them")
    func order() async throws {
        let probe = Probe()
        try await TestPlatform.with([probe]) { tarn in
            try await schedule("late", after: .seconds(300), on: tarn)
            try await schedule("early", after: .seconds(10), on: tarn)
            try await schedule("later", after: .seconds(301), on: tarn)
            try await tarn.advance(.seconds(300))
            #expect(probe.state.withLock { $0.fired } == ["early", "late"])
            #expect(tarn.platform.clock.now() == TestPlatform.epoch + .seconds(300))
        }
    }

    @Test("are replaced by scheduling the same id again, and can be cancelled")
    func replaceAndCancel() async throws {
        let probe = Probe()
        try await TestPlatform.with([probe]) { tarn in
            try await schedule("one", after: .seconds(10), on: tarn)
            try await schedule("one", after: .seconds(100), on: tarn)
            try await schedule("two", after: .seconds(20), on: tarn)
            try await tarn.platform.store.write { try $0.cancelTimer("probe", id: "two") }
            try await tarn.advance(.seconds(50))
            #expect(probe.state.withLock { $0.fired } == [])
            try await tarn.advance(.seconds(50))
            #expect(probe.state.withLock { $0.fired } == ["one"])
        }
    }

    @Test("are tried again after a failure")
    func retry() async throws {
        let probe = Probe()
        probe.state.withLock { $0.failuresLeft = 2 }
        try await TestPlatform.with([probe]) { tarn in
            try await schedule("one", after: .seconds(1), on: tarn)
            try await tarn.advance(.seconds(60))
            #expect(probe.state.withLock { $0.fired } == ["one"])
        }
    }

    @Test("survive the process")
    func survive() async throws {
        let probe = Probe()
        try await TestPlatform.with([]) { tarn in
            try await schedule("one", after: .seconds(5), on: tarn)
            await tarn.close()
            let again = try await TestPlatform.open([probe], directory: tarn.directory)
            try await again.advance(.seconds(5))
            #expect(probe.state.withLock { $0.fired } == ["one"])
            await again.close()
        }
    }
}
