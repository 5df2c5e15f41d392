import Testing

/// Random producers, consumers, crashes, store faults and clock jumps. A failure names its seed; TARN_SEED plays one again
/// (`TARN_SEED=7`), or many (`TARN_SEED=1-500`). The clock, the crashes and what everyone does follow the seed; how tasks
/// that run at once interleave does not, so a rare failure may want several runs.
struct SimulationTests {
    @Test(arguments: Seeds.played) func queues(_ seed: UInt64) async throws {
        try await World.play(seed: seed, steps: 300, [StandardQueue(), FifoQueue("straight", behindTopic: false)])
    }

    @Test(arguments: Seeds.played) func deliveries(_ seed: UInt64) async throws {
        try await World.play(
            seed: seed, steps: 260, [Fanout(.bus), Fanout(.topic), FifoQueue("published", behindTopic: true), Alarms()])
    }

    @Test(arguments: Seeds.played) func streamsAndTables(_ seed: UInt64) async throws {
        try await World.play(seed: seed, steps: 200, [StreamReader(), Bank()])
    }
}
