import Documents
import Kernel
import Store

/// Consumers with enhanced fan-out: register, describe, list, deregister.
extension KinesisService {
    struct RegisterInput: Codable, Sendable {
        var StreamARN: String
        var ConsumerName: String
        var Tags: [String: String]?
    }
    struct RegisterOutput: Codable, Sendable { var Consumer: Document }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RegisterStreamConsumer.html
    func registerConsumer(_ input: RegisterInput, _ context: Context) async throws -> RegisterOutput {
        let record = try await stream(nil, input.StreamARN, context).record
        try record.demandActive(context.now)
        let tags = try TagList(checking: input.Tags)
        let consumer = ConsumerRecord(
            stream: record.arn, streamID: record.id, name: input.ConsumerName, created: context.now, tags: tags)
        try await context.store.write { transaction in
            let present = try transaction.consumers(of: record, context.now)
            guard !present.contains(where: { $0.name == consumer.name }) else {
                throw KinesisFault.inUse(
                    "Consumer \(consumer.name) under stream \(record.name) already exists for account \(record.account).")
            }
            guard present.count < KinesisLimit.consumers else {
                throw KinesisFault.limit(
                    "The stream \(record.name) under account \(record.account) has the most consumers it can have: "
                        + "\(KinesisLimit.consumers).")
            }
            try transaction.put(consumer.key, consumer)
        }
        return RegisterOutput(Consumer: .map(consumer.document(at: context.now)))
    }

    struct ConsumerInput: Codable, Sendable {
        var StreamARN: String?
        var ConsumerName: String?
        var ConsumerARN: String?
    }
    struct ConsumerOutput: Codable, Sendable { var ConsumerDescription: Document }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamConsumer.html
    func describeConsumer(_ input: ConsumerInput, _ context: Context) async throws -> ConsumerOutput {
        let consumer = try await consumer(input, context)
        var members = consumer.document(at: context.now)
        members["StreamARN"] = .string(consumer.stream)
        return ConsumerOutput(ConsumerDescription: .map(members))
    }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeregisterStreamConsumer.html
    func deregisterConsumer(_ input: ConsumerInput, _ context: Context) async throws -> Nothing {
        let consumer = try await consumer(input, context)
        try await changeConsumer(consumer.arn, context) { $0.leaves = context.now + KinesisLimit.settling }
        if let live = try await registry.find(try Self.place(nil, consumer.stream, context), in: context.store, at: context.now) {
            live.subscriptions.withLock { $0 = $0.filter { !$0.key.hasPrefix(consumer.arn + "/") } }
            for shard in live.record.shards { context.platform.changes.notify("\(consumer.stream)/\(shard.id)") }
        }
        return Nothing()
    }

    struct ListConsumersInput: Codable, Sendable {
        var StreamARN: String
        var NextToken: String?
        var MaxResults: Int?
        var StreamCreationTimestamp: Timestamp?
    }
    struct ListConsumersOutput: Codable, Sendable {
        var Consumers: [Document]
        var NextToken: String?
    }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreamConsumers.html
    func listConsumers(_ input: ListConsumersInput, _ context: Context) async throws -> ListConsumersOutput {
        let record = try await stream(nil, input.StreamARN, context).record
        if let made = input.StreamCreationTimestamp, made.seconds != record.created.seconds {
            throw KinesisFault.streamNotFound(record.name, account: record.account)
        }
        let token = try input.NextToken.map { try ListToken($0, scope: record.arn, context) }
        let all = try await context.store.read { try $0.consumers(of: record, context.now) }
        let left = all.filter { consumer in token.map { consumer.name > $0.after } ?? true }
        let page = left.prefix(input.MaxResults ?? KinesisLimit.page)
        let next = page.last.map { ListToken(scope: record.arn, after: $0.name, made: context.now).text(context) }
        return ListConsumersOutput(
            Consumers: page.map { .map($0.document(at: context.now)) }, NextToken: left.count > page.count ? next : nil)
    }

    private func consumer(_ input: ConsumerInput, _ context: Context) async throws -> ConsumerRecord {
        if let arn = input.ConsumerARN { return try await consumer(arn, context) }
        guard let stream = input.StreamARN, let name = input.ConsumerName else {
            throw KinesisFault.invalid("Either ConsumerARN, or both StreamARN and ConsumerName must be provided.")
        }
        let record = try await self.stream(nil, stream, context).record
        let found = try await context.store.read { try $0.consumers(of: record, context.now).first { $0.name == name } }
        guard let found else { throw Self.noConsumer(name, record) }
        return found
    }

    /// The consumer of an ARN.
    func consumer(_ arn: String, _ context: Context) async throws -> ConsumerRecord {
        let record = try await stream(nil, arn, context).record
        let found = try await context.store.read { try $0.consumers(of: record, context.now).first { $0.arn == arn } }
        guard let found else { throw Self.noConsumer(arn, record) }
        return found
    }

    private static func noConsumer(_ name: String, _ record: StreamRecord) -> KinesisFault {
        .resourceNotFound("Consumer \(name) under stream \(record.name) not found for account \(record.account).")
    }

    func changeConsumer(
        _ arn: String, _ context: Context, _ body: @escaping @Sendable (inout ConsumerRecord) throws -> Void
    ) async throws {
        let key = try await consumer(arn, context).key
        try await context.store.write { transaction in
            guard var consumer = try transaction.record(ConsumerRecord.self, key), consumer.arn == arn else {
                throw KinesisFault.consumerNotFound(arn)
            }
            try body(&consumer)
            try transaction.put(key, consumer)
        }
    }
}

extension Snapshot {
    /// A stream's consumers by name.
    func consumers(of record: StreamRecord, _ now: Timestamp) throws -> [ConsumerRecord] {
        try all(ConsumerRecord.self, ConsumerRecord.prefix(record.id)) { !$0.isGone(at: now) }
    }
}
