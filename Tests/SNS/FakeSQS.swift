import Documents
import Kernel
import Synchronization
import TestSupport
import Testing

/// Takes messages down; refuses as it is told.
final class FakeSQS: Service {
    static let id = "sqs"
    struct Taken: Sendable, Hashable {
        var queue: String
        var body: String
    }
    struct Input: Codable, Sendable {
        var QueueUrl: String
        var MessageBody: String
    }
    let taken = Mutex<[Taken]>([])
    /// The answers of the next calls, nil for a success.
    let answers = Mutex<[AWSError?]>([])

    func register(in operations: inout Operations) {
        operations.on("SendMessage") { (input: Input, _) -> Nothing in
            let answer = self.answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            if let answer { throw answer }
            let name = input.QueueUrl.split(separator: "/").last.map(String.init) ?? ""
            self.taken.withLock { $0.append(Taken(queue: name, body: input.MessageBody)) }
            return Nothing()
        }
    }
    var actions: ActionMap { ["SendMessage": { _, _ in [] }] }

    /// Waits until so many messages have come.
    func wait(for count: Int) async throws -> [Taken] {
        try await eventually("\(count) messages") { taken.withLock { $0.count } >= count }
        return taken.withLock { $0 }
    }
}
