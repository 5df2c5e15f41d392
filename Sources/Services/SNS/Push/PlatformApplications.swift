import Documents
import Kernel
import Store

/// Applications on push services (https://docs.aws.amazon.com/sns/latest/dg/sns-mobile-application-as-subscriber.html). The
/// push services themselves are not asked: credentials are taken on trust, and what would go to a device stays in the
/// local mailbox.
extension SNSService {
    enum PlatformLimit {
        static let nameCharacters = 256
        static let userDataBytes = 2_048
    }

    private static let platforms: Set<String> = [
        "ADM", "APNS", "APNS_SANDBOX", "APNS_PASSBOOK", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", "GCM", "MACOS",
        "MACOS_SANDBOX", "MPNS", "WNS",
    ]
    private static let credentials: Set<String> = ["PlatformCredential", "PlatformPrincipal"]
    private static let events: Set<String> = [
        "EventEndpointCreated", "EventEndpointDeleted", "EventEndpointUpdated", "EventDeliveryFailure",
    ]
    private static let settings: Set<String> = [
        "SuccessFeedbackRoleArn", "FailureFeedbackRoleArn", "SuccessFeedbackSampleRate", "ApplePlatformTeamID",
        "ApplePlatformBundleID", "AuthenticationMethod", "Enabled",
    ]

    struct CreateApplicationInput: Decodable, Sendable {
        var Name: String
        var Platform: String
        var Attributes: [String: String]
    }
    struct CreateApplicationOutput: Encodable, Sendable { var PlatformApplicationArn: String }

    func createPlatformApplication(
        _ input: CreateApplicationInput, _ context: Context
    ) async throws -> CreateApplicationOutput {
        guard Self.platforms.contains(input.Platform) else {
            throw SNSFault.invalid("Platform Reason: \(input.Platform) is not supported")
        }
        let isName =
            (1...PlatformLimit.nameCharacters).contains(input.Name.utf8.count)
            && input.Name.utf8.allSatisfy { TopicAttributes.isNameByte($0) || $0 == UInt8(ascii: ".") }
        guard isName else {
            throw SNSFault.invalid(
                "Name Reason: must consist of 1 to \(PlatformLimit.nameCharacters) ASCII letters, digits, underscores, hyphens and periods"
            )
        }
        var made = PlatformApplicationRecord(
            account: context.account, region: context.region, platform: input.Platform, name: input.Name, attributes: [:],
            credentials: [:])
        try Self.set(input.Attributes, on: &made)
        let record = made
        try await context.store.write { transaction in
            if let present = try transaction.record(PlatformApplicationRecord.self, record.key) {
                guard present == record else {
                    throw SNSFault.invalid(
                        "Attributes Reason: An application with the same name but different properties already exists")
                }
                return
            }
            try transaction.put(record.key, record)
        }
        return CreateApplicationOutput(PlatformApplicationArn: record.arn)
    }

    private static func set(_ asked: [String: String], on application: inout PlatformApplicationRecord) throws {
        for (name, value) in asked {
            if credentials.contains(name) {
                application.credentials[name] = value.isEmpty ? nil : PlatformApplicationRecord.digest(value)
                continue
            }
            if events.contains(name) {
                let topic = try? TopicName(value, member: name)
                guard value.isEmpty || topic != nil && topic?.subscription == nil else {
                    throw SNSFault.invalid("Attributes Reason: \(name): not a topic's ARN")
                }
            } else if !settings.contains(name) {
                throw SNSFault.invalid("Attributes Reason: Unknown attribute \(name)")
            }
            if name == "SuccessFeedbackSampleRate", !value.isEmpty {
                guard let rate = Int(value), (0...100).contains(rate) else {
                    throw SNSFault.invalid("Attributes Reason: \(name): Sample rate must be an integer from 0 to 100")
                }
            }
            application.attributes[name] = value.isEmpty ? nil : value
        }
    }

    struct ApplicationInput: Decodable, Sendable { var PlatformApplicationArn: String }

    /// All but the credentials.
    func getPlatformApplicationAttributes(_ input: ApplicationInput, _ context: Context) async throws -> AttributesOutput {
        let application = try await context.store.read { try $0.application(input.PlatformApplicationArn, context) }
        return AttributesOutput(Attributes: application.shown)
    }

    struct SetApplicationInput: Decodable, Sendable {
        var PlatformApplicationArn: String
        var Attributes: [String: String]
    }

    func setPlatformApplicationAttributes(_ input: SetApplicationInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            var application = try transaction.application(input.PlatformApplicationArn, context)
            try Self.set(input.Attributes, on: &application)
            try transaction.put(application.key, application)
        }
        return Nothing()
    }

    /// With its endpoints. One that is gone already is no fault.
    func deletePlatformApplication(_ input: ApplicationInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            let application: PlatformApplicationRecord
            do { application = try transaction.application(input.PlatformApplicationArn, context) } catch SNSFault.noApplication {
                return
            }
            try transaction.deleteRange(from: application.endpoints, to: application.endpoints.rangeEnd)
            try transaction.deleteRange(from: application.tokens, to: application.tokens.rangeEnd)
            try transaction.delete(application.key)
        }
        return Nothing()
    }

    struct ListApplicationsOutput: Encodable, Sendable {
        struct Application: Encodable, Sendable {
            var PlatformApplicationArn: String
            var Attributes: [String: String]
        }
        var PlatformApplications: [Application]
        var NextToken: String?
    }

    func listPlatformApplications(_ input: PageInput, _ context: Context) async throws -> ListApplicationsOutput {
        let after = try PageToken.read(input.NextToken, of: context.list()).map {
            try PlatformName($0, member: "NextToken").applicationKey
        }
        let all = PlatformApplicationRecord.all(context.account, context.region)
        let found = try await context.store.read {
            try $0.all(PlatformApplicationRecord.self, all, after: after, limit: SNSLimit.page + 1)
        }
        let page = found.prefix(SNSLimit.page)
        return ListApplicationsOutput(
            PlatformApplications: page.map {
                .init(PlatformApplicationArn: $0.arn, Attributes: $0.shown)
            },
            NextToken: found.count > page.count ? page.last.map { PageToken.write($0.arn, of: context.list()) } : nil)
    }
}
