import Documents
import Kernel

/// A DynamoDB stream, read through its API as the execution role.
struct StreamReader: Sendable {
    let platform: Platform
    let stream: String
    let region: String
    let keys: RoleKeys

    struct Shard: Sendable {
        var id: String
        var parent: String?
        var isClosed: Bool
    }

    struct Page: Sendable {
        var records: [Document]
        /// nil when the shard is closed and read to its end.
        var next: String?
    }

    private func call(_ operation: String, _ input: Document) async throws -> Document {
        let caller = try await keys.caller()
        return try await platform.call(Call("dynamodbstreams", operation, input, caller: caller, region: region)).output
    }

    /// All shards of the stream, parents first.
    func shards() async throws -> [Shard] {
        var shards: [Shard] = []
        var last: Document?
        repeat {
            var input: Members = ["StreamArn": .string(stream)]
            if let last { input["ExclusiveStartShardId"] = last }
            let description = try await call("DescribeStream", .map(input))["StreamDescription"]
            for shard in description?["Shards"]?.list ?? [] {
                guard let id = shard["ShardId"]?.string else { continue }
                shards.append(
                    Shard(
                        id: id, parent: shard["ParentShardId"]?.string,
                        isClosed: shard["SequenceNumberRange"]?["EndingSequenceNumber"] != nil))
            }
            last = description?["LastEvaluatedShardId"]
        } while last != nil
        return shards
    }

    /// - Parameter position: `TRIM_HORIZON`, `LATEST`, or `AFTER_SEQUENCE_NUMBER` with a number.
    func iterator(_ shard: String, _ position: String, after sequence: String? = nil) async throws -> String {
        var input: Members = ["StreamArn": .string(stream), "ShardId": .string(shard), "ShardIteratorType": .string(position)]
        if let sequence { input["SequenceNumber"] = .string(sequence) }
        guard let iterator = try await call("GetShardIterator", .map(input))["ShardIterator"]?.string else {
            throw AWSError.internalFailure
        }
        return iterator
    }

    func records(_ iterator: String, limit: Int) async throws -> Page {
        let output = try await call(
            "GetRecords", ["ShardIterator": .string(iterator), "Limit": .integer(Int64(min(max(limit, 1), 1_000)))])
        return Page(records: output["Records"]?.list ?? [], next: output["NextShardIterator"]?.string)
    }
}
