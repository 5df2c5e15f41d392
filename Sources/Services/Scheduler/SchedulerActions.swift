import Documents
import Kernel

/// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html
extension SchedulerService {
    public var actions: ActionMap {
        var map: ActionMap = [:]
        for name in ["CreateSchedule", "UpdateSchedule"] {
            map[name] = { input, context in
                var permissions = [Permission("scheduler:\(name)", on: Self.schedule(input, context))]
                if let role = input["Target"]?["RoleArn"]?.string {
                    permissions.append(
                        Permission("iam:PassRole", on: role, conditions: ["iam:PassedToService": [Self.principal]]))
                }
                return permissions
            }
        }
        for name in ["GetSchedule", "DeleteSchedule"] {
            map[name] = { input, context in [Permission("scheduler:\(name)", on: Self.schedule(input, context))] }
        }
        map["CreateScheduleGroup"] = { input, context in
            let arn = GroupPlace(input["Name"]?.string, context).arn
            var permissions = [Permission("scheduler:CreateScheduleGroup", on: arn, isCreation: true)]
            if input["Tags"]?.list?.isEmpty == false {
                permissions.append(Permission("scheduler:TagResource", on: arn, isCreation: true))
            }
            return permissions
        }
        for name in ["GetScheduleGroup", "DeleteScheduleGroup"] {
            map[name] = { input, context in
                let group = GroupPlace(input["Name"]?.string, context)
                var permissions = [Permission("scheduler:\(name)", on: group.arn)]
                // Whoever deletes a group deletes what is in it.
                if name == "DeleteScheduleGroup" {
                    permissions.append(Permission("scheduler:DeleteSchedule", on: group.schedule("*").arn))
                }
                return permissions
            }
        }
        for name in ["ListSchedules", "ListScheduleGroups"] {
            map[name] = { _, _ in [Permission("scheduler:\(name)", on: "*")] }
        }
        for name in ["TagResource", "UntagResource", "ListTagsForResource"] {
            map[name] = { input, _ in [Permission("scheduler:\(name)", on: input["ResourceArn"]?.string ?? "*")] }
        }
        return map
    }

    private static func schedule(_ input: Document, _ context: Context) -> String {
        GroupPlace(input["GroupName"]?.string, context).schedule(input["Name"]?.string ?? "*").arn
    }
}
