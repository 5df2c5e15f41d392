import Documents
import Kernel
import Store

struct TargetAction: Codable, Sendable, Equatable {
    var MinCapacity: Int64?
    var MaxCapacity: Int64?
}

struct PutScheduledInput: Codable, Sendable {
    var ServiceNamespace: String
    var Schedule: String?
    var Timezone: String?
    var ScheduledActionName: String
    var ResourceId: String
    var ScalableDimension: String
    var StartTime: Timestamp?
    var EndTime: Timestamp?
    var ScalableTargetAction: TargetAction?
}

struct DeleteScheduledInput: Codable, Sendable {
    var ServiceNamespace: String
    var ScheduledActionName: String
    var ResourceId: String
    var ScalableDimension: String
}

struct DescribeScheduledInput: Codable, Sendable {
    var ScheduledActionNames: [String]?
    var ServiceNamespace: String
    var ResourceId: String?
    var ScalableDimension: String?
    var MaxResults: Int?
    var NextToken: String?
}
struct DescribeScheduledOutput: Codable, Sendable {
    var ScheduledActions: [Document]
    var NextToken: String?
}

/// PutScheduledAction, DeleteScheduledAction and DescribeScheduledActions
/// (https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scheduled-scaling.html).
extension ApplicationAutoScalingService {
    func putScheduled(_ input: PutScheduledInput, _ context: Context) async throws -> Nothing {
        let place = try ScalingPlace(input.ServiceNamespace, input.ResourceId, input.ScalableDimension, context)
        let (now, platform, zones) = (context.now, context.platform, zones)
        try await context.store.write { transaction in
            guard try transaction.contains(place.target) else { throw place.noTarget }
            let known = try transaction.all(ScheduledRecord.self, place.schedules)
            let old = known.first { $0.name == input.ScheduledActionName }
            if old == nil, known.count >= Limit.schedules {
                throw ScalingFault.limit("A scalable target can't have more than \(Limit.schedules) scheduled actions")
            }
            let record = try input.record(place, old, id: known.first?.id ?? Identifier.uuid(), now)
            let expression = try record.parsed(zones)
            try transaction.put(record.key, record)
            try transaction.setTurn(record, expression, from: now, on: platform)
        }
        return Nothing()
    }

    func deleteScheduled(_ input: DeleteScheduledInput, _ context: Context) async throws -> Nothing {
        let place = try ScalingPlace(input.ServiceNamespace, input.ResourceId, input.ScalableDimension, context)
        let key = place.schedules.appending(.text(input.ScheduledActionName))
        try await context.store.write { transaction in
            guard let record = try transaction.record(ScheduledRecord.self, key) else {
                throw ScalingFault.objectNotFound(
                    "No scheduled action found for service namespace: \(place.namespace), resource ID: \(place.resource), scalable dimension: \(place.dimension), scheduled action name: \(input.ScheduledActionName)"
                )
            }
            try transaction.delete(key)
            try transaction.cancelTimer(Self.id, id: record.timerID)
        }
        return Nothing()
    }

    func describeScheduled(_ input: DescribeScheduledInput, _ context: Context) async throws -> DescribeScheduledOutput {
        try Self.demandResource(input.ResourceId, for: input.ScalableDimension)
        let (found, next) = try await page(
            ScheduledRecord.self, .scheduledScaling, input.ServiceNamespace, input.MaxResults, input.NextToken, context
        ) { action in
            (input.ScheduledActionNames?.contains(action.name) ?? true)
                && (input.ResourceId.map { $0 == action.place.resource } ?? true)
                && (input.ScalableDimension.map { $0 == action.place.dimension } ?? true)
        }
        return DescribeScheduledOutput(ScheduledActions: found.map(\.document), NextToken: next)
    }

    /// A list is narrowed to a dimension of one resource, not of all.
    /// - Throws: ``ScalingFault/validation(_:)``
    static func demandResource(_ resource: String?, for dimension: String?) throws(ScalingFault) {
        guard dimension == nil || resource != nil else {
            throw .validation("If you specify a scalable dimension, you must also specify a resource ID")
        }
    }
}

extension PutScheduledInput {
    /// What stands afterwards: an update keeps what it does not name, but for the beginning and the end.
    /// - Parameter id: what the ARNs of a target's actions have in common.
    fileprivate func record(
        _ place: ScalingPlace, _ old: ScheduledRecord?, id: String, _ now: Timestamp
    ) throws(ScalingFault) -> ScheduledRecord {
        guard let schedule = Schedule ?? old?.schedule, let action = ScalableTargetAction ?? old?.action else {
            throw .validation("Both Schedule and ScalableTargetAction are required to create a scheduled action")
        }
        guard action != TargetAction() else {
            throw .validation("At least one of MinCapacity and MaxCapacity must be specified for ScalableTargetAction")
        }
        for capacity in [action.MinCapacity, action.MaxCapacity] {
            if let capacity, capacity < 1 {
                throw .validation("Minimum and maximum capacity cannot be less than 1 for \(place.dimension)")
            }
        }
        if let least = action.MinCapacity, let most = action.MaxCapacity, least > most {
            throw .validation("Maximum capacity cannot be less than minimum capacity")
        }
        if let end = EndTime {
            guard end > now else { throw .validation("EndTime cannot be in the past") }
            if let start = StartTime, end <= start { throw .validation("EndTime must be later than StartTime") }
        }
        // A rate goes on as it was, unless the schedule itself is another.
        let isSame = old.map { $0.schedule == schedule && $0.start == StartTime } ?? false
        return ScheduledRecord(
            place: place, name: ScheduledActionName, id: id, created: old?.created ?? now,
            schedule: schedule, zone: Timezone ?? old?.zone, start: StartTime, end: EndTime, action: action,
            anchor: (isSame ? old?.anchor : nil) ?? StartTime ?? now, revision: Identifier.uuid())
    }
}
