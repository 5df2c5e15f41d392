import Crypto
import Documents
import Kernel
import Store

/// An application on a push service. Its credentials are not kept, only a digest that tells whether they are the same:
/// nothing here ever signs in to a push service.
struct PlatformApplicationRecord: Stored, Hashable {
    static let tag: UInt8 = 1
    var account: String
    var region: String
    var platform: String
    var name: String
    /// What was set, by the API's names, without credentials.
    var attributes: [String: String]
    /// Digests of the credentials, by the attribute's name.
    var credentials: [String: String]

    var arn: String { ARN("sns", region: region, account: account, "app/\(platform)/\(name)").description }
    var key: Key { Self.all(account, region).appending(.text(platform), .text(name)) }
    static func all(_ account: String, _ region: String) -> Key {
        Key(.snsAccount, "application", .text(account), .text(region))
    }
    var endpoints: Key { PlatformEndpointRecord.all(account, region, platform, name) }
    var tokens: Key { Key(.snsAccount, "token", .text(account), .text(region), .text(platform), .text(name)) }

    /// All attributes but the credentials.
    var shown: [String: String] { ["Enabled": "true"].merging(attributes) { $1 } }

    static func digest(_ secret: String) -> String { Hex.encode(SHA256.hash(data: Array(secret.utf8))) }
}

/// A device's endpoint in an application.
struct PlatformEndpointRecord: Stored, Hashable {
    static let tag: UInt8 = 1
    var account: String
    var region: String
    var platform: String
    var application: String
    var id: String
    var token: String
    var userData: String?
    var isEnabled: Bool

    var arn: String {
        ARN("sns", region: region, account: account, "endpoint/\(platform)/\(application)/\(id)").description
    }
    var key: Key { Self.all(account, region, platform, application).appending(.text(id)) }
    static func all(_ account: String, _ region: String, _ platform: String, _ application: String) -> Key {
        Key(.snsAccount, "endpoint", .text(account), .text(region), .text(platform), .text(application))
    }
    /// Where the application finds the endpoint by its token.
    var place: Key {
        Key(.snsAccount, "token", .text(account), .text(region), .text(platform), .text(application), .text(token))
    }
    var shown: [String: String] {
        var shown = ["Enabled": isEnabled ? "true" : "false", "Token": token]
        if let userData { shown["CustomUserData"] = userData }
        return shown
    }
}

/// The ARN of an application or an endpoint, taken apart.
struct PlatformName: Sendable {
    var account: String
    var region: String
    var platform: String
    var application: String
    /// Of an endpoint.
    var id: String?

    /// - Throws: ``SNSFault/invalid(_:)`` naming `member`.
    init(_ text: String, member: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 6 else {
            throw SNSFault.invalid("\(member) Reason: An ARN must have at least 6 elements, not \(parts.count)")
        }
        guard let arn = ARN(text), arn.service == "sns" else { throw SNSFault.invalid("\(member) Reason: Wrong ARN") }
        let names = arn.resource.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let wanted = names.first == "endpoint" ? 4 : 3
        guard names.first == "app" || names.first == "endpoint", names.count == wanted, !names.contains("") else {
            throw SNSFault.invalid("\(member) Reason: Wrong number of slashes in relative portion of the ARN.")
        }
        (account, region, platform, application) = (arn.account, arn.region, names[1], names[2])
        id = wanted == 4 ? names[3] : nil
    }

    var applicationKey: Key {
        PlatformApplicationRecord.all(account, region).appending(.text(platform), .text(application))
    }
}

extension Snapshot {
    /// - Throws: ``SNSFault/noApplication``
    func application(_ arn: String, _ context: Context) throws -> PlatformApplicationRecord {
        let name = try PlatformName(arn, member: "PlatformApplicationArn")
        guard name.id == nil, name.region == context.region, name.account == context.account else {
            throw SNSFault.invalid("PlatformApplicationArn Reason: An ARN of another account, Region or kind")
        }
        guard let found = try record(PlatformApplicationRecord.self, name.applicationKey) else { throw SNSFault.noApplication }
        return found
    }

    /// The endpoint, if there is one.
    func endpoint(_ name: PlatformName) throws -> PlatformEndpointRecord? {
        guard let id = name.id else { return nil }
        let all = PlatformEndpointRecord.all(name.account, name.region, name.platform, name.application)
        return try record(PlatformEndpointRecord.self, all.appending(.text(id)))
    }

    /// - Throws: ``SNSFault/noEndpoint``
    func endpoint(_ arn: String, _ context: Context) throws -> PlatformEndpointRecord {
        let name = try PlatformName(arn, member: "EndpointArn")
        guard name.id != nil, name.region == context.region, name.account == context.account else {
            throw SNSFault.invalid("EndpointArn Reason: An ARN of another account, Region or kind")
        }
        guard let found = try endpoint(name) else { throw SNSFault.noEndpoint }
        return found
    }
}
