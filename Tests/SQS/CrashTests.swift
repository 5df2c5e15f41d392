import Documents
import Foundation
import Kernel
import TestSupport
import Testing

@testable import SQS

/// SplitMix64.
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

/// A FIFO queue whose store goes away in the midst of calls and is opened again, on a clock that jumps. Whoever did not
/// hear an answer tries again, as clients do.
struct CrashTests {
    private static let groups = ["a", "b", "c"]

    @Test(arguments: [11, 12, 13, 14] as [UInt64]) func fifoKeepsItsPromisesOverCrashes(seed: UInt64) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tarn-fifo-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var random = Seeded(state: seed)
        var now = TestPlatform.epoch
        var sent: [String: Int] = [:]
        /// Deletions that were acknowledged: they never come again.
        var deleted: [String: Int] = [:]
        var hiddenUntil: [String: Timestamp] = [:]
        /// Deletions without an answer.
        var unsure: Set<String> = []

        for round in 0..<5 {
            let tarn = try await TestPlatform.open([SQSService(rootKey: rootKey)], directory: directory)
            tarn.platform.clock.advance(to: now)
            let queue = try await TestQueue.fifo(tarn, "q.fifo")
            let crash = Int.random(in: 30..<90, using: &random)
            for step in 0..<100 {
                // At the crash, the store closes while the call is at work.
                let closing = step == crash ? Task { await tarn.platform.store.close() } : nil
                do {
                    try await act(queue, &random, &sent, &deleted, &hiddenUntil, &unsure)
                } catch is AWSError {
                    #expect(closing != nil, "a call failed without a crash")
                }
                await closing?.value
                if closing != nil { break }
            }
            now = tarn.platform.clock.now()
            await tarn.close()
            if round % 2 == 1 { now = now + .seconds(Int64.random(in: 1...200, using: &random)) }
        }

        let tarn = try await TestPlatform.open([SQSService(rootKey: rootKey)], directory: directory)
        tarn.platform.clock.advance(to: now + .seconds(60))
        let queue = try await TestQueue.fifo(tarn, "q.fifo")
        var rounds = 0
        while try await queue.counts() != ["0", "0", "0"], rounds < 300 {
            rounds += 1
            for message in try await queue.receive(10) {
                let (group, number) = try parts(message)
                #expect(follows(number, deleted, group, unsure), "\(group) \(number) after \(deleted[group] ?? 0)")
                try await queue.delete(message)
                deleted[group] = number
            }
        }
        // A send or a deletion without an answer may have been carried out.
        for group in Self.groups {
            let (last, wanted) = (deleted[group] ?? 0, sent[group] ?? 0)
            #expect(last == wanted || last == wanted + 1 || unsure.contains("\(group) \(last + 1)") && last + 1 == wanted)
        }
        await tarn.close()
    }

    /// Whether `number` is the next of its group, or the one after it where it is unsure that the next is still there.
    private func follows(_ number: Int, _ done: [String: Int], _ group: String, _ unsure: Set<String>) -> Bool {
        let next = (done[group] ?? 0) + 1
        return number == next || number == next + 1 && unsure.contains("\(group) \(next)")
    }

    private func parts(_ message: Document) throws -> (String, Int) {
        let words = try #require(message["Body"]?.string).split(separator: " ")
        return (String(words[0]), try #require(Int(words[1])))
    }

    private func act(
        _ queue: TestQueue, _ random: inout Seeded, _ sent: inout [String: Int], _ deleted: inout [String: Int],
        _ hiddenUntil: inout [String: Timestamp], _ unsure: inout Set<String>
    ) async throws {
        let clock = queue.tarn.platform.clock
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<4:
            let group = try #require(Self.groups.randomElement(using: &random))
            let number = (sent[group] ?? 0) + 1
            // Without an answer the next attempt sends the same message under the same deduplication id.
            try await queue.send(
                "\(group) \(number)",
                ["MessageGroupId": .string(group), "MessageDeduplicationId": .string("\(group)\(number)")])
            sent[group] = number
        case 4..<8:
            let visibility = Int64.random(in: 1...30, using: &random)
            let messages: [Document]
            do {
                messages = try await queue.receive(
                    Int64.random(in: 1...10, using: &random), ["VisibilityTimeout": .integer(visibility)])
            } catch {
                // What came along is unknown, so nobody knows what is hidden.
                hiddenUntil = [:]
                throw error
            }
            var next = deleted
            for message in messages {
                let (group, number) = try parts(message)
                #expect(follows(number, next, group, unsure), "\(group) \(number) came after \(next[group] ?? 0)")
                next[group] = number
                #expect(clock.now() >= hiddenUntil["\(group) \(number)"] ?? TestPlatform.epoch, "\(group) \(number) came early")
                hiddenUntil["\(group) \(number)"] = clock.now() + .seconds(visibility)
            }
            for message in messages where Bool.random(using: &random) {
                let (group, number) = try parts(message)
                // In order: a consumer that skips one does not go on in its group.
                guard follows(number, deleted, group, unsure) else { continue }
                do { try await queue.delete(message) } catch {
                    // It may be gone or not.
                    unsure.insert("\(group) \(number)")
                    throw error
                }
                deleted[group] = number
            }
        default:
            try await queue.tarn.advance(.milliseconds(Int64.random(in: 1...15_000, using: &random)))
        }
    }
}
