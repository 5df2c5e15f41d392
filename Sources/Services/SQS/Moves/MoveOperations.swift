import Documents
import Kernel
import Store

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
extension SQSService {
    func startMove(_ input: Document, _ context: Context) async throws -> Document {
        let source = try moveQueue(input, "SourceArn", context)
        let target = input["DestinationArn"] == nil ? nil : try moveQueue(input, "DestinationArn", context)
        guard target != source else {
            throw SQSFault.invalid("Source queue arn and destination queue arn cannot be the same.")
        }
        let rate = input["MaxNumberOfMessagesPerSecond"]?.integer
        if let rate, !(1...SQSLimit.movedPerSecond).contains(rate) {
            throw SQSFault.invalidValue(
                String(rate), parameter: "MaxNumberOfMessagesPerSecond",
                reason: "MaxNumberOfMessagesPerSecond must be between 1 and \(SQSLimit.movedPerSecond).")
        }
        let sources = try await sources(of: source, context)
        let platform = context.platform
        let task = try await platform.store.write { transaction in
            guard let queue = try queues.find(source, in: transaction) else { throw Self.absent("SourceArn") }
            if sources.isEmpty { throw SQSFault.invalid("Source queue must be configured as a Dead Letter Queue.") }
            if let target {
                guard let found = try queues.find(target, in: transaction) else { throw Self.absent("DestinationArn") }
                guard found.isFifo == queue.isFifo else {
                    throw SQSFault.unsupported("The source and the destination must be queues of the same type.")
                }
            }
            try transaction.records(MoveTask.self, MoveTask.prefix(source), limit: Int(SQSLimit.moveTasksListed)) { _, task in
                guard task.status != .running else {
                    throw SQSFault.unsupported(
                        "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
                    )
                }
                return true
            }
            let now = platform.clock.now()
            let task = MoveTask(
                id: Identifier.uuid(), source: source.arn, destination: target?.arn, perSecond: rate, status: .running, moved: 0,
                toMove: try Tally(queue.store, in: transaction).total, started: now)
            try transaction.put(MoveTask.key(source, now, task.id), task)
            try transaction.enqueue(
                Delivery(
                    id: task.id, lane: "sqs-move-\(source.arn)", service: Self.id, name: "move",
                    payload: ["handle": .string(task.handle)], created: now, expires: now + .seconds(86_400 * 36)), on: platform)
            return task
        }
        return ["TaskHandle": .string(task.handle)]
    }

    func cancelMove(_ input: Document, _ context: Context) async throws -> Document {
        let handle = input["TaskHandle"]?.string
        try own(try MoveTask.source(ofHandle: handle), context)
        let key = try MoveTask.key(ofHandle: handle)
        let moved = try await context.store.write { transaction in
            guard var task = try transaction.record(MoveTask.self, key) else {
                throw SQSFault.resourceNotFound("The resource that you specified for the TaskHandle parameter doesn't exist.")
            }
            guard task.status == .running else {
                throw SQSFault.unsupported("Only active tasks can be cancelled.")
            }
            task.status = .cancelled
            try transaction.put(key, task)
            return task.moved
        }
        return ["ApproximateNumberOfMessagesMoved": .integer(moved)]
    }

    func listMoves(_ input: Document, _ context: Context) async throws -> Document {
        let source = try moveQueue(input, "SourceArn", context)
        let max = input["MaxResults"]?.integer ?? 1
        guard (1...SQSLimit.moveTasksListed).contains(max) else {
            throw SQSFault.invalidValue(String(max), parameter: "MaxResults", reason: "MaxResults must be between 1 and 10.")
        }
        let tasks = try await context.store.read { snapshot in
            guard try queues.find(source, in: snapshot) != nil else { throw Self.absent("SourceArn") }
            return try snapshot.all(MoveTask.self, MoveTask.prefix(source), limit: Int(max))
        }
        return ["Results": .list(tasks.map(Self.shown))]
    }

    private static func shown(_ task: MoveTask) -> Document {
        var entry: Members = [
            "Status": .string(task.status.rawValue), "SourceArn": .string(task.source),
            "ApproximateNumberOfMessagesMoved": .integer(task.moved), "ApproximateNumberOfMessagesToMove": .integer(task.toMove),
            "StartedTimestamp": .integer(task.started.milliseconds),
        ]
        if task.status == .running { entry["TaskHandle"] = .string(task.handle) }
        if let arn = task.destination { entry["DestinationArn"] = .string(arn) }
        if let rate = task.perSecond { entry["MaxNumberOfMessagesPerSecond"] = .integer(rate) }
        if let reason = task.failure { entry["FailureReason"] = .string(reason) }
        return .map(entry)
    }

    static func absent(_ parameter: String) -> SQSFault {
        .resourceNotFound("The resource that you specified for the \(parameter) parameter doesn't exist.")
    }

    private func moveQueue(_ input: Document, _ member: String, _ context: Context) throws -> QueueName {
        guard let arn = input[member]?.string else { throw SQSFault.missing(member) }
        guard let name = QueueName(arn: arn) else {
            throw SQSFault.invalid(
                "You must use this format to specify the \(member): arn:<partition>:<service>:<region>:"
                    + "<account-id>:<resource-id>")
        }
        try own(name, context)
        return name
    }

    /// The queues whose dead letters go to this one, in the order of their names.
    func sources(of name: QueueName, _ context: Context) async throws -> [QueueName] {
        try await context.store.read { snapshot in
            let all = Key(.sqsQueue, .text(name.region), .text(name.account))
            let queues = try snapshot.all(QueueRecord.self, all) { $0.deleted == nil }.map { Queue($0) }
            return queues.filter { $0.redrive?.target == name }.map(\.name)
        }
    }
}
