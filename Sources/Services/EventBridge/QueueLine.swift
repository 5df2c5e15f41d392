import Documents
import Kernel
import Store
import Synchronization

/// Events that wait for a queue, in the order they came: one line for each target that is a queue.
///
/// A queue takes ten messages in one call as easily as one, and one transaction takes a whole batch off the line; so a line
/// is emptied by one worker, instead of each event having its own entry in the outbox. An event whose first attempt fails
/// leaves the line for the outbox, where it is tried again by itself, within its target's retry policy.
///
/// Invariant: while a line has events, the outbox has an entry that empties it. Whoever puts an event into an empty line
/// makes that entry in the same transaction, and the worker ends only after it has seen the line empty.
enum QueueLine {
    enum Limit {
        /// Events that are taken off a line in one transaction.
        static let batch = 80
        /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
        static let entries = 10
        /// Bytes of the bodies of one call, well below the queue's own limit.
        static let bytes = 256 << 10
        /// The worker's entry outlives every event of its line.
        static let lifetime = Duration.seconds(10 * 365 * 86_400)
    }

    static func key(_ lane: String) -> Key { Key(.eventLine, .text(lane)) }

    static func key(_ delivery: Delivery) -> Key {
        key(delivery.lane).appending(.integer(delivery.created.microseconds), .text(delivery.id))
    }
}

/// Which lines are being emptied: one worker each.
final class LineWorkers: Sendable {
    /// Whether another was woken while the worker was busy.
    private let busy = Mutex<[String: Bool]>([:])

    /// - Returns: false where a worker is at it already; it looks again before it ends.
    func begin(_ lane: String) -> Bool {
        busy.withLock { busy in
            guard busy[lane] == nil else {
                busy[lane] = true
                return false
            }
            busy[lane] = false
            return true
        }
    }

    /// - Returns: whether the worker must look again; if not, it has ended.
    func goesOn(_ lane: String) -> Bool {
        busy.withLock { busy in
            if busy[lane] == true {
                busy[lane] = false
                return true
            }
            busy[lane] = nil
            return false
        }
    }

    func stop(_ lane: String) { busy.withLock { $0[lane] = nil } }
}

extension EventBridgeService {
    /// Empties a line.
    func runLine(_ delivery: Delivery, _ platform: Platform) async throws {
        guard lines.begin(delivery.lane) else { return }
        do {
            repeat { try await drain(delivery.lane, platform) } while lines.goesOn(delivery.lane)
        } catch {
            lines.stop(delivery.lane)
            throw error
        }
    }

    private func drain(_ lane: String, _ platform: Platform) async throws {
        while true {
            let batch = try await platform.store.read { snapshot in
                var batch: [(Key, LineEntry)] = []
                try snapshot.scan(QueueLine.key(lane), limit: QueueLine.Limit.batch) { key, value in
                    batch.append((key, try LineEntry(stored: value, lane: lane)))
                    return true
                }
                return batch
            }
            if batch.isEmpty { return }
            let verdicts = try await withThrowingTaskGroup(of: [(Waiting, Verdict)].self) { group in
                for call in try calls(batch) { group.addTask { try await post(call, platform) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            try await platform.store.write { transaction in
                for (waiting, verdict) in verdicts {
                    try transaction.delete(waiting.key)
                    switch verdict {
                    case .delivered, .lost: break
                    case .again(let due):
                        var later = waiting.delivery
                        (later.due, later.attempts) = (due, 1)
                        try transaction.enqueue(later, on: platform)
                    case .buried(let letter): try transaction.enqueue(letter, on: platform)
                    }
                }
            }
            for case (_, .lost(let reason)) in verdicts {
                platform.log.error("event given up", metadata: ["lane": "\(lane)", "reason": "\(reason)"])
            }
        }
    }

    /// An event of the line under way.
    private struct Waiting: Sendable {
        var key: Key
        var entry: LineEntry
        var dispatch: Dispatch

        var delivery: Delivery { entry.delivery(of: dispatch) }
    }

    /// Events that go in one call: to the same queue, by the same role.
    private struct QueueCall: Sendable {
        var events: [Waiting] = []
        var messages: [Members] = []
        var bytes = 0

        /// Whether another of `size` bytes goes along.
        func takes(_ target: Target, _ size: Int) -> Bool {
            guard let first = events.first?.dispatch.target else { return true }
            return first.Arn == target.Arn && first.RoleArn == target.RoleArn && messages.count < QueueLine.Limit.entries
                && bytes + size <= QueueLine.Limit.bytes
        }
    }

    private func calls(_ batch: [(Key, LineEntry)]) throws -> [QueueCall] {
        var calls: [QueueCall] = []
        var call = QueueCall()
        var known: (document: Document, target: Target)?
        for (key, entry) in batch {
            let target: Target
            if let known, known.document == entry.target {
                target = known.target
            } else {
                target = try DocumentDecoder().decode(Target.self, from: entry.target)
                known = (entry.target, target)
            }
            let dispatch = entry.dispatch(to: target)
            let message = try Self.message(of: dispatch)
            let size = message["MessageBody"]?.string?.utf8.count ?? 0
            if !call.takes(target, size) {
                calls.append(call)
                call = QueueCall()
            }
            call.events.append(Waiting(key: key, entry: entry, dispatch: dispatch))
            call.messages.append(message)
            call.bytes += size
        }
        return calls + [call]
    }

    /// Sends the events of one call, and gives what becomes of each.
    /// - Throws: what says nothing about the queue: that the platform ends, that the store fails.
    private func post(_ call: QueueCall, _ platform: Platform) async throws -> [(Waiting, Verdict)] {
        var errors = [AWSError?](repeating: nil, count: call.messages.count)
        do {
            try await send(call.messages, of: call.events[0].dispatch, &errors, platform)
        } catch let error as AWSError {
            errors = errors.map { _ in error }
        }
        return try zip(call.events, errors).map { event, error in
            guard let error else { return (event, .delivered) }
            return (event, try verdict(DeliveryFailure(error), on: event.dispatch, event.delivery, platform))
        }
    }

    private func send(
        _ messages: [Members], of dispatch: Dispatch, _ errors: inout [AWSError?], _ platform: Platform
    ) async throws {
        let caller = try await caller(dispatch, platform)
        guard messages.count > 1, let arn = ARN(dispatch.target.Arn) else {
            return try await sendMessage(.map(messages[0]), to: dispatch.target.Arn, as: caller, platform)
        }
        let entries = messages.enumerated().map { index, message in
            var entry = message
            entry["Id"] = .string("\(index)")
            return Document.map(entry)
        }
        let input: Document = [
            "QueueUrl": .string("\(platform.endpoint)/\(arn.account)/\(arn.resource)"), "Entries": .list(entries),
        ]
        let answer = try await platform.call(Call("sqs", "SendMessageBatch", input, caller: caller, region: arn.region))
        for failed in answer.output["Failed"]?.list ?? [] {
            guard let index = failed["Id"]?.string.flatMap({ Int($0) }), errors.indices.contains(index) else { continue }
            errors[index] = AWSError(
                failed["Code"]?.string ?? "InternalError", failed["SenderFault"]?.bool == true ? 400 : 500,
                failed["Message"]?.string ?? "")
        }
    }

    /// The message that a queue gets of an event.
    static func message(of dispatch: Dispatch) throws -> Members {
        let target = dispatch.target
        let isFifo = target.Arn.hasSuffix(".fifo")
        // Most targets get the event as it is, and nobody need look into it.
        let event: Document =
            isFifo || target.InputPath != nil || target.InputTransformer != nil
            ? try JSON.parse(dispatch.event, keepsNumerals: true) : .null
        var input: Members = ["MessageBody": .string(InputTransformation(dispatch).payload(event))]
        if let group = target.SqsParameters?.MessageGroupId { input["MessageGroupId"] = .string(group) }
        if isFifo, let id = event["id"] { input["MessageDeduplicationId"] = id }
        return input
    }
}
