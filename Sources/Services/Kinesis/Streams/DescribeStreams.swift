import Documents
import Kernel
import Store

/// DescribeStream, DescribeStreamSummary, ListStreams and the account's figures.
extension KinesisService {
    struct DescribeInput: Codable, Sendable {
        var StreamName: String?
        var StreamARN: String?
        var Limit: Int?
        var ExclusiveStartShardId: String?
    }
    struct DescribeOutput: Codable, Sendable { var StreamDescription: Document }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStream.html
    func describeStream(_ input: DescribeInput, _ context: Context) async throws -> DescribeOutput {
        let record = try await stream(input.StreamName, input.StreamARN, context).record
        let start = try input.ExclusiveStartShardId.map { try Self.index($0, record) }
        let limit = min(input.Limit ?? KinesisLimit.page, KinesisLimit.shardPage)
        let left = Self.listed(record, context.now).filter { shard in start.map { shard.index > $0 } ?? true }
        var members = Self.common(record, context.now)
        members["Shards"] = .list(record.status(at: context.now) == "CREATING" ? [] : left.prefix(limit).map(\.document))
        members["HasMoreShards"] = .bool(left.count > limit)
        return DescribeOutput(StreamDescription: .map(members))
    }

    struct SummaryInput: Codable, Sendable {
        var StreamName: String?
        var StreamARN: String?
    }
    struct SummaryOutput: Codable, Sendable { var StreamDescriptionSummary: Document }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamSummary.html
    func describeSummary(_ input: SummaryInput, _ context: Context) async throws -> SummaryOutput {
        let record = try await stream(input.StreamName, input.StreamARN, context).record
        let consumers = try await context.store.read { try $0.consumers(of: record, context.now).count }
        var members = Self.common(record, context.now)
        members["OpenShardCount"] = .integer(Int64(record.shards.count(where: \.isOpen)))
        members["ConsumerCount"] = .integer(Int64(consumers))
        members["MaxRecordSizeInKiB"] = .integer(Int64(record.maxRecordKiB))
        return SummaryOutput(StreamDescriptionSummary: .map(members))
    }

    private static func common(_ record: StreamRecord, _ now: Timestamp) -> Members {
        var members: Members = [
            "StreamName": .string(record.name), "StreamARN": .string(record.arn),
            "StreamStatus": .string(record.status(at: now)), "StreamModeDetails": record.modeDetails,
            "RetentionPeriodHours": .integer(Int64(record.retentionHours)),
            "StreamCreationTimestamp": .timestamp(Timestamp(seconds: record.created.seconds)),
            "EnhancedMonitoring": record.monitoring,
            "EncryptionType": .string(record.keyID == nil ? "NONE" : "KMS"),
        ]
        if let key = record.keyID { members["KeyId"] = .string(key) }
        return members
    }

    /// The shards whose records a reader may still get.
    static func listed(_ record: StreamRecord, _ now: Timestamp) -> [ShardRecord] {
        let horizon = record.horizon(at: now)
        return record.shards.filter { $0.isListed(since: horizon) }
    }

    struct ListInput: Codable, Sendable {
        var Limit: Int?
        var ExclusiveStartStreamName: String?
        var NextToken: String?
    }
    struct ListOutput: Codable, Sendable {
        var StreamNames: [String]
        var StreamSummaries: [Document]
        var HasMoreStreams: Bool
        var NextToken: String?
    }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreams.html
    func listStreams(_ input: ListInput, _ context: Context) async throws -> ListOutput {
        let limit = min(input.Limit ?? KinesisLimit.page, KinesisLimit.pageRecords)
        let token = try input.NextToken.map { try ListToken($0, scope: context.account, context) }
        let start = token?.after ?? input.ExclusiveStartStreamName
        let prefix = Key(.kinesisStream, .text(context.account), .text(context.region))
        let now = context.now
        return try await context.store.read { snapshot in
            var found: [StreamRecord] = []
            try snapshot.records(StreamRecord.self, prefix, after: start.map { prefix.appending(.text($0)) }) { _, record in
                if !record.isGone(at: now) { found.append(record) }
                return found.count <= limit
            }
            let page = found.prefix(limit)
            let more = found.count > limit
            let next = page.last.map { ListToken(scope: context.account, after: $0.name, made: now).text(context) }
            return ListOutput(
                StreamNames: page.map(\.name),
                StreamSummaries: page.map { record in
                    [
                        "StreamName": .string(record.name), "StreamARN": .string(record.arn),
                        "StreamStatus": .string(record.status(at: now)), "StreamModeDetails": record.modeDetails,
                        "StreamCreationTimestamp": .timestamp(Timestamp(seconds: record.created.seconds)),
                    ]
                }, HasMoreStreams: more, NextToken: more ? next : nil)
        }
    }

    struct LimitsOutput: Codable, Sendable {
        var ShardLimit: Int
        var OpenShardCount: Int
        var OnDemandStreamCount: Int
        var OnDemandStreamCountLimit: Int
    }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeLimits.html
    func describeLimits(_ input: Nothing, _ context: Context) async throws -> LimitsOutput {
        let use = try await context.store.read { try Self.use(of: context.account, context.region, $0, context.now) }
        return LimitsOutput(
            ShardLimit: KinesisLimit.shards, OpenShardCount: use.shards, OnDemandStreamCount: use.onDemand,
            OnDemandStreamCountLimit: KinesisLimit.onDemandStreams)
    }

    struct AccountOutput: Codable, Sendable {
        struct Commitment: Codable, Sendable { var Status = "DISABLED" }
        var MinimumThroughputBillingCommitment = Commitment()
    }

    /// There are no bills, so there is nothing to commit to
    /// (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeAccountSettings.html).
    func describeAccount(_ input: Nothing, _ context: Context) async throws -> AccountOutput { AccountOutput() }
}

/// Where a listing goes on; good for five minutes.
struct ListToken {
    /// What is listed: it may be what the token alone tells.
    var scope: String
    var after: String
    var made: Timestamp

    init(scope: String, after: String, made: Timestamp) { (self.scope, self.after, self.made) = (scope, after, made) }

    func text(_ context: Context) -> String {
        PageToken.write("\(scope)|\(after)|\(made.microseconds)", of: context.list())
    }

    /// - Parameter scope: what it must be of; nil where the token tells.
    /// - Throws: ``KinesisFault`` for what this list has not given, or long ago.
    init(_ text: String, scope: String?, _ context: Context) throws {
        let parts = (PageToken.name(text, of: context.list()) ?? "").split(separator: "|", omittingEmptySubsequences: false)
        guard parts.count == 3, scope == nil || String(parts[0]) == scope, let micros = Int64(parts[2]) else {
            throw KinesisFault.invalid("NextToken is not valid.")
        }
        self.init(scope: String(parts[0]), after: String(parts[1]), made: Timestamp(microseconds: micros))
        guard context.now < made + KinesisLimit.tokenLifetime else { throw KinesisFault.expiredToken }
    }
}
