import Documents
import Foundation
import Logging
import Model
import Policy
import Store
import TestSupport
import Testing

@testable import Kernel

/// A service whose permission, facts and denials the test sets.
private struct Vault: Service {
    static let id = "vault"
    static let thing = "arn:aws:vault:us-east-1:000000000000:thing/one"
    var facts: ResourceFacts?
    var action = "vault:Open"
    var seals = false

    func register(in operations: inout Operations) {
        operations.on("Open") { (_: Nothing, _) in Nothing() }
    }
    var actions: ActionMap {
        let action = self.action
        return ["Open": { _, _ in [Permission(action, on: Vault.thing)] }]
    }
    func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? { facts }
    func denied(_ denial: Denial) -> AWSError {
        AWSError(
            "Denied", 403, seals ? (try? denial.encodedMessage()) ?? "" : denial.message,
            fields: ["Quoted": .string(denial.quotedMessage)])
    }
}

/// Identities without a store: one policy for everybody, and organizations by account.
private struct Identities: IdentityProvider {
    var policy = allow()
    var organizations: [String: OrganizationControls] = [:]
    var tags: [String: String] = [:]
    let tokens = SessionTokens(key: [UInt8](repeating: 3, count: 32))

    func credential(_ accessKeyID: String, sessionToken: String?) async throws -> KnownCredential {
        throw AuthenticationFailure.unknownKey
    }
    func policies(of caller: Caller) async throws -> IdentityPolicies {
        IdentityPolicies(attached: [IdentityPolicies.Named(name: "own", json: policy)], tags: tags)
    }
    func organization(of account: String) async throws -> OrganizationControls {
        organizations[account] ?? OrganizationControls()
    }
    func credentials(actingAs caller: Caller, for duration: Duration) async throws -> Credentials {
        throw AuthenticationFailure.unknownKey
    }
    func sealedSecret(_ secret: String, of accessKeyID: String) throws -> [UInt8] {
        try tokens.seal(secret: secret, of: accessKeyID)
    }
    func seal(_ bytes: [UInt8]) throws -> String { try tokens.seal(bytes) }
    func unseal(_ text: String) -> [UInt8]? { tokens.unseal(text) }
}

private let account = "000000000000"
private let ann = Caller(.user, account: account, arn: "arn:aws:iam::\(account):user/ann", principalID: "AIDAANN")
private let linked = session(of: "arn:aws:iam::\(account):role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX")

private func session(of role: String) -> Caller {
    var caller = Caller(
        .assumedRole, account: account, arn: "arn:aws:sts::\(account):assumed-role/r/s", principalID: "AROAR:s")
    caller.roleARN = role
    return caller
}

private func allow(_ condition: String = "{}", action: String = "*", principal: String = "") -> String {
    #"{"Version":"2012-10-17","Statement":[{"Sid":"One",\#(principal)"Effect":"Allow","Action":"\#(action)","Resource":"*","Condition":\#(condition)}]}"#
}

private func organization(_ id: String = "o-1", scp: [String] = [], rcp: [String] = []) -> OrganizationControls {
    var controls = OrganizationControls()
    (controls.id, controls.path) = (id, "\(id)/r-1/ou-1/")
    controls.serviceControl = scp.map { [IdentityPolicies.Named(name: "p-scp", json: $0)] }
    controls.resourceControl = rcp.map { [IdentityPolicies.Named(name: "p-rcp", json: $0)] }
    return controls
}

@Suite("Authorization")
struct AuthorizationTests {
    private func with(
        _ identities: Identities, _ vault: Vault = Vault(), _ body: @Sendable (Platform) async throws -> Void
    ) async throws {
        try await TestPlatform.with([]) { tarn in
            let own = tarn.platform
            try await body(
                Platform(
                    configuration: own.configuration, clock: own.clock, store: own.store, blobs: own.blobs, logs: own.logs,
                    models: own.models, identity: identities, rootKey: own.rootKey, services: [vault], log: own.log))
        }
    }

    private func open(_ platform: Platform, as caller: Caller, _ input: Document = [:], id: String = "r-1") async -> AWSError? {
        do {
            _ = try await platform.call(Call("vault", "Open", input, caller: caller, region: "us-east-1", requestID: id))
            return nil
        } catch { return error as? AWSError }
    }

    // Organizations User Guide, "Service control policies", "Tasks and entities not restricted by SCPs".
    @Test("service control policies bind users, roles and root, but not service-linked roles and services")
    func serviceControl() async throws {
        let identities = Identities(organizations: [account: organization(scp: [allow(action: "other:*")])])
        let policy = allow(principal: #""Principal":{"Service":"x.amazonaws.com"},"#)
        try await with(identities, Vault(facts: ResourceFacts(account: account, policy: policy))) { platform in
            let denied = await open(platform, as: ann)
            #expect(denied?.message.hasSuffix("because no service control policy allows the vault:Open action") == true)
            #expect(await open(platform, as: .root(of: account)) != nil)
            #expect(await open(platform, as: linked) == nil)
            #expect(await open(platform, as: .service("x.amazonaws.com", account: account)) == nil)
        }
    }

    // Organizations User Guide, "Resource control policies".
    @Test("resource control policies guard the services that they are for")
    func resourceControl() async throws {
        let denial = #"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#
        let identities = Identities(organizations: [account: organization(rcp: [denial])])
        try await with(identities, Vault(action: "sqs:SendMessage")) { platform in
            let error = await open(platform, as: ann)
            #expect(error?.message.hasSuffix("with an explicit deny in a resource control policy") == true)
            #expect(await open(platform, as: .root(of: account)) != nil)
            #expect(await open(platform, as: linked) == nil)
        }
        try await with(identities) { #expect(await open($0, as: ann) == nil) }
    }

    private static let taggedInputs: [(Document, Bool)] = [
        (["Tags": [["Key": "team", "Value": "data"]]], true),
        (["tags": ["Team": "data"]], true),
        (["TagList": [["TagKey": "team", "TagValue": "data"]]], true),
        (["TagSpecifications": [["ResourceType": "instance", "Tags": [["Key": "team", "Value": "data"]]]]], true),
        (["Tags": [["Key": "team", "Value": "ops"]]], false),
        (["Name": "x"], false),
        (["Tags": "team"], false),
    ]

    @Test("request tags are found in the usual shapes, and only when a policy asks", arguments: taggedInputs)
    func requestTags(_ input: Document, _ isAllowed: Bool) async throws {
        let policy = allow(
            #"{"StringEquals":{"aws:RequestTag/team":"data"},"ForAllValues:StringEqualsIgnoreCase":{"aws:TagKeys":"team"}}"#)
        try await with(Identities(policy: policy)) { platform in
            #expect((await open(platform, as: ann, input) == nil) == isAllowed)
        }
    }

    @Test("the names of tags to take away are aws:TagKeys")
    func tagKeys() async throws {
        let policy = allow(#"{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]},"Null":{"aws:TagKeys":"false"}}"#)
        try await with(Identities(policy: policy)) { platform in
            #expect(await open(platform, as: ann, ["TagKeys": ["a", "b"]]) == nil)
            #expect(await open(platform, as: ann, ["tagKeys": ["a", "c"]]) != nil)
            #expect(await open(platform, as: ann) != nil)
        }
    }

    // IAM User Guide, "AWS global condition context keys".
    @Test("global keys by kind of caller")
    func globalKeys() async throws {
        var user = ann
        user.calledVia = ["athena.amazonaws.com", "kms.amazonaws.com"]
        var role = session(of: "arn:aws:iam::\(account):role/a/r")
        role.issuedAt = Timestamp(seconds: 1_767_225_000)
        role.factorShownAt = Timestamp(seconds: 1_767_225_000)
        role.providerKeys = ["ec2:RoleDelivery": ["2.0"]]
        var guest = Caller(
            .federatedUser, account: account, arn: "arn:aws:sts::\(account):federated-user/g", principalID: "\(account):g")
        guest.roleARN = ann.arn
        let rows: [(Caller, String, String, Bool)] = [
            (user, "aws:PrincipalArn", ann.arn, true), (user, "aws:username", "ann", true),
            (user, "aws:PrincipalType", "User", true), (user, "aws:PrincipalAccount", account, true),
            (user, "aws:userid", "AIDAANN", true), (user, "aws:CalledViaFirst", "athena.amazonaws.com", true),
            (user, "aws:CalledViaLast", "kms.amazonaws.com", true), (user, "aws:ViaAWSService", "true", true),
            (ann, "aws:ViaAWSService", "false", true), (user, "aws:PrincipalIsAWSService", "false", true),
            (user, "aws:PrincipalOrgID", "o-1", true), (user, "aws:PrincipalOrgPaths", "o-1/r-1/ou-1/", true),
            (user, "aws:ResourceAccount", account, true), (user, "aws:ResourceOrgID", "o-1", true),
            (user, "aws:RequestedRegion", "us-east-1", true), (user, "aws:EpochTime", "1767225600", true),
            (user, "aws:CurrentTime", "2026-01-01T00:00:00Z", true), (user, "aws:PrincipalTag/Team", "data", true),
            (user, "aws:ResourceTag/env", "dev", true), (user, "vault:ResourceTag/ENV", "dev", true),
            (user, "other:ResourceTag/env", "dev", false), (user, "aws:MultiFactorAuthPresent", "false", false),
            (role, "aws:PrincipalArn", "arn:aws:iam::\(account):role/a/r", true), (role, "aws:username", "r", false),
            (role, "aws:MultiFactorAuthPresent", "true", true), (role, "aws:MultiFactorAuthAge", "600", true),
            (role, "aws:TokenIssueTime", "2025-12-31T23:50:00Z", true), (role, "ec2:roledelivery", "2.0", true),
            (guest, "aws:PrincipalArn", guest.arn, true), (guest, "aws:PrincipalType", "FederatedUser", true),
        ]
        let facts = ResourceFacts(account: account, tags: ["env": "dev"])
        for (caller, key, value, holds) in rows {
            let identities = Identities(
                policy: allow(#"{"StringEquals":{"\#(key)":"\#(value)"}}"#),
                organizations: [account: organization()], tags: ["team": "data"])
            var acting = caller
            if caller.kind == .federatedUser { acting.sessionPolicies = [allow()] }
            let asking = acting
            try await with(identities, Vault(facts: facts)) { platform in
                #expect((await open(platform, as: asking) == nil) == holds, "\(key) = \(value) of \(asking.arn)")
            }
        }
    }

    @Test(
        "a service principal's keys",
        arguments: [
            ("aws:PrincipalServiceName", "x.amazonaws.com", true), ("aws:PrincipalServiceNamesList", "x.amazonaws.com", true),
            ("aws:PrincipalIsAWSService", "true", true), ("aws:SourceAccount", account, true),
            ("aws:SourceArn", "arn:aws:s3:::b", true), ("aws:SourceOrgID", "o-1", true),
            ("aws:SourceOrgPaths", "o-1/r-1/ou-1/", true), ("aws:PrincipalAccount", account, false),
            ("aws:PrincipalOrgID", "o-1", false),
        ])
    func serviceKeys(_ key: String, _ value: String, _ holds: Bool) async throws {
        let condition = #"{"StringEquals":{"\#(key)":"\#(value)"}}"#
        let policy = allow(condition, principal: #""Principal":{"Service":"x.amazonaws.com"},"#)
        let caller = Caller.service("x.amazonaws.com", account: account, sourceARN: "arn:aws:s3:::b")
        let identities = Identities(organizations: [account: organization()])
        try await with(identities, Vault(facts: ResourceFacts(account: account, policy: policy))) { platform in
            #expect((await open(platform, as: caller) == nil) == holds)
        }
    }

    @Test("a denial is explained, also after a restart")
    func explained() async throws {
        let policy = allow(#"{"Bool":{"aws:SecureTransport":"true"}}"#)
        try await with(Identities(policy: policy)) { platform in
            _ = await open(platform, as: ann, id: "id-denied")
            let found = try await platform.decisions.decisions(on: "id-denied")
            let decision = try #require(found.first)
            #expect(decision["decision"] == "implicitDeny" && decision["missing"] == "identity-based policy")
            #expect(decision["action"] == "vault:Open" && decision["resource"] == .string(Vault.thing))
            #expect(decision["principal"]?["arn"] == .string(ann.arn))
            #expect(decision["needed"]?.list?.contains { $0.string?.contains("Bool on aws:securetransport") == true } == true)
            #expect(decision["context"]?["aws:username"] == "ann")
            // A new platform over the same log.
            let later = DecisionLog(logs: platform.logs, logger: platform.log)
            #expect(try await later.decisions(on: "id-denied") == found)
            #expect(try await later.decisions(on: "id-other").isEmpty)
        }
    }

    @Test("an explicit deny names its statement; what was allowed is remembered without its input")
    func statements() async throws {
        let deny =
            #"{"Version":"2012-10-17","Statement":[{"Sid":"Never","Effect":"Deny","Principal":"*","Action":"vault:*","Resource":"*"}]}"#
        try await with(Identities(), Vault(facts: ResourceFacts(account: account, policy: deny))) { platform in
            _ = await open(platform, as: ann, id: "id-1")
            let decision = try #require(try await platform.decisions.decisions(on: "id-1").first)
            let statement = try #require(decision["statements"]?.list?.first)
            #expect(decision["decision"] == "explicitDeny")
            #expect(statement["sid"] == "Never" && statement["statement"]?["Effect"] == "Deny")
            #expect(statement["kind"] == "resource-based policy")
        }
        try await with(Identities()) { platform in
            #expect(await open(platform, as: ann, ["Tags": [["Key": "a", "Value": "b"]]], id: "id-2") == nil)
            let decision = try #require(try await platform.decisions.decisions(on: "id-2").first)
            #expect(decision["decision"] == "allowed")
            #expect(decision["statements"]?.list?.first?["sid"] == "One")
            #expect(decision["context"]?["aws:RequestTag/a"] == nil)
        }
    }

    @Test("S3's form tells strangers nothing; an encoded message opens for its Tarn alone")
    func otherForms() async throws {
        try await with(Identities(policy: allow(action: "other:*")), Vault(seals: true)) { platform in
            let error = try #require(await open(platform, as: ann))
            #expect(
                error.fields["Quoted"]
                    == .string(
                        "User: \(ann.arn) is not authorized to perform: vault:Open on resource: \"\(Vault.thing)\" because no "
                            + "identity-based policy allows the vault:Open action"))
            let message = try #require(AuthorizationMessage.open(error.message, platform.identity))
            let decoded = try JSON.parse(message.json)
            #expect(message.account == account && decoded["allowed"] == false && decoded["explicitDeny"] == false)
            #expect(decoded["context"]?["principal"]?["name"] == "ann")
            #expect(decoded["context"]?["action"] == "vault:Open")
            #expect(AuthorizationMessage.open(error.message + "A", platform.identity) == nil)
            #expect(AuthorizationMessage.open("", platform.identity) == nil)
            let strange = await open(platform, as: .root(of: "111122223333"))
            #expect(strange?.fields["Quoted"] == "Access Denied")
        }
    }

    @Test("texts that Swift takes for equal are different policies")
    func cacheTakesBytes() throws {
        let cache = PolicyCache()
        func policy(_ name: String) -> String {
            allow().replacingOccurrences(of: "One", with: "One").replacingOccurrences(
                of: "\"Resource\":\"*\"", with: "\"Resource\":\"arn:aws:s3:::\(name)\"")
        }
        let composed = policy("\u{E9}\u{E9}"), decomposed = policy("e\u{301}e\u{301}")
        #expect(composed == decomposed)
        #expect(try cache.document(composed, grammar: .identity).source.utf8.count == composed.utf8.count)
        #expect(try cache.document(decomposed, grammar: .identity).source.utf8.count == decomposed.utf8.count)
        for index in 0..<5_000 { _ = try cache.document(policy("b\(index)"), grammar: .identity) }
        #expect(try cache.document(policy("b7"), grammar: .identity).statement(0)?["Resource"] == "arn:aws:s3:::b7")
    }
}
