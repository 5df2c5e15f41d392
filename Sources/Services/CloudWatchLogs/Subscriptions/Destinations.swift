import Documents
import Kernel
import Policy
import Store

/// A destination: a stream that other accounts may send their logs to.
struct DestinationRecord: Stored {
    static let tag: UInt8 = 1
    var account: String
    var region: String
    var name: String
    var target: String
    var role: String
    var policy: String?
    var created: Timestamp
    var tags: [String: String]

    static func all(_ account: String, _ region: String) -> Key { Key(.logDestination, .text(account), .text(region)) }
    var key: Key { Self.all(account, region).appending(.text(name)) }
    var arn: String { ARN("logs", region: region, account: account, "destination:\(name)").description }

    /// The key of the destination with an ARN; nil for another ARN.
    static func key(_ text: String) -> Key? {
        guard let arn = ARN(text), arn.service == "logs", arn.resource.hasPrefix("destination:") else { return nil }
        return all(arn.account, arn.region).appending(.text(String(arn.resource.dropFirst("destination:".count))))
    }
}

extension Snapshot {
    func destination(_ arn: String) throws -> DestinationRecord {
        guard let key = DestinationRecord.key(arn), let record = try record(DestinationRecord.self, key) else {
            throw LogsFault.destinationNotFound
        }
        return record
    }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDestination.html
extension CloudWatchLogsService {
    struct DestinationInput: Decodable, Sendable {
        var destinationName: String
        var targetArn: String
        var roleArn: String
        var tags: [String: String]?
    }

    struct DestinationOutput: Encodable, Sendable {
        struct Item: Encodable, Sendable {
            var destinationName: String
            var targetArn: String
            var roleArn: String
            var accessPolicy: String?
            var arn: String
            var creationTime: Int64

            init(_ record: DestinationRecord) {
                (destinationName, targetArn, roleArn) = (record.name, record.target, record.role)
                (accessPolicy, arn, creationTime) = (record.policy, record.arn, record.created.milliseconds)
            }
        }
        var destination: Item
    }

    func putDestination(_ input: DestinationInput, _ context: Context) async throws -> DestinationOutput {
        guard let target = SubscriptionTarget(input.targetArn), target == .stream || target == .deliveryStream else {
            throw LogsFault.invalid("Destination target \(input.targetArn) is not a Kinesis or Firehose stream.")
        }
        let made = DestinationRecord(
            account: context.account, region: context.region, name: input.destinationName, target: input.targetArn,
            role: input.roleArn, created: context.now, tags: try .init(checking: input.tags))
        let sender = SubscriptionSender(context.platform, account: made.account, region: made.region, source: made.arn)
        do { try await sender.probe(made.target, role: made.role) } catch is AWSError {
            throw LogsFault.invalid(target.refusal)
        }
        let record = try await context.store.write { transaction in
            var record = made
            if let old = try transaction.record(DestinationRecord.self, made.key) {
                (record.policy, record.created) = (old.policy, old.created)
                record.tags = old.tags
                try record.tags.add(made.tags)
            }
            try transaction.put(record.key, record)
            return record
        }
        return DestinationOutput(destination: .init(record))
    }

    struct DestinationPolicyInput: Decodable, Sendable {
        var destinationName: String
        var accessPolicy: String
        var forceUpdate: Bool?
    }

    func putDestinationPolicy(_ input: DestinationPolicyInput, _ context: Context) async throws -> Nothing {
        try Self.check(policy: input.accessPolicy)
        try await context.store.write { transaction in
            var record = try transaction.destination(context.arn("destination:\(input.destinationName)"))
            record.policy = try NamedPrincipals.bound(input.accessPolicy, in: transaction)
            try transaction.put(record.key, record)
        }
        return Nothing()
    }

    struct DestinationNameInput: Decodable, Sendable { var destinationName: String }

    func deleteDestination(_ input: DestinationNameInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            try transaction.delete(transaction.destination(context.arn("destination:\(input.destinationName)")).key)
        }
        return Nothing()
    }

    struct DestinationsInput: Decodable, Sendable {
        var DestinationNamePrefix: String?
        var nextToken: String?
        var limit: Int?
    }

    struct DestinationsOutput: Encodable, Sendable {
        var destinations: [DestinationOutput.Item]
        var nextToken: String?
    }

    func describeDestinations(_ input: DestinationsInput, _ context: Context) async throws -> DestinationsOutput {
        let all = DestinationRecord.all(context.account, context.region)
        let found = try await context.store.read { snapshot in
            let found = try snapshot.all(DestinationRecord.self, all) {
                $0.name.hasPrefix(input.DestinationNamePrefix ?? "")
            }
            return try found.map { kept in
                var record = kept
                record.policy = try kept.policy.map { try NamedPrincipals.shown($0, in: snapshot) }
                return record
            }
        }
        let (page, token) = try LogsPage.cut(
            found, by: \.name, input.nextToken, input.limit, of: context.list(input.DestinationNamePrefix))
        return DestinationsOutput(destinations: page.map { .init($0) }, nextToken: token)
    }

    /// - Throws: ``LogsFault/invalid(_:)`` for what is no policy of a resource.
    static func check(policy: String) throws(LogsFault) {
        do { try ResourcePolicyRules(vendor: "logs", bytesMax: LogsLimit.policyBytes).check(policy) } catch {
            throw .invalid("Could not convert to persistable policy.")
        }
    }
}
