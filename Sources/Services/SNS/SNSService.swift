import Documents
import Kernel
import Store

/// Amazon Simple Notification Service: topics, their subscriptions, and what is published to them.
public struct SNSService: Service {
    public static let id = "sns"
    let signer = MessageSigner()
    let pumps = FIFOPumps()
    let pace = Pace()

    public init() {}

    public func register(in operations: inout Operations) {
        operations.on("CreateTopic", createTopic)
        operations.on("DeleteTopic", deleteTopic)
        operations.on("ListTopics", listTopics)
        operations.on("GetTopicAttributes", getTopicAttributes)
        operations.on("SetTopicAttributes", setTopicAttributes)
        operations.on("AddPermission", addPermission)
        operations.on("RemovePermission", removePermission)
        operations.on("TagResource", tagResource)
        operations.on("UntagResource", untagResource)
        operations.on("ListTagsForResource", listTagsForResource)
        operations.on("Subscribe", subscribe)
        operations.on("ConfirmSubscription", confirmSubscription)
        operations.on("Unsubscribe", unsubscribe)
        operations.on("ListSubscriptions", listSubscriptions)
        operations.on("ListSubscriptionsByTopic", listSubscriptionsByTopic)
        operations.on("GetSubscriptionAttributes", getSubscriptionAttributes)
        operations.on("SetSubscriptionAttributes", setSubscriptionAttributes)
        operations.on("Publish", publish)
        operations.on("PublishBatch", publishBatch)
        operations.on("SetSMSAttributes", setSMSAttributes)
        operations.on("GetSMSAttributes", getSMSAttributes)
        operations.on("CheckIfPhoneNumberIsOptedOut", checkIfPhoneNumberIsOptedOut)
        operations.on("ListPhoneNumbersOptedOut", listPhoneNumbersOptedOut)
        operations.on("OptInPhoneNumber", optInPhoneNumber)
        registerMobile(in: &operations)
        refuseUnbuilt(in: &operations)
        operations.timer("pending", forgetPending)
        operations.delivery("deliver", deliver)
        operations.delivery("pump", pump)
        operations.delivery("replay", replay)
        operations.delivery("endArchive", endArchive)
        operations.delivery("deadLetter", deliverDeadLetter)
        operations.delivery("control", deliverControl)
        operations.delivery("platformEvent", deliverPlatformEvent)
        operations.delivery("status", deliverStatus)
    }

    private func registerMobile(in operations: inout Operations) {
        operations.on("CreatePlatformApplication", createPlatformApplication)
        operations.on("GetPlatformApplicationAttributes", getPlatformApplicationAttributes)
        operations.on("SetPlatformApplicationAttributes", setPlatformApplicationAttributes)
        operations.on("DeletePlatformApplication", deletePlatformApplication)
        operations.on("ListPlatformApplications", listPlatformApplications)
        operations.on("CreatePlatformEndpoint", createPlatformEndpoint)
        operations.on("GetEndpointAttributes", getEndpointAttributes)
        operations.on("SetEndpointAttributes", setEndpointAttributes)
        operations.on("DeleteEndpoint", deleteEndpoint)
        operations.on("ListEndpointsByPlatformApplication", listEndpointsByPlatformApplication)
        operations.on("GetSMSSandboxAccountStatus", getSMSSandboxAccountStatus)
        operations.on("CreateSMSSandboxPhoneNumber", createSMSSandboxPhoneNumber)
        operations.on("VerifySMSSandboxPhoneNumber", verifySMSSandboxPhoneNumber)
        operations.on("DeleteSMSSandboxPhoneNumber", deleteSMSSandboxPhoneNumber)
        operations.on("ListSMSSandboxPhoneNumbers", listSMSSandboxPhoneNumbers)
        operations.on("ListOriginationNumbers", listOriginationNumbers)
    }

    /// A topic's owner, policy and tags.
    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let name = try? TopicName(arn, member: "TopicArn") else { return nil }
        return try await platform.store.read { snapshot in
            try snapshot.record(TopicRecord.self, TopicRecord.key(name.account, name.region, name.topic)).map {
                ResourceFacts(account: $0.account, policy: $0.policy, tags: $0.tags.byKey)
            }
        }
    }

    public func denied(_ message: String) -> AWSError { AWSError("AuthorizationError", 403, message) }

    /// SNS writes its own name in capitals: `is not authorized to perform: SNS:Publish on resource`.
    public func denied(_ denial: Denial) -> AWSError {
        let words = denial.message.split(separator: " ", omittingEmptySubsequences: false).map { word in
            word.hasPrefix("sns:") ? "SNS:" + word.dropFirst(4) : String(word)
        }
        return AWSError("AuthorizationError", 403, words.joined(separator: " "))
    }
}
