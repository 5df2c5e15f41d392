import Kernel
import Synchronization
import Testing

@Suite struct GlobTests {
    @Test(arguments: [
        ("", "", true), ("", "a", false), ("*", "", true), ("a*", "a", true), ("a*c", "abbc", true), ("a*c", "abcd", false),
        ("*b*d", "abcbd", true), ("a**", "ab", true), ("a?c", "abc", true), ("a?", "a", false), ("*?", "é", true),
        ("*a*a*a*a*b", String(repeating: "a", count: 2_000), false),
    ])
    func globs(_ pattern: String, _ text: String, _ expected: Bool) {
        #expect(Glob.matches(Array(pattern), Array(text), any: "*", one: "?") == expected)
        #expect(Glob.matches(Array("?"), Array("a"), any: "*") == false)
    }
}

@Suite struct SuccessionTests {
    private struct Broken: Error {}
    private final class Seen: Sendable {
        let numbers = Mutex<[Int]>([])
        func add(_ number: Int) { numbers.withLock { $0.append(number) } }
    }

    /// Each piece begins when the one before has ended, even badly.
    @Test func oneBehindTheOther() async throws {
        let succession = Succession()
        let seen = Seen()
        let (gate, open) = AsyncStream<Void>.makeStream()
        let (begun, begins) = AsyncStream<Void>.makeStream()
        let first = Task {
            try await succession.run {
                begins.yield()
                for await _ in gate { break }
                seen.add(1)
                throw Broken()
            }
        }
        for await _ in begun { break }
        let second = Task { try await succession.run { seen.add(2) } }
        open.yield()
        await #expect(throws: Broken.self) { try await first.value }
        try await second.value
        #expect(seen.numbers.withLock { $0 } == [1, 2])
    }
}
