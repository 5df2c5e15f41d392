import Documents
import Kernel
import Store

/// Devices' endpoints (https://docs.aws.amazon.com/sns/latest/dg/mobile-platform-endpoint.html).
extension SNSService {
    struct CreateEndpointInput: Decodable, Sendable {
        var PlatformApplicationArn: String
        var Token: String
        var CustomUserData: String?
        var Attributes: [String: String]?
    }
    struct CreateEndpointOutput: Encodable, Sendable { var EndpointArn: String }

    /// The same token again is the same endpoint, unless it is to have other attributes.
    func createPlatformEndpoint(_ input: CreateEndpointInput, _ context: Context) async throws -> CreateEndpointOutput {
        guard !input.Token.isEmpty else { throw SNSFault.invalid("Token Reason: must not be empty") }
        let asked = input.Attributes ?? [:]
        try Self.checkEndpoint(asked)
        let token = asked["Token"] ?? input.Token
        let userData = input.CustomUserData ?? asked["CustomUserData"]
        try Self.checkUserData(userData)
        let platform = context.platform
        let endpoint = try await context.store.write { transaction -> PlatformEndpointRecord in
            let application = try transaction.application(input.PlatformApplicationArn, context)
            let made = PlatformEndpointRecord(
                account: application.account, region: application.region, platform: application.platform,
                application: application.name, id: Identifier.uuid(), token: token,
                userData: userData?.isEmpty == true ? nil : userData, isEnabled: asked["Enabled"]?.lowercased() != "false")
            if let place = try transaction.record(SubscriptionPlace.self, made.place),
                let present = try transaction.endpoint(try PlatformName(place.arn, member: "EndpointArn"))
            {
                let isSame =
                    present.userData == made.userData && (asked["Enabled"] == nil || present.isEnabled == made.isEnabled)
                guard isSame else {
                    throw SNSFault.invalid(
                        "Token Reason: Endpoint \(present.arn) already exists with the same Token, but different attributes.")
                }
                return present
            }
            try transaction.put(made.key, made)
            try transaction.put(made.place, SubscriptionPlace(arn: made.arn))
            try self.tell("EndpointCreated", made, application, on: platform, transaction)
            return made
        }
        return CreateEndpointOutput(EndpointArn: endpoint.arn)
    }

    private static func checkEndpoint(_ attributes: [String: String]) throws {
        for (name, value) in attributes {
            switch name {
            case "Enabled":
                guard ["true", "false"].contains(value.lowercased()) else {
                    throw SNSFault.invalid("Attributes Reason: Invalid value for attribute: Enabled: must be true or false")
                }
            case "Token":
                guard !value.isEmpty else { throw SNSFault.invalid("Attributes Reason: Invalid value for attribute: Token") }
            case "CustomUserData": try checkUserData(value)
            // Baidu's endpoints have these beside their token.
            case "ChannelId", "UserId": break
            default: throw SNSFault.invalid("Attributes Reason: Invalid attribute name: \(name)")
            }
        }
    }

    private static func checkUserData(_ text: String?) throws {
        guard text?.utf8.count ?? 0 <= PlatformLimit.userDataBytes else {
            throw SNSFault.invalid(
                "CustomUserData Reason: must be at most \(PlatformLimit.userDataBytes) bytes long in UTF-8 encoding")
        }
    }

    struct EndpointInput: Decodable, Sendable { var EndpointArn: String }

    func getEndpointAttributes(_ input: EndpointInput, _ context: Context) async throws -> AttributesOutput {
        AttributesOutput(Attributes: try await context.store.read { try $0.endpoint(input.EndpointArn, context) }.shown)
    }

    struct SetEndpointInput: Decodable, Sendable {
        var EndpointArn: String
        var Attributes: [String: String]
    }

    func setEndpointAttributes(_ input: SetEndpointInput, _ context: Context) async throws -> Nothing {
        try Self.checkEndpoint(input.Attributes)
        let platform = context.platform
        try await context.store.write { transaction in
            let before = try transaction.endpoint(input.EndpointArn, context)
            var endpoint = before
            if let enabled = input.Attributes["Enabled"] { endpoint.isEnabled = enabled.lowercased() == "true" }
            if let text = input.Attributes["CustomUserData"] { endpoint.userData = text.isEmpty ? nil : text }
            if let token = input.Attributes["Token"] { endpoint.token = token }
            guard endpoint != before else { return }
            if endpoint.token != before.token {
                guard try !transaction.contains(endpoint.place) else {
                    throw SNSFault.invalid("This endpoint is already registered with a different token.")
                }
                try transaction.delete(before.place)
                try transaction.put(endpoint.place, SubscriptionPlace(arn: endpoint.arn))
            }
            try transaction.put(endpoint.key, endpoint)
            try self.tell("EndpointUpdated", endpoint, on: platform, transaction)
        }
        return Nothing()
    }

    /// One that is gone already is no fault. Its subscriptions stay, as with AWS.
    func deleteEndpoint(_ input: EndpointInput, _ context: Context) async throws -> Nothing {
        let platform = context.platform
        try await context.store.write { transaction in
            let endpoint: PlatformEndpointRecord
            do { endpoint = try transaction.endpoint(input.EndpointArn, context) } catch SNSFault.noEndpoint { return }
            try transaction.delete(endpoint.key)
            try transaction.delete(endpoint.place)
            try self.tell("EndpointDeleted", endpoint, on: platform, transaction)
        }
        return Nothing()
    }

    struct ListEndpointsInput: Decodable, Sendable {
        var PlatformApplicationArn: String
        var NextToken: String?
    }
    struct ListEndpointsOutput: Encodable, Sendable {
        struct Endpoint: Encodable, Sendable {
            var EndpointArn: String
            var Attributes: [String: String]
        }
        var Endpoints: [Endpoint]
        var NextToken: String?
    }

    func listEndpointsByPlatformApplication(
        _ input: ListEndpointsInput, _ context: Context
    ) async throws -> ListEndpointsOutput {
        let after = try PageToken.read(input.NextToken, of: context.list(input.PlatformApplicationArn))
        let found = try await context.store.read { snapshot in
            let all = try snapshot.application(input.PlatformApplicationArn, context).endpoints
            return try snapshot.all(
                PlatformEndpointRecord.self, all, after: after.map { all.appending(.text($0)) }, limit: SNSLimit.page + 1)
        }
        let page = found.prefix(SNSLimit.page)
        return ListEndpointsOutput(
            Endpoints: page.map { .init(EndpointArn: $0.arn, Attributes: $0.shown) },
            NextToken: found.count > page.count
                ? page.last.map { PageToken.write($0.id, of: context.list(input.PlatformApplicationArn)) } : nil)
    }
}
