import Documents
import Kernel

/// A trail's topic: a message for each log file that was delivered
/// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html).
extension CloudTrailService {
    /// - Parameter name: a topic of the trail's account and Region, or an ARN.
    /// - Returns: the topic's ARN.
    /// - Throws: ``CloudTrailFault/topic`` if there is none, or its policy keeps CloudTrail out.
    func topicARN(_ name: String, of trail: TrailRecord, _ context: Context) async throws -> String {
        let arn = name.hasPrefix("arn:") ? name : ARN("sns", region: trail.homeRegion, account: trail.account, name).description
        guard let topic = ARN(arn), topic.service == "sns", Self.isTopicName(topic.resource) else {
            throw CloudTrailFault.topicName(name)
        }
        guard try await context.platform.services["sns"]?.resource(arn, in: context.platform) != nil else {
            throw CloudTrailFault.topic
        }
        var asService = context
        (asService.caller, asService.service, asService.http) = (Self.caller(for: trail), "sns", nil)
        guard try await context.platform.isAllowed(Permission("sns:Publish", on: arn), in: asService) else {
            throw CloudTrailFault.topic
        }
        return arn
    }

    /// Letters, digits, hyphens and underscores (CreateTrail, API reference, "InvalidSnsTopicNameException").
    private static func isTopicName(_ name: String) -> Bool {
        (1...TrailLimit.topicName).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-_".utf8.contains(byte)
                }
            }
    }

    /// Tells the trail's topic of a file. What the topic refuses stands in the trail's status; the file is delivered.
    func announce(_ file: DigestChain.File, of trail: TrailRecord, _ platform: Platform) async throws {
        guard let topic = trail.topic, let region = ARN(topic)?.region else { return }
        let now = platform.clock.now()
        let message = JSON.text(["s3Bucket": .string(file.bucket), "s3ObjectKey": [.string(file.key)]])
        do {
            _ = try await platform.call(
                Call(
                    "sns", "Publish", ["TopicArn": .string(topic), "Message": .string(message)],
                    caller: Self.caller(for: trail), region: region))
            try await note(trail, platform) { ($0.announced, $0.announceAttempted, $0.announceError) = (now, now, nil) }
        } catch let error as any Fault {
            platform.log.warning(
                "trail cannot notify", metadata: ["trail": "\(trail.arn)", "error": "\(error.wire.message)"])
            try await note(trail, platform) { ($0.announceAttempted, $0.announceError) = (now, error.wire.code) }
        }
    }
}
