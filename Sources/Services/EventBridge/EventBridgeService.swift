import Documents
import Kernel
import Store

/// Amazon EventBridge: buses, rules, targets, schedules. Archives, replays, API destinations, endpoints and partner sources
/// refuse.
public struct EventBridgeService: Service {
    public static let id = "events"
    static let principal = "events.amazonaws.com"
    let router = EventRouter()

    public init() {}

    public func register(in operations: inout Operations) {
        operations.on("PutEvents", putEvents)
        operations.on("TestEventPattern", testPattern)
        operations.on("CreateEventBus", createBus)
        operations.on("UpdateEventBus", updateBus)
        operations.on("DeleteEventBus", deleteBus)
        operations.on("DescribeEventBus", describeBus)
        operations.on("ListEventBuses", listBuses)
        operations.on("PutPermission", putPermission)
        operations.on("RemovePermission", removePermission)
        operations.on("PutRule", putRule)
        operations.on("DeleteRule", deleteRule)
        operations.on("DescribeRule", describeRule)
        operations.on("EnableRule", enableRule)
        operations.on("DisableRule", disableRule)
        operations.on("ListRules", listRules)
        operations.on("ListRuleNamesByTarget", listRuleNames)
        operations.on("PutTargets", putTargets)
        operations.on("RemoveTargets", removeTargets)
        operations.on("ListTargetsByRule", listTargets)
        operations.on("TagResource", tag)
        operations.on("UntagResource", untag)
        operations.on("ListTagsForResource", listTags)
        operations.timer("schedule", runSchedule)
        operations.delivery("target", deliver)
        operations.delivery("deadLetter", deliverDeadLetter)
        operations.delivery("announce", deliverAnnouncement)
        operations.delivery("audit", deliverAudit)
    }

    public func start(_ platform: Platform) async throws {
        try await router.refreshInterest(platform)
        let interest = platform.eventInterest
        let tap = AuditTap(id: Self.id, wantsData: false, delivery: (Self.id, "audit")) { facts in
            facts.isLogged && interest.exists(account: facts.account, region: facts.region)
        }
        platform.audit.setTaps([tap], of: Self.id)
    }

    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let parsed = ARN(arn) else { return nil }
        if let (place, name) = BusPlace.rule(parsed) {
            return try await platform.store.read { snapshot in
                let rule = try snapshot.record(RuleRecord.self, place.ruleKey(name))
                return ResourceFacts(account: place.account, tags: rule?.tags ?? [:])
            }
        }
        guard parsed.resource.hasPrefix("event-bus/") else { return nil }
        let place = BusPlace(
            account: parsed.account, region: parsed.region, name: String(parsed.resource.dropFirst("event-bus/".count)))
        return try await platform.store.read { snapshot in
            let bus = try snapshot.record(BusRecord.self, place.key)
            return ResourceFacts(account: place.account, policy: bus?.policy, tags: bus?.tags ?? [:])
        }
    }
}
