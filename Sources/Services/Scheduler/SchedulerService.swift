import Documents
import Kernel
import Store

/// Amazon EventBridge Scheduler: schedules in groups, whose targets are called in a role's name.
public struct SchedulerService: Service {
    public static let id = "scheduler"
    static let principal = "scheduler.amazonaws.com"
    let zones = TimeZones()

    public init() {}

    public func register(in operations: inout Operations) {
        operations.on("CreateSchedule", createSchedule)
        operations.on("UpdateSchedule", updateSchedule)
        operations.on("GetSchedule", getSchedule)
        operations.on("ListSchedules", listSchedules)
        operations.on("DeleteSchedule", deleteSchedule)
        operations.on("CreateScheduleGroup", createGroup)
        operations.on("GetScheduleGroup", getGroup)
        operations.on("ListScheduleGroups", listGroups)
        operations.on("DeleteScheduleGroup", deleteGroup)
        operations.on("TagResource", tag)
        operations.on("UntagResource", untag)
        operations.on("ListTagsForResource", listTags)
        refuseUnbuilt(in: &operations)
        operations.timer("turn", runTurn)
        operations.timer("empty group", emptyGroup)
        operations.delivery("invoke", invoke)
        operations.delivery("dead letter", deliverDeadLetter)
    }

    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let parsed = ARN(arn) else { return nil }
        let parts = parsed.resource.split(separator: "/").map(String.init)
        guard parts.count >= 2, ["schedule", "schedule-group"].contains(parts[0]) else { return nil }
        // A schedule has no tags of its own; policies see those of its group.
        let place = GroupPlace(account: parsed.account, region: parsed.region, name: parts[1])
        let group = try await platform.store.read { try $0.record(GroupRecord.self, place.key) }
        return ResourceFacts(account: parsed.account, tags: group?.tags.byKey ?? [:])
    }

    public func denied(_ message: String) -> AWSError { AWSError("AccessDeniedException", 403, message) }
}
