import Documents
import Kernel

/// Whether a role may read a source: asked before anything is made of it.
public enum SourceAccess {
    /// The actions that reading needs.
    public static func actions(_ kind: SourceKind) -> [String] {
        switch kind {
        case .queue, .fifoQueue: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        case .kinesis:
            ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListShards"]
        case .dynamoDB: ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"]
        }
    }

    /// - Returns: the first action that the role lacks; nil when it may do all.
    public static func missing(_ caller: Caller, source: String, region: String, on platform: Platform) async throws -> String? {
        guard let kind = ARN(source).flatMap(SourceKind.init) else { return nil }
        let service =
            switch kind {
            case .queue, .fifoQueue: "sqs"
            case .kinesis: "kinesis"
            case .dynamoDB: "dynamodbstreams"
            }
        let context = Context(
            platform: platform, caller: caller, region: region, service: service, operation: "Subscribe",
            requestID: Identifier.uuid(), now: platform.clock.now())
        for action in actions(kind) {
            do { try await platform.demand(Permission(action, on: source), in: context) } catch let error as AWSError
                where error.isSenders
            { return action }
        }
        return nil
    }
}
