import Documents
import Kernel

/// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
extension SNSService {
    public var actions: ActionMap {
        var map: ActionMap = [:]
        for name in [
            "DeleteTopic", "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission",
            "ListSubscriptionsByTopic",
        ] {
            map[name] = { input, context in [Self.onTopic("sns:\(name)", input["TopicArn"]?.string, context)] }
        }
        for name in ["TagResource", "UntagResource", "ListTagsForResource"] {
            map[name] = { input, context in [Self.onTopic("sns:\(name)", input["ResourceArn"]?.string, context)] }
        }
        for name in [
            "ListTopics", "ListSubscriptions", "SetSMSAttributes", "GetSMSAttributes", "CheckIfPhoneNumberIsOptedOut",
            "ListPhoneNumbersOptedOut", "OptInPhoneNumber", "CreatePlatformApplication", "GetPlatformApplicationAttributes",
            "SetPlatformApplicationAttributes", "DeletePlatformApplication", "ListPlatformApplications",
            "CreatePlatformEndpoint", "GetEndpointAttributes", "SetEndpointAttributes", "DeleteEndpoint",
            "ListEndpointsByPlatformApplication", "GetSMSSandboxAccountStatus", "CreateSMSSandboxPhoneNumber",
            "VerifySMSSandboxPhoneNumber", "DeleteSMSSandboxPhoneNumber", "ListSMSSandboxPhoneNumbers",
            "ListOriginationNumbers",
        ] {
            map[name] = { _, _ in [Permission("sns:\(name)", on: "*")] }
        }
        map["CreateTopic"] = { input, context in
            let topic = context.arn(input["Name"]?.string ?? "*")
            let isTagged = input["Tags"]?.list?.isEmpty == false
            return [Permission("sns:CreateTopic", on: topic)] + (isTagged ? [Permission("sns:TagResource", on: topic)] : [])
        }
        map["Subscribe"] = { input, context in
            var permission = Self.onTopic("sns:Subscribe", input["TopicArn"]?.string, context)
            permission.conditions["sns:Endpoint"] = input["Endpoint"]?.string.map { [$0] } ?? []
            permission.conditions["sns:Protocol"] = input["Protocol"]?.string.map { [$0] } ?? []
            return [permission]
        }
        for name in ["Publish", "PublishBatch"] {
            map[name] = { input, context in
                // A phone number is no resource: whoever may publish to `*` may write to it.
                guard let topic = input["TopicArn"]?.string ?? input["TargetArn"]?.string else {
                    return [Permission("sns:Publish", on: "*")]
                }
                return [Self.onTopic("sns:Publish", topic, context)]
            }
        }
        // The token is what counts; an account that signs must be free to use the operation.
        map["ConfirmSubscription"] = { input, context in
            Self.onOwn("sns:ConfirmSubscription", input["TopicArn"]?.string, context)
        }
        map["Unsubscribe"] = { input, context in Self.onOwn("sns:Unsubscribe", input["SubscriptionArn"]?.string, context) }
        for name in ["GetSubscriptionAttributes", "SetSubscriptionAttributes"] {
            map[name] = { input, context in Self.onOwn("sns:\(name)", input["SubscriptionArn"]?.string, context) }
        }
        return map
    }

    private static func onTopic(_ action: String, _ arn: String?, _ context: Context) -> Permission {
        var permission = Permission(action, on: arn ?? "*")
        // Alarms publish by the default policy, which goes by this key.
        if context.caller.serviceName == "cloudwatch.amazonaws.com", let account = context.caller.sourceAccount {
            permission.conditions["aws:SourceOwner"] = [account]
        }
        return permission
    }

    /// What the owner of a subscription may do without the topic's say: the handler looks at who owns what.
    private static func onOwn(_ action: String, _ arn: String?, _ context: Context) -> [Permission] {
        guard context.caller.kind != .anonymous else { return [] }
        var permission = Permission(action, on: (try? TopicName(arn ?? "", member: "").topicARN) ?? "*")
        permission.facts = ResourceFacts(account: context.account)
        return [permission]
    }
}
