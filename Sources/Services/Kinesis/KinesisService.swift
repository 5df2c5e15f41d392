import Documents
import Kernel

/// Amazon Kinesis Data Streams: records in shards, each shard a log.
public struct KinesisService: Service {
    public static let id = "kinesis"
    let registry = StreamRegistry()
    let keys = StreamKeys(limit: KinesisLimit.dataKeysKept)

    public init() {}

    public func register(in operations: inout Operations) {
        registerStreams(in: &operations)
        operations.direct("PutRecord", as: PutInput.self, PutOutput.self, putRecord)
        operations.direct("PutRecords", as: PutRecordsInput.self, PutRecordsOutput.self, putRecords)
        operations.on("GetShardIterator", getIterator)
        operations.on("GetRecords", getRecords)
        operations.on("ListShards", listShards)
        operations.on("SplitShard", splitShard)
        operations.on("MergeShards", mergeShards)
        operations.on("UpdateShardCount", updateShardCount)
        operations.on("RegisterStreamConsumer", registerConsumer)
        operations.on("DescribeStreamConsumer", describeConsumer)
        operations.on("DeregisterStreamConsumer", deregisterConsumer)
        operations.on("ListStreamConsumers", listConsumers)
        operations.stream("SubscribeToShard", subscribe)
        operations.timer("sweep", sweep)
        operations.timer("drop", drop)
        refuseUnbuilt(in: &operations)
    }

    private func registerStreams(in operations: inout Operations) {
        operations.on("CreateStream", createStream)
        operations.on("DeleteStream", deleteStream)
        operations.on("DescribeStream", describeStream)
        operations.on("DescribeStreamSummary", describeSummary)
        operations.on("ListStreams", listStreams)
        operations.on("DescribeLimits", describeLimits)
        operations.on("DescribeAccountSettings", describeAccount)
        operations.on("IncreaseStreamRetentionPeriod", increaseRetention)
        operations.on("DecreaseStreamRetentionPeriod", decreaseRetention)
        operations.on("UpdateStreamMode", updateMode)
        operations.on("UpdateMaxRecordSize", updateMaxRecordSize)
        operations.on("EnableEnhancedMonitoring", enableMonitoring)
        operations.on("DisableEnhancedMonitoring", disableMonitoring)
        operations.on("StartStreamEncryption", startEncryption)
        operations.on("StopStreamEncryption", stopEncryption)
        operations.on("AddTagsToStream", addTags)
        operations.on("RemoveTagsFromStream", removeTags)
        operations.on("ListTagsForStream", listStreamTags)
        operations.on("TagResource", tagResource)
        operations.on("UntagResource", untagResource)
        operations.on("ListTagsForResource", listTags)
        operations.on("PutResourcePolicy", putPolicy)
        operations.on("GetResourcePolicy", getPolicy)
        operations.on("DeleteResourcePolicy", deletePolicy)
    }

    /// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisdatastreams.html
    public var actions: ActionMap {
        var map: ActionMap = [:]
        for name in [
            "DeleteStream", "DescribeStream", "DescribeStreamSummary", "IncreaseStreamRetentionPeriod",
            "DecreaseStreamRetentionPeriod", "UpdateStreamMode", "UpdateMaxRecordSize", "EnableEnhancedMonitoring",
            "DisableEnhancedMonitoring", "StartStreamEncryption", "StopStreamEncryption", "AddTagsToStream",
            "RemoveTagsFromStream",
            "ListTagsForStream", "PutRecord", "PutRecords", "GetShardIterator", "SplitShard", "MergeShards", "UpdateShardCount",
            "RegisterStreamConsumer", "ListStreamConsumers",
        ] {
            map[name] = { input, context in [Permission("kinesis:\(name)", on: Self.arn(input, context))] }
        }
        map["CreateStream"] = { input, context in
            let permission = Permission("kinesis:CreateStream", on: Self.arn(input, context), isCreation: true)
            guard input["Tags"] != nil else { return [permission] }
            return [permission, Permission("kinesis:AddTagsToStream", on: Self.arn(input, context), isCreation: true)]
        }
        map["ListShards"] = { input, context in
            let token = input["NextToken"]?.string.flatMap { try? ListToken($0, scope: nil, context) }
            return [Permission("kinesis:ListShards", on: token?.scope ?? Self.arn(input, context))]
        }
        map["GetRecords"] = { input, _ in
            let iterator = input["ShardIterator"]?.string.flatMap(ShardIterator.init)
            return [Permission("kinesis:GetRecords", on: iterator?.stream ?? input["StreamARN"]?.string ?? "*")]
        }
        for name in ["DescribeStreamConsumer", "DeregisterStreamConsumer"] {
            map[name] = { input, _ in
                let stream = input["StreamARN"]?.string ?? "*"
                let consumer = input["ConsumerName"]?.string ?? "*"
                return [Permission("kinesis:\(name)", on: input["ConsumerARN"]?.string ?? "\(stream)/consumer/\(consumer):*")]
            }
        }
        map["SubscribeToShard"] = { input, _ in
            [Permission("kinesis:SubscribeToShard", on: input["ConsumerARN"]?.string ?? "*")]
        }
        for name in [
            "TagResource", "UntagResource", "ListTagsForResource", "PutResourcePolicy", "GetResourcePolicy",
            "DeleteResourcePolicy",
        ] {
            map[name] = { input, _ in [Permission("kinesis:\(name)", on: input["ResourceARN"]?.string ?? "*")] }
        }
        for name in ["ListStreams", "DescribeLimits", "DescribeAccountSettings"] {
            map[name] = { _, _ in [Permission("kinesis:\(name)", on: "*")] }
        }
        return map
    }

    private static func arn(_ input: Document, _ context: Context) -> String {
        input["StreamARN"]?.string ?? context.arn("stream/\(input["StreamName"]?.string ?? "")", service: id)
    }
}
