import Documents
import Kernel
import Store

/// A scheduled action of a scalable target.
struct ScheduledRecord: Stored {
    static let tag: UInt8 = 1
    var place: ScalingPlace
    var name: String
    var id: String
    var created: Timestamp
    var schedule: String
    var zone: String?
    var start: Timestamp?
    var end: Timestamp?
    var action: TargetAction
    /// From here rates count.
    var anchor: Timestamp
    /// Another with each change; a turn of an earlier one is void.
    var revision: String

    var key: Key { place.schedules.appending(.text(name)) }
    var timerID: String { "scheduled/\(place.account)/\(place.region)/\(place.resource)/\(place.dimension)/\(name)" }
    var arn: String {
        "arn:aws:autoscaling:\(place.region):\(place.account):scheduledAction:\(id):resource/\(place.namespace)/\(place.resource):scheduledActionName/\(name)"
    }

    /// `ScheduledAction`
    var document: Document {
        var members: Members = [
            "ScheduledActionName": .string(name), "ScheduledActionARN": .string(arn),
            "ServiceNamespace": .string(place.namespace), "Schedule": .string(schedule), "ResourceId": .string(place.resource),
            "ScalableDimension": .string(place.dimension), "CreationTime": .timestamp(created),
        ]
        var capacity: Members = [:]
        if let least = action.MinCapacity { capacity["MinCapacity"] = .integer(least) }
        if let most = action.MaxCapacity { capacity["MaxCapacity"] = .integer(most) }
        members["ScalableTargetAction"] = .map(capacity)
        if let zone { members["Timezone"] = .string(zone) }
        if let start { members["StartTime"] = .timestamp(start) }
        if let end { members["EndTime"] = .timestamp(end) }
        return .map(members)
    }

    /// - Throws: ``ScalingFault/validation(_:)``
    func parsed(_ zones: TimeZones) throws(ScalingFault) -> ScheduleExpression {
        guard let rules = zones.rules(zone ?? "UTC") else {
            throw .validation("The time zone \(zone ?? "") is not a canonical name of the IANA time zone database")
        }
        guard let expression = ScheduleExpression(schedule, in: rules) else {
            throw .validation("The schedule expression \(schedule) is not valid")
        }
        return expression
    }
}

/// What a timer carries of a turn that is to come.
private struct Turn: Codable {
    var place: ScalingPlace
    var name: String
    var revision: String
    var at: Timestamp
}

extension Transaction {
    /// Sets the timer of an action's next turn, or takes it away when there is none.
    fileprivate func setTurn(
        _ record: ScheduledRecord, at turn: Timestamp?, on platform: Platform
    ) throws {
        guard let turn else { return try cancelTimer(ApplicationAutoScalingService.id, id: record.timerID) }
        let payload = Turn(place: record.place, name: record.name, revision: record.revision, at: turn)
        try schedule(
            TimerRecord(
                id: record.timerID, service: ApplicationAutoScalingService.id, name: ApplicationAutoScalingService.turnTimer,
                due: turn, payload: try DocumentEncoder().encode(payload)), on: platform)
    }

    /// The same for an action that was just put. A rate without a beginning waits for its first interval.
    func setTurn(
        _ record: ScheduledRecord, _ expression: ScheduleExpression, from now: Timestamp, on platform: Platform
    ) throws {
        let from = record.start == nil ? now + .microseconds(1) : now
        try setTurn(
            record, at: expression.first(from: from, anchor: record.anchor, start: record.start, end: record.end), on: platform)
    }

    /// A target that goes takes its scheduled actions along.
    func removeSchedules(of place: ScalingPlace) throws {
        for record in try all(ScheduledRecord.self, place.schedules) {
            try cancelTimer(ApplicationAutoScalingService.id, id: record.timerID)
        }
        try deleteRange(from: place.schedules, to: place.schedules.rangeEnd)
    }
}

extension ApplicationAutoScalingService {
    static let turnTimer = "scheduled action"
    static let holdTimer = "hold"

    /// A turn: the target has the new limits, the activity says so, and the next turn's timer is set, in one transaction.
    /// Capacity follows by a timer of its own, which is tried until it has been.
    func runScheduled(_ timer: TimerRecord, _ platform: Platform) async throws {
        let turn = try DocumentDecoder().decode(Turn.self, from: timer.payload)
        let (now, zones) = (platform.clock.now(), zones)
        try await platform.store.write { transaction in
            let key = turn.place.schedules.appending(.text(turn.name))
            guard let record = try transaction.record(ScheduledRecord.self, key), record.revision == turn.revision,
                var target = try transaction.record(TargetRecord.self, turn.place.target)
            else { return }
            let from = ScheduleExpression.moment(after: turn.at, due: timer.due, now: now)
            let next = try record.parsed(zones).first(
                from: from, anchor: record.anchor, start: record.start, end: record.end)
            try transaction.setTurn(record, at: next, on: platform)
            guard target.suspended.ScheduledScalingSuspended != true else { return }
            let activity = target.take(record, at: now)
            try transaction.keep(activity)
            guard !activity.isFailure else { return }
            try transaction.put(turn.place.target, target)
            try transaction.schedule(
                TimerRecord(
                    id: "hold/\(record.timerID)", service: Self.id, name: Self.holdTimer, due: timer.due,
                    payload: try DocumentEncoder().encode(turn.place)), on: platform)
        }
    }

    /// Brings capacity into limits that a schedule has set.
    func holdCapacity(_ timer: TimerRecord, _ platform: Platform) async throws {
        let place = try DocumentDecoder().decode(ScalingPlace.self, from: timer.payload)
        guard let target = try await platform.store.read({ try $0.record(TargetRecord.self, place.target) }) else { return }
        try await Tracking.holdWithinLimits(target, on: platform)
    }
}

extension TargetRecord {
    /// Takes over a scheduled action's limits.
    /// - Returns: the activity that tells of it; one that failed when the limits that the action leaves alone do not let it.
    fileprivate mutating func take(_ record: ScheduledRecord, at now: Timestamp) -> ActivityRecord {
        var parts: [String] = []
        if let least = record.action.MinCapacity { parts.append("min capacity to \(least)") }
        if let most = record.action.MaxCapacity { parts.append("max capacity to \(most)") }
        let what = parts.joined(separator: " and ")
        let least = record.action.MinCapacity ?? minimum
        let most = record.action.MaxCapacity ?? maximum
        let isFailure = least > most
        if !isFailure { (minimum, maximum) = (least, most) }
        return ActivityRecord(
            place: place, id: Identifier.uuid(), description: "Setting \(what)",
            cause: "scheduled action name \(record.name) was triggered", started: now, isFailure: isFailure,
            message: isFailure
                ? "Failed to set \(what). Reason: Maximum capacity cannot be less than minimum capacity"
                : "Successfully set \(what)")
    }
}
