import Documents
import Kernel

/// What Kinesis keeps for the future; see ``Operations/refuse(_:of:unless:)``.
extension KinesisService {
    func refuseUnbuilt(in operations: inout Operations) {
        // "Not implemented. Reserved for future use": whoever names a stream by it names none.
        let withoutStream = ["CreateStream", "DescribeAccountSettings", "DescribeLimits", "ListStreams"]
        operations.refuse(["StreamId"], of: operations.entries.keys.filter { !withoutStream.contains($0) })
    }
}
