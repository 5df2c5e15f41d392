import Documents
import Kernel
import TestSupport
import Testing

@testable import SQS

/// A generator that gives the same numbers for the same seed (SplitMix64).
private struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Random producers and consumers on a clock that jumps.
@Suite struct SimulationTests {
    private struct Held {
        var message: Document
        var until: Timestamp
        var group: String
        var number: Int
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64], [false, true])
    func nothingIsLostEarlyOrOutOfOrder(_ seed: UInt64, _ isFifo: Bool) async throws {
        try await TestPlatform.with([SQSService(rootKey: rootKey)]) { tarn in
            var random = Seeded(state: seed)
            let queue =
                isFifo ? try await TestQueue.fifo(tarn, "q.fifo") : try await TestQueue.make(tarn, "q")
            var sent: [String: Int] = [:]
            var deleted: [String: Set<Int>] = [:]
            var lastSeen: [String: Int] = [:]
            var held: [Held] = []
            var notBefore: [String: Timestamp] = [:]

            func clock() -> Timestamp { tarn.platform.clock.now() }

            func take(_ max: Int64, _ visibility: Int64) async throws {
                let messages = try await queue.receive(max, ["VisibilityTimeout": .integer(visibility)])
                for message in messages {
                    let body = try #require(message["Body"]?.string)
                    let parts = body.split(separator: " ")
                    let (group, number) = (String(parts[0]), try #require(Int(parts[1])))
                    #expect(deleted[group]?.contains(number) != true, "\(body) was deleted")
                    #expect(clock() >= notBefore[body] ?? TestPlatform.epoch, "\(body) came too early")
                    if isFifo {
                        // Everything before it in its group is deleted, or comes with it.
                        let before = lastSeen[group] ?? 0
                        let gone = deleted[group] ?? []
                        let open = (1..<max_(number, 1)).filter { !gone.contains($0) }
                        let together = messages.compactMap { $0["Body"]?.string }
                        for earlier in open { #expect(together.contains("\(group) \(earlier)"), "\(body) overtook \(earlier)") }
                        lastSeen[group] = max_(before, number)
                    }
                    held.removeAll { $0.group == group && $0.number == number }
                    held.append(Held(message: message, until: clock() + .seconds(visibility), group: group, number: number))
                    notBefore[body] = clock() + .seconds(visibility)
                }
            }
            func max_(_ left: Int, _ right: Int) -> Int { left > right ? left : right }

            for _ in 0..<400 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<4:
                    let group = ["a", "b", "c"][Int.random(in: 0..<3, using: &random)]
                    let number = sent[group, default: 0] + 1
                    sent[group] = number
                    var more: Members = [:]
                    if isFifo {
                        more = ["MessageGroupId": .string(group), "MessageDeduplicationId": .string("\(group)\(number)")]
                        // A sender that did not hear the answer sends again.
                        if Bool.random(using: &random) { try await queue.send("\(group) \(number)", more) }
                    } else if Int.random(in: 0..<4, using: &random) == 0 {
                        let delay = Int64.random(in: 1...20, using: &random)
                        more = ["DelaySeconds": .integer(delay)]
                        notBefore["\(group) \(number)"] = clock() + .seconds(delay)
                    } else if Bool.random(using: &random) {
                        more = ["MessageGroupId": .string(group)]
                    }
                    try await queue.send("\(group) \(number)", more)
                case 4..<7:
                    try await take(Int64.random(in: 1...10, using: &random), Int64.random(in: 1...30, using: &random))
                case 7:
                    guard let index = held.indices.randomElement(using: &random) else { continue }
                    let one = held.remove(at: index)
                    let isLate = one.until <= clock()
                    if isFifo, isLate { continue }
                    try await queue.delete(one.message)
                    deleted[one.group, default: []].insert(one.number)
                case 8:
                    guard let index = held.indices.randomElement(using: &random), held[index].until > clock() else { continue }
                    let seconds = Int64.random(in: 0...20, using: &random)
                    try await queue.call(
                        "ChangeMessageVisibility",
                        ["ReceiptHandle": held[index].message["ReceiptHandle"] ?? .null, "VisibilityTimeout": .integer(seconds)])
                    held[index].until = clock() + .seconds(seconds)
                    notBefore["\(held[index].group) \(held[index].number)"] = held[index].until
                default:
                    try await tarn.advance(.milliseconds(Int64.random(in: 1...15_000, using: &random)))
                }
            }
            // Whatever was sent and not deleted still comes.
            try await tarn.advance(.seconds(60))
            var rounds = 0
            while sent.contains(where: { deleted[$0.key]?.count ?? 0 < $0.value }), rounds < 300 {
                rounds += 1
                held = []
                try await take(10, 30)
                for one in held {
                    try await queue.delete(one.message)
                    deleted[one.group, default: []].insert(one.number)
                }
            }
            for (group, count) in sent { #expect(deleted[group]?.count == count) }
            #expect(try await queue.counts() == ["0", "0", "0"])
        }
    }
}
