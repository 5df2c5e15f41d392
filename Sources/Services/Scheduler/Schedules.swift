import Documents
import Kernel
import Store

/// CreateSchedule and UpdateSchedule (https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule.html).
extension SchedulerService {
    /// Both operations have the same members; an update replaces all of them.
    struct ScheduleInput: Codable, Sendable {
        var Name: String
        var GroupName: String?
        var ScheduleExpression: String
        var StartDate: Timestamp?
        var EndDate: Timestamp?
        var Description: String?
        var ScheduleExpressionTimezone: String?
        var State: String?
        var KmsKeyArn: String?
        var Target: Target
        var FlexibleTimeWindow: FlexibleWindow
        var ClientToken: String?
        var ActionAfterCompletion: String?
    }
    struct ScheduleArnOutput: Codable, Sendable { var ScheduleArn: String }

    func createSchedule(_ input: ScheduleInput, _ context: Context) async throws -> ScheduleArnOutput {
        let place = GroupPlace(input.GroupName, context).schedule(input.Name)
        let token = try ClientToken(input.ClientToken, input, context)
        let expression = try check(input, context)
        if try await context.store.read({ try $0.group(place.group) })?.isDeleting == true {
            throw SchedulerFault.groupIsDeleting(place.group.name)
        }
        try await TargetRules.check(input.Target, place.group, context)
        let draft = try await draft(input, place, context)
        let (platform, now) = (context.platform, context.now)
        try await context.store.write { transaction in
            if try transaction.isRepeated(token) { return }
            // What was looked up before may have changed.
            guard try transaction.group(place.group)?.isDeleting != true else {
                throw SchedulerFault.groupIsDeleting(place.group.name)
            }
            guard try !transaction.contains(place.key) else { throw SchedulerFault.scheduleExists(place.name) }
            try transaction.keep(draft, at: place, expression, from: now, on: platform)
            try transaction.remember(token)
        }
        return ScheduleArnOutput(ScheduleArn: place.arn)
    }

    func updateSchedule(_ input: ScheduleInput, _ context: Context) async throws -> ScheduleArnOutput {
        let place = GroupPlace(input.GroupName, context).schedule(input.Name)
        let token = try ClientToken(input.ClientToken, input, context)
        let expression = try check(input, context)
        _ = try await context.store.read { try $0.schedule(place) }
        try await TargetRules.check(input.Target, place.group, context)
        let draft = try await draft(input, place, context)
        let (platform, now) = (context.platform, context.now)
        try await context.store.write { transaction in
            if try transaction.isRepeated(token) { return }
            let old = try transaction.schedule(place)
            guard try transaction.group(place.group)?.isDeleting != true else {
                throw SchedulerFault.groupIsDeleting(place.group.name)
            }
            var record = draft
            record.created = old.created
            // A rate goes on as it was, unless the schedule itself is another.
            if old.expression == record.expression, old.start == record.start { record.anchor = old.anchor }
            try transaction.keep(record, at: place, expression, from: now, on: platform)
            try transaction.remember(token)
        }
        return ScheduleArnOutput(ScheduleArn: place.arn)
    }

    /// What can be told from the request alone.
    private func check(_ input: ScheduleInput, _ context: Context) throws -> ScheduleExpression {
        let expression = try ScheduleExpression(
            input.ScheduleExpression, zone: input.ScheduleExpressionTimezone, zones)
        let window = input.FlexibleTimeWindow
        if window.Mode == "OFF", window.MaximumWindowInMinutes != nil {
            throw SchedulerFault.validation("MaximumWindowInMinutes must not be set when FlexibleTimeWindow Mode is OFF.")
        }
        if window.Mode == "FLEXIBLE", window.MaximumWindowInMinutes == nil {
            throw SchedulerFault.validation("MaximumWindowInMinutes must be set when FlexibleTimeWindow Mode is FLEXIBLE.")
        }
        // Scheduler ignores both for a single turn.
        if !expression.isOnce {
            if let start = input.StartDate, start < context.now - .seconds(SchedulerLimit.startSeconds) {
                throw SchedulerFault.validation("The StartDate you specify cannot be earlier than 5 minutes ago.")
            }
            if let end = input.EndDate {
                guard end > context.now else {
                    throw SchedulerFault.validation("The EndDate you specify cannot be in the past.")
                }
                if let start = input.StartDate, end <= start {
                    throw SchedulerFault.validation("The EndDate you specify must come after the StartDate.")
                }
            }
        }
        return expression
    }

    private func draft(_ input: ScheduleInput, _ place: SchedulePlace, _ context: Context) async throws -> ScheduleRecord {
        var record = ScheduleRecord(
            name: place.name, group: place.group.name, expression: input.ScheduleExpression,
            zone: input.ScheduleExpressionTimezone, start: input.StartDate, end: input.EndDate,
            description: input.Description, state: input.State ?? "ENABLED", keyARN: input.KmsKeyArn, target: input.Target,
            window: input.FlexibleTimeWindow, afterCompletion: input.ActionAfterCompletion, created: context.now,
            modified: context.now, anchor: input.StartDate ?? context.now, revision: Identifier.uuid())
        guard let key = input.KmsKeyArn else { return record }
        try await Sealing.check(key: key, context)
        if let text = input.Target.Input {
            record.sealed = try await Sealing.seal(text, key: key, schedule: place.arn, context)
            record.target.Input = nil
        }
        return record
    }
}

extension Transaction {
    /// Puts a schedule down and sets the timer of its next turn.
    func keep(
        _ record: ScheduleRecord, at place: SchedulePlace, _ expression: ScheduleExpression, from now: Timestamp,
        on platform: Platform
    ) throws {
        try put(place.key, record)
        guard record.isOn, let turn = expression.first(from: now, of: record) else {
            return try cancelTimer(SchedulerService.id, id: place.timerID)
        }
        try schedule(TurnTimer(place: place, revision: record.revision, turn: turn).timer(record.window), on: platform)
    }
}
