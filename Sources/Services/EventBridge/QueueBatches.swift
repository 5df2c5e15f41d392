import Documents
import Kernel
import Synchronization

/// Joins events that are on their way to one queue at the same time into one call: SendMessageBatch costs little more than
/// SendMessage. Nobody waits for company: an event that finds nobody sending goes at once, and what comes meanwhile goes
/// together when that call has ended. So each event keeps an outcome of its own, and its own delivery in the outbox.
final class QueueBatches: Sendable {
    enum Limit {
        /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
        static let entries = 10
        /// Bytes of the bodies of one call, well below the queue's own limit.
        static let bytes = 256 << 10
    }
    /// Calls that may be joined: same queue, same caller.
    struct Route: Hashable, Sendable {
        var queue: String
        var rule: String
        var role: String?
    }
    private struct Entry: Sendable {
        var message: Members
        var size: Int
        var turn: CheckedContinuation<Turn, Never>?
    }
    private enum Turn: Sendable {
        case ended((any Error)?)
        /// The call before has ended; this event takes those along, itself the first.
        case lead([Entry])
    }

    /// Who waits behind the call under way; no entry where none is.
    private let waiting = Mutex<[Route: [Entry]]>([:])

    /// How many wait behind the call under way.
    func waitingCount(_ route: Route) -> Int { waiting.withLock { $0[route]?.count ?? 0 } }

    /// Returns when the message is in the queue.
    /// - Parameter post: sends some messages; gives for each the error that it alone met, and throws what all have met.
    func send(
        _ message: Members, on route: Route, _ post: @Sendable ([Members]) async throws -> [AWSError?]
    ) async throws {
        let size = message["MessageBody"]?.string?.utf8.count ?? 0
        let isFree = waiting.withLock { waiting in
            if waiting[route] != nil { return false }
            waiting[route] = []
            return true
        }
        if isFree { return try await lead([Entry(message: message, size: size)], on: route, post) }
        let turn = await withCheckedContinuation { continuation in
            let entry = Entry(message: message, size: size, turn: continuation)
            let isBehind = waiting.withLock { waiting in
                guard waiting[route] != nil else {
                    waiting[route] = []
                    return false
                }
                waiting[route]?.append(entry)
                return true
            }
            // The call ended just now.
            if !isBehind { continuation.resume(returning: .lead([Entry(message: message, size: size)])) }
        }
        switch turn {
        case .ended(let error): if let error { throw error }
        case .lead(let batch): try await lead(batch, on: route, post)
        }
    }

    /// Sends `batch`, the first of which is the caller's own, tells the others, and lets the next go.
    private func lead(
        _ batch: [Entry], on route: Route, _ post: @Sendable ([Members]) async throws -> [AWSError?]
    ) async throws {
        let errors: [(any Error)?]
        do { errors = try await post(batch.map(\.message)) } catch { errors = batch.map { _ in error } }
        for (entry, error) in zip(batch, errors).dropFirst() { entry.turn?.resume(returning: .ended(error)) }
        let next = waiting.withLock { waiting -> [Entry] in
            guard var line = waiting[route], !line.isEmpty else {
                waiting[route] = nil
                return []
            }
            var (count, bytes) = (0, 0)
            while count < min(line.count, Limit.entries), count == 0 || bytes + line[count].size <= Limit.bytes {
                bytes += line[count].size
                count += 1
            }
            let next = Array(line[..<count])
            line.removeFirst(count)
            waiting[route] = line
            return next
        }
        next.first?.turn?.resume(returning: .lead(next))
        if let error = errors[0] { throw error }
    }
}

extension EventBridgeService {
    /// Brings an event to a queue, with others that are on the same way.
    func send(_ message: Members, of dispatch: Dispatch, as caller: Caller, _ platform: Platform) async throws {
        let target = dispatch.target
        guard let arn = ARN(target.Arn) else { throw EventsFault.resourceNotFound(target.Arn).wire }
        let route = QueueBatches.Route(queue: target.Arn, rule: dispatch.ruleARN, role: target.RoleArn)
        try await batches.send(message, on: route) { messages in
            if messages.count == 1 {
                try await sendMessage(.map(messages[0]), to: target.Arn, as: caller, platform)
                return [nil]
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
            var errors = [AWSError?](repeating: nil, count: messages.count)
            for failed in answer.output["Failed"]?.list ?? [] {
                guard let index = failed["Id"]?.string.flatMap({ Int($0) }), errors.indices.contains(index) else { continue }
                errors[index] = AWSError(
                    failed["Code"]?.string ?? "InternalError", failed["SenderFault"]?.bool == true ? 400 : 500,
                    failed["Message"]?.string ?? "")
            }
            return errors
        }
    }
}
