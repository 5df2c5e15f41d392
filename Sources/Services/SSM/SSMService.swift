import Documents
import Kernel
import Store

/// AWS Systems Manager's Parameter Store. Documents, commands and sessions are not built and refuse.
public struct SSMService: Service {
    public static let id = "ssm"

    public init() {}

    public func register(in operations: inout Operations) {
        operations.on("PutParameter", putParameter)
        operations.on("GetParameter", getParameter)
        operations.on("GetParameters", getParameters)
        operations.on("GetParametersByPath", getByPath)
        operations.on("GetParameterHistory", getHistory)
        operations.on("DescribeParameters", describeParameters)
        operations.on("DeleteParameter", deleteParameter)
        operations.on("DeleteParameters", deleteParameters)
        operations.on("LabelParameterVersion", label)
        operations.on("UnlabelParameterVersion", unlabel)
        operations.on("AddTagsToResource", addTags)
        operations.on("RemoveTagsFromResource", removeTags)
        operations.on("ListTagsForResource", listTags)
        operations.on("PutResourcePolicy", putPolicy)
        operations.on("GetResourcePolicies", getPolicies)
        operations.on("DeleteResourcePolicy", deletePolicy)
        operations.on("GetServiceSetting", getSetting)
        operations.on("UpdateServiceSetting", updateSetting)
        operations.on("ResetServiceSetting", resetSetting)
        AbsentLists.register(in: &operations)
        refuseUnbuilt(in: &operations)
        operations.on("StartSession", startSession)
        operations.timer("policy", carryOut)
        operations.delivery("event", deliver)
    }

    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let parts = ARN(arn), parts.service == "ssm", parts.resource.hasPrefix("parameter/") else { return nil }
        let key = ParameterRecord.all(parts.account, parts.region).appending(
            .text(String(parts.resource.dropFirst("parameter/".count))))
        guard let record = try await platform.store.read({ try $0.record(ParameterRecord.self, key) }) else { return nil }
        return ResourceFacts(account: record.account, policy: record.resourcePolicies.first?.json, tags: record.tags.byKey)
    }
}
