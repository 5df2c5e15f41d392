import Documents
import Kernel

/// What Kinesis knows, or keeps for the future, and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension KinesisService {
    func refuseUnbuilt(in operations: inout Operations) {
        // "Not implemented. Reserved for future use": whoever names a stream by it names none.
        let withoutStream = ["CreateStream", "DescribeAccountSettings", "DescribeLimits", "ListStreams"]
        let dry = ["GetRecords", "GetShardIterator", "PutRecord", "PutRecords", "SubscribeToShard"]
        let others = operations.entries.keys.filter { !withoutStream.contains($0) && !dry.contains($0) }
        operations.refuse(["StreamId"], of: others)
        operations.refuse(["StreamId", "DryRun"], of: dry, unless: [false])
        operations.refuse(
            ["WarmThroughputMiBps"],
            of: ["CreateStream", "UpdateStreamMode"])
        operations.refuse(
            ["RecordDistributionStrategy"],
            of: ["CreateStream"], unless: ["USER_PARTITION_KEY"])
    }
}
