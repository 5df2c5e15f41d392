import Documents
import Kernel

/// Permissions of each operation.
extension CloudWatchLogsService {
    /// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
    public var actions: ActionMap {
        var map: ActionMap = [:]
        for name in [
            "CreateLogGroup", "DeleteLogGroup", "PutRetentionPolicy", "DeleteRetentionPolicy", "DescribeLogStreams",
            "FilterLogEvents", "PutMetricFilter", "DeleteMetricFilter", "DescribeMetricFilters", "DescribeSubscriptionFilters",
            "DeleteSubscriptionFilter", "CreateExportTask", "PutLogGroupDeletionProtection", "TagLogGroup", "UntagLogGroup",
            "ListTagsLogGroup", "AssociateKmsKey", "DisassociateKmsKey",
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
        for name in [
            "ListLogGroups", "TestMetricFilter", "DescribeDestinations", "PutResourcePolicy", "DescribeResourcePolicies",
            "DeleteResourcePolicy", "PutQueryDefinition", "DescribeQueryDefinitions", "DeleteQueryDefinition",
            "DescribeExportTasks", "CancelExportTask", "GetQueryResults", "StopQuery", "DescribeQueries",
        ] {
            map[name] = { _, _ in [Permission("logs:\(name)", on: "*")] }
        }
        for name in Self.absentOfAccount + ["ListLogGroupsForQuery"] {
            map[name] = { _, _ in [Permission("logs:\(name)", on: "*")] }
        }
        for name in ["DescribeIndexPolicies", "DescribeFieldIndexes"] {
            map[name] = { input, context in
                (input["logGroupIdentifiers"]?.list ?? []).compactMap(\.string).map {
                    Permission("logs:\(name)", on: Self.group(["logGroupIdentifier": .string($0)], context) + ":*")
                }
            }
        }
        map["GetDataProtectionPolicy"] = { input, context in
            [Permission("logs:GetDataProtectionPolicy", on: Self.group(input, context) + ":*")]
        }
        map["StartQuery"] = { input, context in
            try Self.queried(input, context).map { name in
                let group = context.arn("log-group:\(name)")
                return Permission("logs:StartQuery", on: group + ":*", spelledAlso: [group])
            }
        }
        map["GetLogGroupFields"] = { input, context in
            let group = Self.group(input, context)
            return [Permission("logs:GetLogGroupFields", on: group + ":*", spelledAlso: [group])]
        }
        map["GetLogRecord"] = { input, context in
            let pointer = try LogPointer(input["logRecordPointer"]?.string ?? "")
            return [Permission("logs:GetLogRecord", on: context.arn("log-group:\(pointer.group):*"))]
        }
        map["PutSubscriptionFilter"] = { input, context in
            let group = Self.group(input, context)
            return [Permission("logs:PutSubscriptionFilter", on: group + ":*", spelledAlso: [group])]
                + Self.passRole(input["roleArn"])
        }
        for name in ["PutDestination", "PutDestinationPolicy", "DeleteDestination"] {
            map[name] = { input, context in
                let destination = context.arn("destination:\(input["destinationName"]?.string ?? "*")")
                return [Permission("logs:\(name)", on: destination)] + Self.passRole(input["roleArn"])
            }
        }
        map["DescribeLogGroups"] = { _, context in [Permission("logs:DescribeLogGroups", on: context.arn("log-group:*"))] }
        for name in ["TagResource", "UntagResource", "ListTagsForResource"] {
            map[name] = { input, _ in [Permission("logs:\(name)", on: input["resourceArn"]?.string ?? "*")] }
        }
        return map
    }

    private static func passRole(_ role: Document?) -> [Permission] {
        guard let role = role?.string else { return [] }
        return [Permission("iam:PassRole", on: role, conditions: ["iam:PassedToService": ["logs.amazonaws.com"]])]
    }

    private static func group(_ input: Document, _ context: Context) -> String {
        let given = input["logGroupIdentifier"] ?? input["resourceIdentifier"]
        if let identifier = given?.string, identifier.hasPrefix("arn:") {
            return identifier.hasSuffix(":*") ? String(identifier.dropLast(2)) : identifier
        }
        let name = input["logGroupName"]?.string ?? input["logGroupIdentifier"]?.string ?? ""
        return context.arn("log-group:\(name)")
    }
}
