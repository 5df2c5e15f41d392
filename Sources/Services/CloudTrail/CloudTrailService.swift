import Documents
import Kernel
import Store

/// AWS CloudTrail: the event history, and trails that deliver it.
///
/// The events themselves are the kernel's audit; a trail is a tap on it.
public struct CloudTrailService: Service {
    public static let id = "cloudtrail"
    static let principal = "cloudtrail.amazonaws.com"
    let taps = TrailTaps()

    public init() {}

    public func register(in operations: inout Operations) {
        operations.on("LookupEvents", lookupEvents)
        operations.on("CreateTrail", createTrail)
        operations.on("UpdateTrail", updateTrail)
        operations.on("DeleteTrail", deleteTrail)
        operations.on("DescribeTrails", describeTrails)
        operations.on("GetTrail", getTrail)
        operations.on("ListTrails", listTrails)
        operations.on("GetTrailStatus", getStatus)
        operations.on("StartLogging", startLogging)
        operations.on("StopLogging", stopLogging)
        operations.on("PutEventSelectors", putEventSelectors)
        operations.on("GetEventSelectors", getEventSelectors)
        operations.on("GetInsightSelectors", getInsightSelectors)
        operations.on("PutInsightSelectors", putInsightSelectors)
        operations.on("AddTags", addTags)
        operations.on("RemoveTags", removeTags)
        operations.on("ListTags", listTags)
        operations.on("ListPublicKeys", listPublicKeys)
        operations.timer("deliver", deliver)
        operations.timer("digest", digest)
        operations.timer("sweep", sweep)
        registerLake(in: &operations)
        refuseUnbuilt(in: &operations)
    }

    /// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
    public var actions: ActionMap {
        var map: ActionMap = [:]
        for name in ["LookupEvents", "DescribeTrails", "ListTrails", "ListPublicKeys"] + Self.lakeLists.map(\.key) {
            map[name] = { _, _ in [Permission("cloudtrail:\(name)", on: "*")] }
        }
        for (name, member) in [
            ("CreateTrail", "Name"), ("UpdateTrail", "Name"), ("DeleteTrail", "Name"), ("GetTrail", "Name"),
            ("GetTrailStatus", "Name"), ("StartLogging", "Name"), ("StopLogging", "Name"), ("PutEventSelectors", "TrailName"),
            ("GetEventSelectors", "TrailName"), ("GetInsightSelectors", "TrailName"), ("PutInsightSelectors", "TrailName"),
            ("AddTags", "ResourceId"),
            ("RemoveTags", "ResourceId"),
        ] {
            map[name] = { input, context in
                let named = input[member]?.string ?? ""
                let arn = named.hasPrefix("arn:") ? named : context.arn("trail/\(named)")
                var conditions: [String: [String]] = [:]
                for tag in input["TagsList"]?.list ?? [] {
                    guard let key = tag["Key"]?.string else { continue }
                    conditions["aws:TagKeys", default: []].append(key)
                    if let value = tag["Value"]?.string { conditions["aws:RequestTag/\(key)"] = [value] }
                }
                var own = Permission("cloudtrail:\(name)", on: arn, conditions: conditions, isCreation: name == "CreateTrail")
                if Self.reads.contains(name) { own.facts = try await self.sharedFacts(arn, context) }
                var permissions = [own]
                if let role = input["CloudWatchLogsRoleArn"]?.string, !role.isEmpty {
                    permissions.append(
                        Permission("iam:PassRole", on: role, conditions: ["iam:PassedToService": [Self.principal]]))
                }
                return permissions
            }
        }
        for (name, member) in Self.lakeReads {
            map[name] = { input, _ in [Permission("cloudtrail:\(name)", on: input[member]?.string ?? "*")] }
        }
        map["ListTags"] = { input, context in
            var permissions: [Permission] = []
            for id in input["ResourceIdList"]?.list ?? [] {
                var permission = Permission("cloudtrail:ListTags", on: id.string ?? "*")
                permission.facts = try await self.sharedFacts(id.string ?? "", context)
                permissions.append(permission)
            }
            return permissions
        }
        return map
    }

    private static let reads: Set<String> = ["GetTrail", "GetTrailStatus", "GetEventSelectors", "GetInsightSelectors"]

    /// A member account may look at its organization's trails as at its own, by ARN
    /// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html). Nil for other trails.
    private func sharedFacts(_ arn: String, _ context: Context) async throws -> ResourceFacts? {
        guard let key = TrailRecord.key(arn: arn) else { return nil }
        guard let trail = try await context.store.read({ try $0.record(TrailRecord.self, key) }),
            trail.account != context.account, try await isSeen(trail, by: context)
        else { return nil }
        return ResourceFacts(account: context.account, tags: trail.tags.byKey)
    }

    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let key = TrailRecord.key(arn: arn) else { return nil }
        let trail = try await platform.store.read { try $0.record(TrailRecord.self, key) }
        return trail.map { ResourceFacts(account: $0.account, tags: $0.tags.byKey) }
    }

    public func start(_ platform: Platform) async throws {
        try await taps.reload(platform)
        try await platform.store.write { transaction in
            guard try transaction.timerDue(Self.id, id: "sweep") == nil else { return }
            try transaction.schedule(Self.sweepTimer(at: platform.clock.now()), on: platform)
        }
    }

    private static func sweepTimer(at now: Timestamp) -> TimerRecord {
        TimerRecord(id: "sweep", service: id, name: "sweep", due: now + TrailLimit.sweepInterval)
    }

    /// Event history ends after 90 days.
    func sweep(_ timer: TimerRecord, _ platform: Platform) async throws {
        let now = platform.clock.now()
        try await AuditHistory(platform).sweep(before: now - AuditHistory.Limit.life)
        try await AuditHistory(platform).sweepData(before: now - TrailLimit.redelivery)
        try await platform.store.write { try $0.schedule(Self.sweepTimer(at: now), on: platform) }
    }
}

/// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
enum TrailLimit {
    static let trailsPerRegion = 5
    static let tags = 50
    static let eventSelectors = 5
    static let dataResources = 250
    /// Values over all fields of a trail's advanced selectors.
    static let conditions = 500
    static let lookupPage = 50
    static let prefixLength = 200
    static let topicName = 256
    static let deliveryInterval = Duration.seconds(300)
    static let digestInterval = Duration.seconds(3_600)
    static let sweepInterval = Duration.seconds(86_400)
    /// Events read at once, and bytes of a file's events before it is closed.
    static let read = 1_000
    static let fileBytes = 8 << 20
    /// Bytes of a PutLogEvents batch, 26 counted for each event; and of one event.
    static let logsBatchBytes = 1_000_000
    static let logsEventBytes = 256 << 10
    /// How long a file that can't be delivered is tried again.
    static let redelivery = Duration.seconds(30 * 86_400)
    static let keyLife = Duration.seconds(365 * 86_400)
}
