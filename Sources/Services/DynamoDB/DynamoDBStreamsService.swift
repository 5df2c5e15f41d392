import Documents
import Kernel

/// Amazon DynamoDB Streams (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html). Records are
/// written by ``DynamoDBService`` in the transaction that changes the item; here they are read. Whoever reads a stream
/// can watch its ARN on the platform's change feed.
public final class DynamoDBStreamsService: Service {
    public static let id = "dynamodbstreams"

    /// Data keys of tables that rest encrypted.
    let keys = TableKeys()

    public init() {}

    public func register(in operations: inout Operations) {
        operations.on("ListStreams") { try await self.listStreams($0, $1) }
        operations.on("DescribeStream") { try await self.describeStream($0, $1) }
        operations.on("GetShardIterator") { try await self.getShardIterator($0, $1) }
        operations.on("GetRecords") { (input: GetRecordsInput, context) in
            try await TableEncryption.unlocked(self.keys, context) { try await self.getRecords(input, context) }
        }
    }

    public var actions: ActionMap {
        [
            "ListStreams": { _, _ in [Permission("dynamodb:ListStreams", on: "*")] },
            "DescribeStream": { input, _ in [Permission("dynamodb:DescribeStream", on: input["StreamArn"]?.string ?? "*")] },
            "GetShardIterator": { input, _ in [Permission("dynamodb:GetShardIterator", on: input["StreamArn"]?.string ?? "*")] },
            "GetRecords": { input, _ in
                let stream = input["ShardIterator"]?.string.flatMap(ShardIterator.init)?.stream
                return [Permission("dynamodb:GetRecords", on: stream ?? "*")]
            },
        ]
    }

    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let name = StreamName(arn) else { return nil }
        return try await platform.store.read { try $0.contains(name.key) } ? ResourceFacts(account: name.table.account) : nil
    }
}
