import Documents
import Kernel
import Store

/// Application Auto Scaling for DynamoDB's tables and indexes
/// (https://docs.aws.amazon.com/autoscaling/application/APIReference/Welcome.html): target tracking and scheduled actions.
/// There are no alarms; what the alarms would watch is counted in memory (``UsageMeter``).
public final class ApplicationAutoScalingService: Service {
    public static let id = "application-autoscaling"
    let zones = TimeZones()

    public init() {}

    public func register(in operations: inout Operations) {
        operations.on("RegisterScalableTarget") { try await self.registerTarget($0, $1) }
        operations.on("DeregisterScalableTarget") { try await self.deregisterTarget($0, $1) }
        operations.on("DescribeScalableTargets") { try await self.describeTargets($0, $1) }
        operations.on("PutScalingPolicy") { try await self.putPolicy($0, $1) }
        operations.on("DeleteScalingPolicy") { try await self.deletePolicy($0, $1) }
        operations.on("DescribeScalingPolicies") { try await self.describePolicies($0, $1) }
        operations.on("DescribeScalingActivities") { try await self.describeActivities($0, $1) }
        operations.on("PutScheduledAction") { try await self.putScheduled($0, $1) }
        operations.on("DeleteScheduledAction") { try await self.deleteScheduled($0, $1) }
        operations.on("DescribeScheduledActions") { try await self.describeScheduled($0, $1) }
        operations.on("TagResource") { try await self.tag($0, $1) }
        operations.on("UntagResource") { try await self.untag($0, $1) }
        operations.on("ListTagsForResource") { try await self.listTags($0, $1) }
        operations.timer(Tracking.timer) { try await self.evaluate($0, $1) }
        operations.timer(Self.turnTimer) { try await self.runScheduled($0, $1) }
        operations.timer(Self.holdTimer) { try await self.holdCapacity($0, $1) }
    }

    public func start(_ platform: Platform) async throws {
        let usage = platform.usage
        try await platform.store.read { snapshot in
            try snapshot.records(PolicyRecord.self, Key(.scalingPolicy)) { _, policy in
                usage.watch(policy.place.usage)
                return true
            }
        }
        usage.listen { [weak platform] place, end in
            guard let platform else { return }
            Task { await Tracking.schedule(place, at: end, on: platform) }
        }
    }

    public var actions: ActionMap {
        var map: ActionMap = [:]
        for operation in [
            "DescribeScalableTargets", "DescribeScalingPolicies", "DescribeScalingActivities", "DescribeScheduledActions",
        ] {
            map[operation] = { input, context in
                var permission = Permission("\(Self.id):\(operation)", on: "*")
                permission.conditions = Self.conditions(input)
                // DynamoDB looks whether a table may become global.
                if context.caller.serviceName == "dynamodb.amazonaws.com" {
                    permission.facts = ResourceFacts(account: context.account, policy: Self.forDynamoDB)
                }
                return [permission]
            }
        }
        for operation in [
            "RegisterScalableTarget", "DeregisterScalableTarget", "PutScalingPolicy", "DeleteScalingPolicy",
            "PutScheduledAction", "DeleteScheduledAction",
        ] {
            map[operation] = { input, context in
                let key = ScalingPlace(
                    account: context.account, region: context.region, namespace: input["ServiceNamespace"]?.string ?? "",
                    resource: input["ResourceId"]?.string ?? "", dimension: input["ScalableDimension"]?.string ?? ""
                ).target
                let target = try await context.store.read { try $0.record(TargetRecord.self, key) }
                var permission = Permission(
                    "\(Self.id):\(operation)", on: target?.arn ?? context.arn("scalable-target/*", service: Self.id))
                permission.conditions = Self.conditions(input)
                return [permission]
            }
        }
        for operation in ["TagResource", "UntagResource", "ListTagsForResource"] {
            map[operation] = { input, _ in [Permission("\(Self.id):\(operation)", on: input["ResourceARN"]?.string ?? "*")] }
        }
        return map
    }

    private static func conditions(_ input: Document) -> [String: [String]] {
        var conditions: [String: [String]] = [:]
        for (member, key) in [("ServiceNamespace", "service-namespace"), ("ScalableDimension", "scalable-dimension")] {
            if let value = input[member]?.string { conditions["\(id):\(key)"] = [value] }
        }
        return conditions
    }

    private static let forDynamoDB =
        #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"dynamodb.amazonaws.com"},"#
        + #""Action":"application-autoscaling:Describe*","Resource":"*"}}"#

    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let parts = ARN(arn), let target = try await Self.target(arn, in: platform.store) else { return nil }
        return ResourceFacts(account: parts.account, tags: target.tags)
    }

    static func target(_ arn: String, in store: any KeyValueStore) async throws -> TargetRecord? {
        guard let parts = ARN(arn) else { return nil }
        return try await store.read { snapshot in
            var found: TargetRecord?
            let prefix = Key(.scalableTarget, .text(parts.account), .text(parts.region))
            try snapshot.records(TargetRecord.self, prefix) { _, target in
                if target.arn == arn { found = target }
                return found == nil
            }
            return found
        }
    }
}

/// What Application Auto Scaling refuses with.
enum ScalingFault: Fault, Equatable {
    case validation(String)
    case objectNotFound(String)
    case resourceNotFound(String)
    case tooManyTags(String)
    case limit(String)
    case invalidToken

    var wire: AWSError {
        switch self {
        case .validation(let message): AWSError("ValidationException", 400, message)
        case .objectNotFound(let message): AWSError("ObjectNotFoundException", 400, message)
        case .resourceNotFound(let arn):
            AWSError(
                "ResourceNotFoundException", 400, "The specified resource doesn't exist.", fields: ["ResourceName": .string(arn)])
        case .tooManyTags(let arn):
            AWSError("TooManyTagsException", 400, "The resource has too many tags.", fields: ["ResourceName": .string(arn)])
        case .limit(let message): AWSError("LimitExceededException", 400, message)
        case .invalidToken: AWSError("InvalidNextTokenException", 400, "The next token supplied was invalid.")
        }
    }
}
