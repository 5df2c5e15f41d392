import Documents
import DynamoDB
import EventBridge
import Foundation
import IAM
import Kernel
import Kinesis
import SNS
import SQS
import STS
import Scheduler
import Store
import TestSupport
import Testing

/// Someone who uses the platform and knows what it has promised.
protocol Participant: AnyObject {
    /// Makes what is used later. Nothing fails yet.
    func begin(_ world: World) async throws
    /// One thing by chance.
    func step(_ world: World) async throws
    /// Whether nothing is on its way that a window of time protects (deduplication, idempotency): only then may hours pass.
    var isSettled: Bool { get }
    /// What a client process would have lost.
    func restarted(_ world: World) async throws
    /// What it did, for who plays seeds of their own.
    var summary: String { get }
    /// Nothing fails any more: everything that was promised comes to pass.
    func finish(_ world: World) async throws
}

/// What a client knows after a call.
enum Answer: Sendable {
    case done(Document)
    case refused(AWSError)
    /// No answer, or one that does not say whether it was carried out.
    case unsure

    var output: Document? { if case .done(let output) = self { output } else { nil } }
}

/// A platform that crashes and is opened again on the same directory, on a clock that stands, steps and jumps.
final class World {
    private static let account = "000000000000"
    /// Store faults while the world runs.
    private static let refusedPerThousand = 12
    private static let refusedInStorm = 350

    let seed: UInt64
    var random: Seeded
    private(set) var tarn: TestPlatform
    private var store: FaultyStore
    private let base: String
    private var directory: String { "\(base)/\(crashes)" }
    private(set) var crashes = 0
    private var step = 0

    private init(seed: UInt64, directory: String) async throws {
        (self.seed, base, random) = (seed, directory, Seeded(seed))
        (tarn, store) = try await Self.open(directory, number: 0, seed: seed, at: TestPlatform.epoch)
    }

    /// Plays `participants` for `steps`, then lets everything come to rest and asks each whether it got what it was promised.
    static func play(seed: UInt64, steps: Int, _ participants: [any Participant]) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tarn-simulation-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let world = try await World(seed: seed, directory: directory)
        do {
            for participant in participants { try await participant.begin(world) }
            try await world.run(steps, participants)
            for participant in participants { try await participant.finish(world) }
            if Seeds.areChosen {
                print("seed \(seed): \(world.crashes) crashes; \(participants.map(\.summary).joined(separator: "; "))")
            }
        } catch {
            world.expect(false, "\(error)")
        }
        await world.tarn.close()
    }

    private static func open(
        _ base: String, number: Int, seed: UInt64, at now: Timestamp
    ) async throws -> (TestPlatform, FaultyStore) {
        let services: [any Service] = [
            SQSService(), SNSService(), EventBridgeService(), KinesisService(), DynamoDBService(),
            SchedulerService(), IAMService(), STSService(tokens: SessionTokens(key: [UInt8](repeating: 7, count: 32))),
        ]
        let (directory, next) = ("\(base)/\(number)", "\(base)/\(number + 1)")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        var faulty: FaultyStore?
        let tarn = try await TestPlatform.open(services, directory: directory, at: now) { store in
            let wrapped = FaultyStore(store, seed: seed) { try CrashImage.take(of: directory, to: next) }
            faulty = wrapped
            return wrapped
        }
        return (tarn, try #require(faulty))
    }

    // MARK: the course of things

    private func run(_ steps: Int, _ participants: [any Participant]) async throws {
        store.refuse(Self.refusedPerThousand)
        for number in 1...steps {
            step = number
            if store.isDead { try await restart(participants) }
            switch random.int(0...99) {
            case 0..<3: store.crash(in: random.int(1...15))
            case 3..<18: await move(.milliseconds(Int64(random.int(1...15_000))))
            case 18..<20: try await jump(participants)
            case 20..<24: try await storm(participants)
            default: try await random.pick(participants)?.step(self)
            }
        }
        if store.isDead { try await restart(participants) }
        store.refuse(0)
        store.crash(in: nil)
        try await settle()
    }

    private func restart(_ participants: [any Participant]) async throws {
        try await store.crashed()
        var now = tarn.platform.clock.now()
        await tarn.close()
        try FileManager.default.removeItem(atPath: directory)
        crashes += 1
        if random.coin() { now = now + .seconds(Int64(random.int(1...100))) }
        (tarn, store) = try await Self.open(base, number: crashes, seed: random.next(), at: now)
        for participant in participants { try await participant.restarted(self) }
        store.refuse(Self.refusedPerThousand)
    }

    /// Moves the clock; what falls due on the way may fail, and is tried again later.
    func move(_ duration: Duration) async { try? await tarn.advance(duration) }

    /// A while in which every third write fails: what is under way meets failure on failure, and goes on afterwards.
    private func storm(_ participants: [any Participant]) async throws {
        store.refuse(Self.refusedInStorm)
        for _ in 0..<random.int(1...3) {
            try await random.pick(participants)?.step(self)
            await move(.milliseconds(Int64(random.int(1...20_000))))
        }
        store.refuse(Self.refusedPerThousand)
    }

    /// Up to two hours at once, as soon as nothing depends on less.
    private func jump(_ participants: [any Participant]) async throws {
        guard participants.allSatisfy(\.isSettled), !store.isDead else { return }
        store.refuse(0)
        try await settle()
        if !store.isDead { await move(.seconds(Int64(random.int(60...7_200)))) }
        store.refuse(Self.refusedPerThousand)
    }

    /// Until the outbox is empty: what waits for its next attempt gets its time.
    func settle() async throws {
        let until = RealTime.reading() + .seconds(30)
        while !store.isDead {
            let (count, next) = try await tarn.platform.store.read { snapshot in
                var (count, next) = (0, Timestamp(microseconds: .max))
                try snapshot.records(Delivery.self, Key(.delivery)) { _, delivery in
                    (count, next) = (count + 1, min(next, delivery.due))
                    return true
                }
                return (count, next)
            }
            if count == 0 { return }
            guard RealTime.reading() < until else { return expect(false, "\(count) deliveries never end") }
            if next > now { await move(next - now) } else { try await RealTime.wait(.milliseconds(1)) }
        }
    }

    // MARK: for participants

    var now: Timestamp { tarn.platform.clock.now() }

    func call(_ service: String, _ operation: String, _ input: Document) async -> Answer {
        await Self.call(tarn, store, service, operation, input)
    }

    private static func call(
        _ tarn: TestPlatform, _ store: FaultyStore, _ service: String, _ operation: String, _ input: Document
    ) async -> Answer {
        do {
            let output = try await tarn.call(service, operation, input)
            // An answer that comes after the crash reaches nobody.
            return store.isDead ? .unsure : .done(output)
        } catch let error as AWSError {
            return error.status >= 500 || store.isDead ? .unsure : .refused(error)
        } catch {
            return .unsure
        }
    }

    /// Calls that go out together; their answers in the order of the inputs.
    func together(_ service: String, _ operation: String, _ inputs: [Document]) async -> [Answer] {
        let (tarn, store) = (tarn, store)
        return await withTaskGroup(of: (Int, Answer).self) { group in
            for (index, input) in inputs.enumerated() {
                group.addTask { (index, await Self.call(tarn, store, service, operation, input)) }
            }
            var answers = [Answer](repeating: .unsure, count: inputs.count)
            for await (index, answer) in group { answers[index] = answer }
            return answers
        }
    }

    /// A call that must be carried out: nothing fails at the beginning and at the end.
    @discardableResult
    func must(_ service: String, _ operation: String, _ input: Document) async throws -> Document {
        try await tarn.call(service, operation, input)
    }

    /// A queue that other services may send to, and its ARN.
    func queue(_ name: String, _ attributes: Members = [:]) async throws -> (url: String, arn: String) {
        let arn = "arn:aws:sqs:us-east-1:\(Self.account):\(name)"
        let policy = """
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "\(arn)",
            "Principal": {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}}]}
            """
        var all = attributes
        all["Policy"] = .string(policy)
        if name.hasSuffix(".fifo") { all["FifoQueue"] = "true" }
        let made = try await must("sqs", "CreateQueue", ["QueueName": .string(name), "Attributes": .map(all)])
        return (try #require(made["QueueUrl"]?.string), arn)
    }

    func expect(_ holds: Bool, _ text: @autoclosure () -> String) {
        guard !holds else { return }
        Issue.record(
            "step \(step), after \(crashes) crashes: \(text()) (again: TARN_SEED=\(seed) swift test --filter SimulationTests)")
    }
}
