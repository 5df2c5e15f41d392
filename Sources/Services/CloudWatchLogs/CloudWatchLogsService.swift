import Documents
import Kernel
import Store

/// Amazon CloudWatch Logs: groups, streams, events, retention.
public struct CloudWatchLogsService: Service {
    public static let id = "logs"

    public init() {}

    public func register(in operations: inout Operations) {
        operations.on("CreateLogGroup", createGroup)
        operations.on("DeleteLogGroup", deleteGroup)
        operations.on("DescribeLogGroups", describeGroups)
        operations.on("PutRetentionPolicy", putRetention)
        operations.on("DeleteRetentionPolicy", deleteRetention)
        operations.timer("retention", sweep)
        operations.on("TagResource", tag)
        operations.on("UntagResource", untag)
        operations.on("ListTagsForResource", listTags)
        operations.on("CreateLogStream", createStream)
        operations.on("DeleteLogStream", deleteStream)
        operations.on("DescribeLogStreams", describeStreams)
        operations.on("PutLogEvents", putEvents)
        operations.on("GetLogEvents", getEvents)
        operations.on("FilterLogEvents", filterEvents)
        refuseUnbuilt(in: &operations)
    }

    /// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
    public var actions: ActionMap {
        var map: ActionMap = [:]
        for name in [
            "CreateLogGroup", "DeleteLogGroup", "PutRetentionPolicy", "DeleteRetentionPolicy", "DescribeLogStreams",
            "FilterLogEvents",
        ] {
            // A group is `log-group:NAME:*` in most policies, and `log-group:NAME` in the others
            // (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html).
            map[name] = { input, context in
                let group = Self.group(input, context)
                return [Permission("logs:\(name)", on: group + ":*", spelledAlso: [group])]
            }
        }
        for name in ["CreateLogStream", "DeleteLogStream", "PutLogEvents", "GetLogEvents"] {
            map[name] = { input, context in
                let stream = input["logStreamName"]?.string ?? "*"
                return [Permission("logs:\(name)", on: Self.group(input, context) + ":log-stream:\(stream)")]
            }
        }
        map["DescribeLogGroups"] = { _, context in [Permission("logs:DescribeLogGroups", on: context.arn("log-group:*"))] }
        for name in ["TagResource", "UntagResource", "ListTagsForResource"] {
            map[name] = { input, _ in [Permission("logs:\(name)", on: input["resourceArn"]?.string ?? "*")] }
        }
        return map
    }

    private static func group(_ input: Document, _ context: Context) -> String {
        if let identifier = input["logGroupIdentifier"]?.string, identifier.hasPrefix("arn:") {
            return identifier.hasSuffix(":*") ? String(identifier.dropLast(2)) : identifier
        }
        let name = input["logGroupName"]?.string ?? input["logGroupIdentifier"]?.string ?? ""
        return context.arn("log-group:\(name)")
    }
}

/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
enum LogsLimit {
    static let page = 50
    static let batchEvents = 10_000
    /// Bytes of a batch, 26 counted on top of each event's message.
    static let batchBytes = 1_048_576
    static let eventOverhead = 26
    /// Bytes of a page of events, and their number.
    static let pageBytes = 1 << 20
    static let pageEvents = 10_000
    /// How far behind and ahead of now an event may lie.
    static let past = Duration.seconds(14 * 86_400)
    static let future = Duration.seconds(2 * 3_600)
    static let batchSpan = Duration.seconds(86_400)
    /// Events that one retention sweep removes in one transaction.
    static let sweep = 1_000
    static let retention: Set<Int> = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    ]
}
