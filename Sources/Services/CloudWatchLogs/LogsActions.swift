import Documents
import Kernel

/// Permissions of each operation.
extension CloudWatchLogsService {
    /// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
    public var actions: ActionMap {
        var map: ActionMap = [:]
        for name in [
            "DeleteLogGroup", "PutRetentionPolicy", "DeleteRetentionPolicy", "DescribeLogStreams",
            "PutMetricFilter", "DeleteMetricFilter", "DescribeMetricFilters", "DescribeSubscriptionFilters",
            "DeleteSubscriptionFilter", "CreateExportTask", "PutLogGroupDeletionProtection", "TagLogGroup", "UntagLogGroup",
            "ListTagsLogGroup", "AssociateKmsKey", "DisassociateKmsKey", "PutIndexPolicy", "DeleteIndexPolicy",
            "PutDataProtectionPolicy",
            "GetDataProtectionPolicy", "DeleteDataProtectionPolicy",
        ] {
            // A group is `log-group:NAME:*` in most policies, and `log-group:NAME` in the others
            // (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html).
            map[name] = { input, context in
                let group = Self.group(input, context)
                return [Permission("logs:\(name)", on: group + ":*", spelledAlso: [group])]
            }
        }
        map["FilterLogEvents"] = { input, context in
            let group = Self.group(input, context)
            return [Permission("logs:FilterLogEvents", on: group + ":*", spelledAlso: [group])] + Self.unmasking(input, group)
        }
        map["GetLogEvents"] = { input, context in
            let group = Self.group(input, context)
            let stream = input["logStreamName"]?.string ?? "*"
            return [Permission("logs:GetLogEvents", on: group + ":log-stream:\(stream)")] + Self.unmasking(input, group)
        }
        for name in ["CreateLogStream", "DeleteLogStream", "PutLogEvents"] {
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
        map["CreateLogGroup"] = { input, context in
            let group = Self.group(input, context)
            var needed = [Permission("logs:CreateLogGroup", on: group + ":*", spelledAlso: [group])]
            if let tagging = try await Self.tagging(input, group, context) { needed.append(tagging) }
            return needed
        }
        // A policy for all groups needs what its kind needs for one, on all of them.
        for verb in ["Put", "Delete"] {
            map["\(verb)AccountPolicy"] = { input, context in
                var needed = [Permission("logs:\(verb)AccountPolicy", on: "*")]
                if let kind = AccountPolicyKind(rawValue: input["policyType"]?.string ?? "") {
                    needed.append(Permission("logs:\(verb)\(kind.action)", on: context.arn("log-group:*")))
                }
                let document = input["policyDocument"]?.string.flatMap { try? JSON.parse($0) }
                return needed + Self.passRole(document?["RoleArn"])
            }
        }
        map["DescribeAccountPolicies"] = { _, _ in [Permission("logs:DescribeAccountPolicies", on: "*")] }
        map["StartQuery"] = { input, context in
            let actions = QueryParser.unmasks(input["queryString"]?.string ?? "") ? ["StartQuery", "Unmask"] : ["StartQuery"]
            return try Self.queried(input, context).flatMap { name in
                let group = context.arn("log-group:\(name)")
                return actions.map { Permission("logs:\($0)", on: group + ":*", spelledAlso: [group]) }
            }
        }
        map["StartLiveTail"] = { input, context in
            (input["logGroupIdentifiers"]?.list ?? []).compactMap(\.string).map {
                let group = Self.group(["logGroupIdentifier": .string($0)], context)
                return Permission("logs:StartLiveTail", on: group + ":*", spelledAlso: [group])
            }
        }
        map["GetLogGroupFields"] = { input, context in
            let group = Self.group(input, context)
            return [Permission("logs:GetLogGroupFields", on: group + ":*", spelledAlso: [group])]
        }
        map["GetLogRecord"] = { input, context in
            let pointer = try LogPointer(input["logRecordPointer"]?.string ?? "")
            let group = context.arn("log-group:\(pointer.group)")
            return [Permission("logs:GetLogRecord", on: group + ":*")] + Self.unmasking(input, group)
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

    /// Who makes a group with tags must be allowed either of two actions (API Reference, "CreateLogGroup").
    private static func tagging(_ input: Document, _ group: String, _ context: Context) async throws -> Permission? {
        let tags = input["tags"]?.members ?? [:]
        guard !tags.isEmpty else { return nil }
        var conditions = ["aws:TagKeys": Array(tags.keys)]
        for (key, value) in tags { conditions["aws:RequestTag/\(key)"] = [value.string ?? ""] }
        func permission(_ action: String) -> Permission {
            Permission(
                "logs:\(action)", on: group + ":*", spelledAlso: [group], conditions: conditions, isCreation: true)
        }
        let older = permission("TagLogGroup")
        return try await context.platform.isAllowed(older, in: context) ? older : permission("TagResource")
    }

    /// Who looks behind the masks of a data protection policy.
    private static func unmasking(_ input: Document, _ group: String) -> [Permission] {
        input["unmask"]?.bool == true ? [Permission("logs:Unmask", on: group + ":*", spelledAlso: [group])] : []
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
