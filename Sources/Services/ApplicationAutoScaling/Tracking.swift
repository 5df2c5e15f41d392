import Documents
import Kernel
import Store

/// Target tracking as DynamoDB documents it
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html): capacity grows when utilization was
/// over the target for two minutes, and shrinks when it was 20 points below for fifteen. Minutes without any use say
/// nothing, so an unused table keeps its capacity, as on AWS.
enum Tracking {
    enum Limit {
        static let minutesOver = 2
        static let minutesUnder = 15
        /// Points of percent below the target.
        static let gap = 20.0
    }
    static let timer = "evaluate"
    /// One for each minute: the next minute's must not take the place of one that is just due.
    static func timerID(_ place: ScalingPlace, _ end: Timestamp) -> String {
        "\(place.account)/\(place.region)/\(place.resource)/\(place.dimension)/\(end.seconds)"
    }

    /// The capacity that `used` asks for.
    /// - Parameter used: units of the last whole minutes, the latest first; nil for an unused minute.
    /// - Returns: nil to stay.
    static func wanted(_ used: [Double?], capacity: Int64, target: Double) -> Int64? {
        guard capacity > 0 else { return nil }
        let percents = used.map { $0.map { $0 / 60 / Double(capacity) * 100 } }
        func needed(_ units: [Double?]) -> Int64 {
            let most = units.compactMap { $0 }.max() ?? 0
            return max(1, Int64((most / 60 / (target / 100)).rounded(.up)))
        }
        let latest = percents.prefix(Limit.minutesOver)
        if latest.count == Limit.minutesOver, latest.allSatisfy({ $0.map { $0 > target } ?? false }) {
            return max(needed(Array(used.prefix(Limit.minutesOver))), capacity + 1)
        }
        let long = percents.prefix(Limit.minutesUnder)
        if long.count == Limit.minutesUnder, long.allSatisfy({ $0.map { $0 < target - Limit.gap } ?? false }) {
            let fewer = needed(Array(used.prefix(Limit.minutesUnder)))
            return fewer < capacity ? fewer : nil
        }
        return nil
    }

    /// Looks at a place when the minute in which it is used is over.
    static func schedule(_ usage: UsageMeter.Place, at end: Timestamp, on platform: Platform) async {
        guard let arn = ARN(usage.resource) else { return }
        let kind = arn.resource.contains("/index/") ? "index" : "table"
        let place = ScalingPlace(
            account: arn.account, region: arn.region, namespace: "dynamodb", resource: arn.resource,
            dimension: "dynamodb:\(kind):\(usage.measure == "writes" ? "WriteCapacityUnits" : "ReadCapacityUnits")")
        do {
            try await platform.store.write { transaction in
                try transaction.schedule(
                    TimerRecord(
                        id: timerID(place, end), service: ApplicationAutoScalingService.id, name: timer, due: end,
                        payload: try DocumentEncoder().encode(place)), on: platform)
            }
        } catch {
            platform.log.warning("a scaling evaluation was not scheduled", metadata: ["error": "\(error)"])
        }
    }

    /// Brings capacity into the limits that were just set.
    static func holdWithinLimits(_ target: TargetRecord, on platform: Platform) async throws {
        guard let caller = try await ScalingRole.caller(target.place.account, on: platform),
            let now = try await capacity(target.place, caller, platform)
        else { return }
        if now < target.minimum {
            try await change(target.place, to: target.minimum, "minimum capacity was set to \(target.minimum)", caller, platform)
        } else if now > target.maximum {
            try await change(target.place, to: target.maximum, "maximum capacity was set to \(target.maximum)", caller, platform)
        }
    }

    /// Provisioned units; nil for a table that is gone or has none.
    static func capacity(_ place: ScalingPlace, _ caller: Caller, _ platform: Platform) async throws -> Int64? {
        let table: Document?
        do {
            table = try await platform.call(
                Call(
                    "dynamodb", "DescribeTable", ["TableName": .string(place.table)], caller: caller, region: place.region)
            ).output["Table"]
        } catch let error as AWSError where error.isSenders {
            return nil
        }
        guard let units = throughput(place.index, table) else { return nil }
        let found = units[place.isWrite ? "WriteCapacityUnits" : "ReadCapacityUnits"]?.integer ?? 0
        return found > 0 ? found : nil
    }

    private static func throughput(_ index: String?, _ table: Document?) -> Document? {
        guard let index else { return table?["ProvisionedThroughput"] }
        return table?["GlobalSecondaryIndexes"]?.list?.first { $0["IndexName"]?.string == index }?["ProvisionedThroughput"]
    }

    /// Sets the capacity and keeps a record of it.
    static func change(
        _ place: ScalingPlace, to wanted: Int64, _ cause: String, _ caller: Caller, _ platform: Platform
    ) async throws {
        let started = platform.clock.now()
        let what = (place.isWrite ? "write" : "read") + " capacity units"
        var message = "Successfully set \(what) to \(wanted). Change successfully fulfilled by dynamodb."
        var isFailure = false
        do {
            let table = try await platform.call(
                Call("dynamodb", "DescribeTable", ["TableName": .string(place.table)], caller: caller, region: place.region)
            ).output["Table"]
            let other = throughput(place.index, table)?[place.isWrite ? "ReadCapacityUnits" : "WriteCapacityUnits"] ?? 1
            let units: Document =
                place.isWrite
                ? ["ReadCapacityUnits": other, "WriteCapacityUnits": .integer(wanted)]
                : ["ReadCapacityUnits": .integer(wanted), "WriteCapacityUnits": other]
            var input: Members = ["TableName": .string(place.table)]
            if let index = place.index {
                input["GlobalSecondaryIndexUpdates"] = [
                    ["Update": ["IndexName": .string(index), "ProvisionedThroughput": units]]
                ]
            } else {
                input["ProvisionedThroughput"] = units
            }
            _ = try await platform.call(Call("dynamodb", "UpdateTable", .map(input), caller: caller, region: place.region))
        } catch let error as AWSError where error.isSenders {
            (isFailure, message) = (true, "Failed to set \(what) to \(wanted). Reason: \(error.message)")
        }
        let activity = ActivityRecord(
            place: place, id: Identifier.uuid(), description: "Setting \(what) to \(wanted).", cause: cause, started: started,
            ended: platform.clock.now(), isFailure: isFailure, message: message)
        try await platform.store.write { try $0.keep(activity) }
    }
}

extension ApplicationAutoScalingService {
    /// A minute is over in which a scalable target was used.
    func evaluate(_ timer: TimerRecord, _ platform: Platform) async throws {
        let place = try DocumentDecoder().decode(ScalingPlace.self, from: timer.payload)
        let (target, policy) = try await platform.store.read { snapshot in
            var policy: PolicyRecord?
            try snapshot.records(PolicyRecord.self, place.policies, limit: 1) { _, found in
                policy = found
                return false
            }
            return (try snapshot.record(TargetRecord.self, place.target), policy)
        }
        guard var target, let policy, let caller = try await ScalingRole.caller(place.account, on: platform),
            let capacity = try await Tracking.capacity(place, caller, platform)
        else { return }
        let now = timer.due
        let used = platform.usage.sums(place.usage, last: Tracking.Limit.minutesUnder, before: now)
        guard let ideal = Tracking.wanted(used, capacity: capacity, target: policy.target) else { return }
        let wanted = min(max(ideal, target.minimum), target.maximum)
        guard wanted != capacity else { return }
        let isOut = wanted > capacity
        if isOut {
            guard target.suspended.DynamicScalingOutSuspended != true else { return }
            if let last = target.scaledOut, now - last < .seconds(policy.outCooldown) { return }
            target.scaledOut = now
        } else {
            guard target.suspended.DynamicScalingInSuspended != true, !policy.disablesScaleIn else { return }
            if let last = target.scaledIn, now - last < .seconds(policy.inCooldown) { return }
            target.scaledIn = now
        }
        try await Tracking.change(
            place, to: wanted,
            "monitor alarm TargetTracking-\(place.resource)-Alarm\(isOut ? "High" : "Low")-\(policy.id) in state ALARM triggered policy \(policy.name)",
            caller, platform)
        let changed = target
        try await platform.store.write { transaction in
            guard let present = try transaction.record(TargetRecord.self, place.target), present.id == changed.id else { return }
            var kept = present
            (kept.scaledOut, kept.scaledIn) = (changed.scaledOut, changed.scaledIn)
            try transaction.put(place.target, kept)
        }
    }
}
