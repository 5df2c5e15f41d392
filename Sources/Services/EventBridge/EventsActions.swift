import Documents
import Kernel

/// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
extension EventBridgeService {
    public var actions: ActionMap {
        var map: ActionMap = [:]
        for name in ["DeleteRule", "DescribeRule", "EnableRule", "DisableRule"] {
            map[name] = { input, context in [Permission("events:\(name)", on: Self.rule(input["Name"], input, context))] }
        }
        map["PutRule"] = { input, context in
            var permissions = [
                Permission("events:PutRule", on: Self.rule(input["Name"], input, context), conditions: Self.patternKeys(input))
            ]
            if input["Tags"]?.list?.isEmpty == false {
                permissions.append(Permission("events:TagResource", on: Self.rule(input["Name"], input, context)))
            }
            return permissions + Self.passRole(input["RoleArn"])
        }
        for name in ["RemoveTargets", "ListTargetsByRule"] {
            map[name] = { input, context in [Permission("events:\(name)", on: Self.rule(input["Rule"], input, context))] }
        }
        map["PutTargets"] = { input, context in
            let targets = input["Targets"]?.list ?? []
            let arns = targets.compactMap { $0["Arn"]?.string }
            let rule = Permission(
                "events:PutTargets", on: Self.rule(input["Rule"], input, context), conditions: ["events:TargetArn": arns])
            return [rule] + targets.flatMap { Self.passRole($0["RoleArn"]) }
        }
        map["PutEvents"] = { input, context in
            // A service tells of itself on its customer's bus; nobody else can be a service.
            if context.caller.kind == .service { return [] }
            var byBus: [String: [Document]] = [:]
            for entry in input["Entries"]?.list ?? [] {
                byBus[BusPlace(entry["EventBusName"]?.string, context).arn, default: []].append(entry)
            }
            return byBus.keys.sorted().map { arn in
                let entries = byBus[arn] ?? []
                return Permission(
                    "events:PutEvents", on: arn,
                    conditions: [
                        "events:source": entries.compactMap { $0["Source"]?.string },
                        "events:detail-type": entries.compactMap { $0["DetailType"]?.string },
                    ])
            }
        }
        for name in ["CreateEventBus", "UpdateEventBus", "DeleteEventBus", "DescribeEventBus"] {
            map[name] = { input, context in [Permission("events:\(name)", on: BusPlace(input["Name"]?.string, context).arn)] }
        }
        for name in ["PutPermission", "RemovePermission"] {
            map[name] = { input, context in
                [Permission("events:\(name)", on: BusPlace(input["EventBusName"]?.string, context).arn)]
            }
        }
        for (kind, names) in Self.named.map({ ($0.kind, $0.operations) }) {
            for name in names {
                map[name] = { input, context in
                    let member = kind.member
                    return [Permission("events:\(name)", on: context.arn("\(kind.type)/\(input[member]?.string ?? "*")"))]
                }
            }
        }
        map["StartReplay"] = { input, context in
            let replay = context.arn("replay/\(input["ReplayName"]?.string ?? "*")")
            return [
                Permission("events:StartReplay", on: replay),
                Permission("events:StartReplay", on: input["EventSourceArn"]?.string ?? "*"),
            ]
        }
        map["DescribeEndpoint"] = { input, context in
            [Permission("events:DescribeEndpoint", on: context.arn("endpoint/\(input["Name"]?.string ?? "*")"))]
        }
        for name in [
            "DescribeEventSource", "ActivateEventSource", "DeactivateEventSource", "CreatePartnerEventSource",
            "DeletePartnerEventSource", "DescribePartnerEventSource",
        ] {
            map[name] = { input, context in [Permission("events:\(name)", on: Self.source(input["Name"], context))] }
        }
        map["ListPartnerEventSourceAccounts"] = { input, context in
            [Permission("events:ListPartnerEventSourceAccounts", on: Self.source(input["EventSourceName"], context))]
        }
        for name in [
            "ListEventBuses", "ListRules", "ListRuleNamesByTarget", "TestEventPattern", "ListArchives", "ListReplays",
            "ListConnections", "ListApiDestinations", "ListEndpoints", "ListEventSources", "ListPartnerEventSources",
            "PutPartnerEvents",
        ] {
            map[name] = { _, _ in [Permission("events:\(name)", on: "*")] }
        }
        for name in ["TagResource", "UntagResource", "ListTagsForResource"] {
            map[name] = { input, _ in [Permission("events:\(name)", on: input["ResourceARN"]?.string ?? "*")] }
        }
        return map
    }

    /// Operations on one resource that is named by one member.
    private static let named: [(kind: (type: String, member: String), operations: [String])] = [
        (("archive", "ArchiveName"), ["CreateArchive", "UpdateArchive", "DescribeArchive", "DeleteArchive"]),
        (("replay", "ReplayName"), ["DescribeReplay", "CancelReplay"]),
        (
            ("connection", "Name"),
            ["CreateConnection", "UpdateConnection", "DescribeConnection", "DeleteConnection", "DeauthorizeConnection"]
        ),
        (
            ("api-destination", "Name"),
            ["CreateApiDestination", "UpdateApiDestination", "DescribeApiDestination", "DeleteApiDestination"]
        ),
    ]

    private static func rule(_ name: Document?, _ input: Document, _ context: Context) -> String {
        BusPlace(input["EventBusName"]?.string, context).ruleARN(name?.string ?? "*")
    }

    /// Event sources have no account in their ARN.
    private static func source(_ name: Document?, _ context: Context) -> String {
        ARN("events", region: context.region, account: "", "event-source/\(name?.string ?? "*")").description
    }

    private static func passRole(_ role: Document?) -> [Permission] {
        guard let role = role?.string else { return [] }
        return [Permission("iam:PassRole", on: role, conditions: ["iam:PassedToService": [principal]])]
    }

    /// The condition keys that a pattern fills.
    private static func patternKeys(_ input: Document) -> [String: [String]] {
        guard let text = input["EventPattern"]?.string, let pattern = try? JSON.parse(text) else { return [:] }
        var keys: [String: [String]] = [:]
        for name in ["source", "detail-type"] {
            let values = pattern[name]?.list?.compactMap(\.string) ?? []
            if !values.isEmpty { keys["events:\(name)"] = values }
        }
        return keys
    }
}
