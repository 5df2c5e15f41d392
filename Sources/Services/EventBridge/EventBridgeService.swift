import Documents
import Kernel
import Store

/// Amazon EventBridge: buses, rules, targets, schedules, archives and replays, connections and API destinations,
/// partner sources. Global endpoints refuse.
public struct EventBridgeService: Service {
    public static let id = "events"
    static let principal = "events.amazonaws.com"
    let router = EventRouter()
    let tokens = AccessTokens()
    let pace = Pace()
    let keys = BusKeys(limit: EventsLimit.dataKeysKept)
    let lines = LineWorkers()

    public init() {}

    public func register(in operations: inout Operations) {
        operations.direct("PutEvents", as: PutEventsInput.self, PutEventsOutput.self, putEvents)
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
        operations.on("CreateArchive", createArchive)
        operations.on("UpdateArchive", updateArchive)
        operations.on("DescribeArchive", describeArchive)
        operations.on("ListArchives", listArchives)
        operations.on("DeleteArchive", deleteArchive)
        operations.on("StartReplay", startReplay)
        operations.on("DescribeReplay", describeReplay)
        operations.on("ListReplays", listReplays)
        operations.on("CancelReplay", cancelReplay)
        operations.on("CreateConnection", createConnection)
        operations.on("UpdateConnection", updateConnection)
        operations.on("DescribeConnection", describeConnection)
        operations.on("ListConnections", listConnections)
        operations.on("DeleteConnection", deleteConnection)
        operations.on("DeauthorizeConnection", deauthorizeConnection)
        operations.on("CreateApiDestination", createDestination)
        operations.on("UpdateApiDestination", updateDestination)
        operations.on("DescribeApiDestination", describeDestination)
        operations.on("ListApiDestinations", listDestinations)
        operations.on("DeleteApiDestination", deleteDestination)
        operations.on("ListEndpoints", listEndpoints)
        operations.on("DescribeEndpoint", describeEndpoint)
        operations.on("ListEventSources", listEventSources)
        operations.on("DescribeEventSource", describeEventSource)
        operations.on("ListPartnerEventSources", listPartnerSources)
        operations.on("CreatePartnerEventSource", createPartnerSource)
        operations.on("DeletePartnerEventSource", deletePartnerSource)
        operations.on("DescribePartnerEventSource", describePartnerSource)
        operations.on("ListPartnerEventSourceAccounts", listPartnerAccounts)
        operations.on("ActivateEventSource", activateSource)
        operations.on("DeactivateEventSource", deactivateSource)
        operations.on("PutPartnerEvents", putPartnerEvents)
        operations.timer("schedule", runSchedule)
        operations.timer("expire", expireArchive)
        operations.delivery("replay", runReplay)
        operations.delivery("endArchive", endArchive)
        operations.delivery("authorize", authorize)
        operations.delivery("target", deliver)
        operations.delivery("line", runLine)
        operations.delivery("deadLetter", deliverDeadLetter)
        operations.delivery("announce", deliverAnnouncement)
        operations.delivery("audit", deliverAudit)
        refuseUnbuilt(in: &operations)
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
                try snapshot.record(RuleRecord.self, place.ruleKey(name)).map {
                    ResourceFacts(account: place.account, tags: $0.tags.byKey)
                }
            }
        }
        // What has no tags and no policy belongs to the account of its ARN.
        guard parsed.resource.hasPrefix("event-bus/") else { return nil }
        let place = BusPlace(
            account: parsed.account, region: parsed.region, name: String(parsed.resource.dropFirst("event-bus/".count)))
        return try await platform.store.read { snapshot in
            let bus = try snapshot.record(BusRecord.self, place.key)
            guard bus != nil || place.isDefault else { return nil }
            return ResourceFacts(account: place.account, policy: bus?.policy, tags: bus?.tags.byKey ?? [:])
        }
    }
}
