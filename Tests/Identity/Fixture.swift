import Documents
import IAM
import Kernel
import STS
import TestSupport
import Testing

/// A service with things to read and a role to pass.
struct ThingService: Service {
    static let id = "thing"
    struct Input: Codable, Sendable {
        var Name: String?
        var Role: String?
    }

    func register(in operations: inout Operations) {
        operations.on("Get") { (_: Input, _) in Nothing() }
        operations.on("Put") { (_: Input, _) in Nothing() }
        operations.on("Run") { (_: Input, _) in Nothing() }
    }

    var actions: ActionMap {
        [
            "Get": { [Permission("thing:Get", on: $1.arn("thing/" + ($0["Name"]?.string ?? "")))] },
            "Put": { [Permission("thing:Put", on: $1.arn("thing/" + ($0["Name"]?.string ?? "")))] },
            "Run": { input, _ in
                [
                    Permission(
                        "iam:PassRole", on: input["Role"]?.string ?? "",
                        conditions: ["iam:PassedToService": ["thing.amazonaws.com"]])
                ]
            },
        ]
    }
}

let account = "000000000000"
private let tokens = SessionTokens(key: [UInt8](repeating: 7, count: 32))

func withIdentity(_ body: @Sendable (TestPlatform) async throws -> Void) async throws {
    try await TestPlatform.with([IAMService(), STSService(tokens: tokens), ThingService(), SealingService()], body)
}

func allow(_ actions: String..., on resource: String = "*") -> String {
    let list = actions.map { "\"\($0)\"" }.joined(separator: ",")
    return #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[\#(list)],"Resource":"\#(resource)"}]}"#
}

func trust(_ principal: String, condition: String = "{}", actions: String = #"["sts:AssumeRole"]"#) -> String {
    """
    {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":\(principal),"Action":\(actions),\
    "Condition":\(condition)}]}
    """
}

extension TestPlatform {
    func iam(_ operation: String, _ input: Document, as caller: Caller = .root(of: account)) async throws -> Document {
        try await call("iam", operation, input, as: caller)
    }

    /// Who signs with these keys.
    func caller(_ key: String, token: String? = nil) async throws -> Caller {
        try await platform.identity.credential(key, sessionToken: token).caller
    }

    /// A user with an access key, as authentication sees it.
    func user(_ name: String, policy: String? = nil, in account: String = account) async throws -> Caller {
        let root = Caller.root(of: account)
        _ = try await iam("CreateUser", ["UserName": .string(name)], as: root)
        if let policy {
            _ = try await iam(
                "PutUserPolicy", ["UserName": .string(name), "PolicyName": "p", "PolicyDocument": .string(policy)], as: root)
        }
        let key = try await iam("CreateAccessKey", ["UserName": .string(name)], as: root)
        return try await caller(try #require(key["AccessKey"]?["AccessKeyId"]?.string))
    }

    @discardableResult
    func role(_ name: String, trust: String, policy: String? = nil, in account: String = account) async throws -> String {
        let root = Caller.root(of: account)
        let role = try await iam("CreateRole", ["RoleName": .string(name), "AssumeRolePolicyDocument": .string(trust)], as: root)
        if let policy {
            _ = try await iam(
                "PutRolePolicy", ["RoleName": .string(name), "PolicyName": "p", "PolicyDocument": .string(policy)], as: root)
        }
        return try #require(role["Role"]?["Arn"]?.string)
    }

    func assume(_ role: String, as caller: Caller, _ more: Members = [:]) async throws -> Caller {
        var input: Members = ["RoleArn": .string(role), "RoleSessionName": "me"]
        input.merge(more) { $1 }
        let output = try await call("sts", "AssumeRole", .map(input), as: caller)
        return try await self.caller(
            try #require(output["Credentials"]?["AccessKeyId"]?.string), token: output["Credentials"]?["SessionToken"]?.string)
    }

    func get(_ name: String = "a", as caller: Caller) async throws {
        try await call("thing", "Get", ["Name": .string(name)], as: caller)
    }
}

/// The error that `body` ends in; a success fails the test.
func refusal(_ body: () async throws -> Any) async -> AWSError {
    do {
        _ = try await body()
        Issue.record("was not refused")
    } catch let error as AWSError { return error } catch { Issue.record("\(error)") }
    return AWSError("none", 0, "")
}

/// `body` must end in an error of this kind.
///
/// A function, because a closure inside a macro's arguments and one outside it in the same test can get one symbol, and
/// then the wrong one runs.
func refused(
    code: String? = nil, status: Int? = nil, saying text: String? = nil, at place: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Any
) async {
    let error = await refusal(body)
    if let code { #expect(error.code == code, sourceLocation: place) }
    if let status { #expect(error.status == status, sourceLocation: place) }
    if let text { #expect(error.message.contains(text), sourceLocation: place) }
}
