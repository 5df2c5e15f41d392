import Documents
import Kernel
import Store

/// Permissions of each operation
/// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html).
extension SSMService {
    public var actions: ActionMap {
        var map: ActionMap = [:]
        for name in [
            "DeleteParameter", "GetParameter", "GetParameterHistory", "LabelParameterVersion", "UnlabelParameterVersion",
        ] {
            map[name] = { input, context in
                [try await Self.permission("ssm:\(name)", input["Name"]?.string ?? "", [:], context)]
            }
        }
        map["PutParameter"] = { input, context in
            var keys: [String: [String]] = ["ssm:Overwrite": [input["Overwrite"]?.bool == true ? "true" : "false"]]
            if let policies = input["Policies"]?.string { keys["ssm:Policies"] = [policies] }
            let tags = Self.tagConditions(input["Tags"])
            keys.merge(tags) { $1 }
            let own = try await Self.permission("ssm:PutParameter", input["Name"]?.string ?? "", keys, context)
            guard !tags.isEmpty else { return [own] }
            return [own, Permission("ssm:AddTagsToResource", on: own.resource, conditions: keys)]
        }
        for name in ["GetParameters", "DeleteParameters"] {
            map[name] = { input, context in
                var wanted: [Permission] = []
                for text in input["Names"]?.list ?? [] {
                    wanted.append(try await Self.permission("ssm:\(name)", text.string ?? "", [:], context))
                }
                return wanted
            }
        }
        map["GetParametersByPath"] = { input, context in
            let path = input["Path"]?.string ?? "/"
            let arn = context.arn("parameter/\(ParameterRecord.place(path))")
            let keys = ["ssm:Recursive": [input["Recursive"]?.bool == true ? "true" : "false"]]
            return [Permission("ssm:GetParametersByPath", on: arn, conditions: keys)]
        }
        for (name, _) in AbsentLists.members { map[name] = { _, _ in [Permission("ssm:\(name)", on: "*")] } }
        map["StartSession"] = { input, context in
            Self.sessionPermissions(input["Target"]?.string ?? "", input["DocumentName"]?.string, context)
        }
        map["DescribeParameters"] = { _, _ in [Permission("ssm:DescribeParameters", on: "*")] }
        for name in ["AddTagsToResource", "RemoveTagsFromResource", "ListTagsForResource"] {
            map[name] = { input, context in
                var keys = Self.tagConditions(input["Tags"])
                if let names = input["TagKeys"]?.list { keys["aws:TagKeys"] = names.compactMap(\.string) }
                return [try await Self.permission("ssm:\(name)", input["ResourceId"]?.string ?? "", keys, context)]
            }
        }
        for name in ["PutResourcePolicy", "GetResourcePolicies", "DeleteResourcePolicy"] {
            map[name] = { input, context in
                [try await Self.permission("ssm:\(name)", input["ResourceArn"]?.string ?? "", [:], context)]
            }
        }
        for name in ["GetServiceSetting", "UpdateServiceSetting", "ResetServiceSetting"] {
            map[name] = { input, context in
                let id = input["SettingId"]?.string ?? ""
                return [Permission("ssm:\(name)", on: id.hasPrefix("arn:") ? id : context.arn("servicesetting\(id)"))]
            }
        }
        return map
    }

    private static func permission(
        _ action: String, _ text: String, _ conditions: [String: [String]], _ context: Context
    ) async throws -> Permission {
        let name = ParameterName(text, context)
        if PublicParameters.covers(name.name) {
            let arn = ARN("ssm", region: name.region, account: "", "parameter\(name.name)").description
            return Permission(action, on: arn, spelledAlso: [name.arn], conditions: conditions)
        }
        var keys = conditions
        if let record = try await context.store.read({ try $0.record(ParameterRecord.self, name.key) }) {
            for (key, value) in record.tags.byKey { keys["ssm:resourceTag/\(key)"] = [value] }
        }
        return Permission(action, on: name.arn, conditions: keys)
    }

    private static func tagConditions(_ tags: Document?) -> [String: [String]] {
        var keys: [String: [String]] = [:]
        var names: [String] = []
        for tag in tags?.list ?? [] {
            guard let key = tag["Key"]?.string else { continue }
            names.append(key)
            keys["aws:RequestTag/\(key)"] = [tag["Value"]?.string ?? ""]
        }
        if !names.isEmpty { keys["aws:TagKeys"] = names }
        return keys
    }
}
