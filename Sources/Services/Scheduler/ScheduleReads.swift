import Documents
import Kernel
import Store

/// GetSchedule, ListSchedules, DeleteSchedule.
extension SchedulerService {
    struct GetScheduleInput: Codable, Sendable {
        var Name: String
        var GroupName: String?
    }
    struct GetScheduleOutput: Codable, Sendable {
        var Arn: String
        var GroupName: String
        var Name: String
        var ScheduleExpression: String
        var StartDate: Timestamp?
        var EndDate: Timestamp?
        var Description: String?
        var ScheduleExpressionTimezone: String
        var State: String
        var CreationDate: Timestamp
        var LastModificationDate: Timestamp
        var KmsKeyArn: String?
        var Target: Target
        var FlexibleTimeWindow: FlexibleWindow
        var ActionAfterCompletion: String
    }

    func getSchedule(_ input: GetScheduleInput, _ context: Context) async throws -> GetScheduleOutput {
        let place = GroupPlace(input.GroupName, context).schedule(input.Name)
        let record = try await context.store.read { try $0.schedule(place) }
        var target = record.target
        if let sealed = record.sealed {
            var caller = context.caller
            caller.calledVia = (caller.calledVia ?? []) + [Self.principal]
            do {
                target.Input = try await Sealing.open(
                    sealed, schedule: place.arn, as: caller, region: context.region, context.platform)
            } catch let error as AWSError {
                throw SchedulerFault.key(error)
            }
        }
        target.RetryPolicy = .init(
            MaximumEventAgeInSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds ?? SchedulerLimit.ageSeconds,
            MaximumRetryAttempts: target.RetryPolicy?.MaximumRetryAttempts ?? SchedulerLimit.retries)
        return GetScheduleOutput(
            Arn: place.arn, GroupName: place.group.name, Name: place.name, ScheduleExpression: record.expression,
            StartDate: record.start, EndDate: record.end, Description: record.description,
            ScheduleExpressionTimezone: record.zone ?? "UTC", State: record.state, CreationDate: record.created,
            LastModificationDate: record.modified, KmsKeyArn: record.keyARN, Target: target, FlexibleTimeWindow: record.window,
            ActionAfterCompletion: record.afterCompletion ?? "NONE")
    }

    struct ListSchedulesInput: Codable, Sendable {
        var GroupName: String?
        var NamePrefix: String?
        var State: String?
        var NextToken: String?
        var MaxResults: Int?
    }
    struct ListSchedulesOutput: Codable, Sendable {
        struct Summary: Codable, Sendable {
            struct Target: Codable, Sendable { var Arn: String }
            var Arn: String
            var Name: String
            var GroupName: String
            var State: String
            var CreationDate: Timestamp
            var LastModificationDate: Timestamp
            var Target: Target
        }
        var Schedules: [Summary]
        var NextToken: String?
    }

    func listSchedules(_ input: ListSchedulesInput, _ context: Context) async throws -> ListSchedulesOutput {
        let last = try PageToken.read(input.NextToken, of: context.list(input.GroupName), parts: 2)
        let most = input.MaxResults ?? SchedulerLimit.page
        let group = input.GroupName.map { GroupPlace($0, context) }
        let prefix = group?.schedules ?? SchedulePlace.all(context.account, context.region)
        let found = try await context.store.read { snapshot in
            if let group { _ = try snapshot.group(group) }
            let after = last.map { GroupPlace($0[0], context).schedule($0[1]).key }
            var found: [ScheduleRecord] = []
            try snapshot.records(ScheduleRecord.self, prefix, after: after) { _, record in
                if record.name.hasPrefix(input.NamePrefix ?? ""), record.state == input.State ?? record.state {
                    found.append(record)
                }
                return found.count <= most
            }
            return found
        }
        let page = found.prefix(most)
        return ListSchedulesOutput(
            Schedules: page.map { record in
                .init(
                    Arn: GroupPlace(record.group, context).schedule(record.name).arn, Name: record.name,
                    GroupName: record.group, State: record.state, CreationDate: record.created,
                    LastModificationDate: record.modified, Target: .init(Arn: record.target.Arn))
            },
            NextToken: page.count < found.count
                ? page.last.map { PageToken.write([$0.group, $0.name], of: context.list(input.GroupName)) } : nil)
    }

    struct DeleteScheduleInput: Codable, Sendable {
        var Name: String
        var GroupName: String?
        var ClientToken: String?
    }

    func deleteSchedule(_ input: DeleteScheduleInput, _ context: Context) async throws -> Nothing {
        let place = GroupPlace(input.GroupName, context).schedule(input.Name)
        let token = try ClientToken(input.ClientToken, input, context)
        try await context.store.write { transaction in
            if try transaction.isRepeated(token) { return }
            _ = try transaction.schedule(place)
            try transaction.remove(place)
            try transaction.remember(token)
        }
        return Nothing()
    }
}
