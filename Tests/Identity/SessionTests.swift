import Documents
import Kernel
import TestSupport
import Testing

@Suite struct SessionTests {
    @Test func trustAndExternalID() async throws {
        try await withIdentity { tarn in
            let ann = try await tarn.user("ann", policy: allow("sts:AssumeRole"))
            let bob = try await tarn.user("bob", policy: allow("sts:AssumeRole"))
            let role = try await tarn.role(
                "r", trust: trust(#"{"AWS":"\#(ann.arn)"}"#, condition: #"{"StringEquals":{"sts:ExternalId":"x1"}}"#),
                policy: allow("thing:Get"))
            await refused(code: "AccessDenied") { try await tarn.assume(role, as: ann) }
            let denied = await refusal { try await tarn.assume(role, as: bob, ["ExternalId": "x1"]) }
            #expect(
                denied.message.hasPrefix("User: \(bob.arn) is not authorized to perform: sts:AssumeRole on resource: \(role)"))
            let session = try await tarn.assume(role, as: ann, ["ExternalId": "x1"])
            #expect(session.arn == "arn:aws:sts::\(account):assumed-role/r/me")
            try await tarn.get(as: session)
            let identity = try await tarn.call("sts", "GetCallerIdentity", as: session)
            #expect(identity["UserId"]?.string?.hasPrefix("AROA") ?? false && identity["Arn"]?.string == session.arn)
            let missing = await refusal { try await tarn.assume(role + "x", as: ann) }
            #expect(missing.code == "AccessDenied" && missing.status == 403)
        }
    }

    @Test func serviceAssumes() async throws {
        try await withIdentity { tarn in
            let role = try await tarn.role("r", trust: trust(#"{"Service":"lambda.amazonaws.com"}"#))
            _ = try await tarn.assume(role, as: .service("lambda.amazonaws.com", account: account))
            await refused(status: 403) { try await tarn.assume(role, as: .service("glue.amazonaws.com", account: account)) }
            await refused(status: 403) { try await tarn.assume(role, as: .root(of: account)) }
        }
    }

    @Test func crossAccountChain() async throws {
        try await withIdentity { tarn in
            let other = "111111111111"
            let ann = try await tarn.user("ann", policy: allow("sts:AssumeRole"))
            let bob = try await tarn.user("bob")
            let first = try await tarn.role(
                "first", trust: trust(#"{"AWS":"arn:aws:iam::\#(account):root"}"#), policy: allow("sts:AssumeRole"))
            let second = try await tarn.role(
                "second", trust: trust(#"{"AWS":"\#(first)"}"#), policy: allow("thing:Get"), in: other)
            await refused(status: 403) { try await tarn.assume(first, as: bob) }
            await refused(status: 403) { try await tarn.assume(second, as: ann) }
            let session = try await tarn.assume(first, as: ann)
            let chained = try await tarn.assume(second, as: session)
            #expect(chained.account == other)
            try await tarn.get(as: chained)
            let error = await refusal { try await tarn.assume(second, as: session, ["DurationSeconds": 3_601]) }
            #expect(error.message.contains("role chaining"))
        }
    }

    @Test func sessionPoliciesNarrow() async throws {
        try await withIdentity { tarn in
            let role = try await tarn.role("r", trust: trust(#"{"AWS":"\#(account)"}"#), policy: allow("thing:*"))
            let root = Caller.root(of: account)
            let inline = try await tarn.assume(role, as: root, ["Policy": .string(allow("thing:Get"))])
            try await tarn.get(as: inline)
            await refused(status: 400) { try await tarn.call("thing", "Put", ["Name": "a"], as: inline) }
            let policy = try await tarn.iam("CreatePolicy", ["PolicyName": "P", "PolicyDocument": .string(allow("thing:Put"))])
            let arn = try #require(policy["Policy"]?["Arn"])
            let managed = try await tarn.assume(role, as: root, ["PolicyArns": [["arn": arn]]])
            try await tarn.call("thing", "Put", ["Name": "a"], as: managed)
            await refused(status: 400) { try await tarn.get(as: managed) }
            _ = try await tarn.iam("DeletePolicy", ["PolicyArn": arn])
            await refused(status: 400) { try await tarn.call("thing", "Put", ["Name": "a"], as: managed) }
            await refused(code: "MalformedPolicyDocument") { try await tarn.assume(role, as: root, ["Policy": "{"]) }
            let long = Document.string(allow(String(repeating: "a", count: 3_000)))
            await refused(code: "PackedPolicyTooLarge") { try await tarn.assume(role, as: root, ["Policy": long]) }
        }
    }

    @Test func tagsAndSourceIdentityNeedTheirOwnRights() async throws {
        try await withIdentity { tarn in
            let ann = try await tarn.user("ann", policy: allow("sts:*"))
            let plain = try await tarn.role("plain", trust: trust(#"{"AWS":"\#(ann.arn)"}"#))
            let tagging = try await tarn.role(
                "tagging",
                trust: trust(#"{"AWS":"\#(ann.arn)"}"#, actions: #"["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]"#))
            let more: Members = ["Tags": [["Key": "team", "Value": "a"]], "SourceIdentity": "ann"]
            await refused(saying: "sts:TagSession") { try await tarn.assume(plain, as: ann, more) }
            let session = try await tarn.assume(tagging, as: ann, more)
            #expect(session.sessionTags == ["team": "a"] && session.sourceIdentity == "ann")
        }
    }

    @Test func tokensExpireAndCannotBeChanged() async throws {
        try await withIdentity { tarn in
            let user = try await tarn.user("ann", policy: allow("thing:Get"))
            let output = try await tarn.call("sts", "GetSessionToken", ["DurationSeconds": 900], as: user)
            let credentials = try #require(output["Credentials"])
            let key = try #require(credentials["AccessKeyId"]?.string)
            let token = try #require(credentials["SessionToken"]?.string)
            #expect(credentials["Expiration"]?.timestamp == TestPlatform.epoch + .seconds(900))
            let session = try await tarn.caller(key, token: token)
            try await tarn.get(as: session)
            await refused(code: "AccessDenied") { try await tarn.call("sts", "GetSessionToken", as: session) }
            await refused(code: "InvalidClientTokenId") { try await tarn.iam("GetUser", [:], as: session) }
            var letters = Array(token)
            letters[40] = letters[40] == "A" ? "B" : "A"
            let forged = String(letters)
            await #expect(throws: AuthenticationFailure.invalidToken) { try await tarn.caller(key, token: forged) }
            await #expect(throws: AuthenticationFailure.invalidToken) { try await tarn.caller("ASIA0", token: token) }
            await #expect(throws: AuthenticationFailure.unknownKey) { try await tarn.caller(key) }
            try await tarn.advance(.seconds(900))
            await #expect(throws: AuthenticationFailure.expiredToken) { try await tarn.caller(key, token: token) }
        }
    }

    @Test func federatedUsersHaveWhatBothAllow() async throws {
        try await withIdentity { tarn in
            let user = try await tarn.user("ann", policy: allow("thing:Get", "sts:GetFederationToken"))
            let output = try await tarn.call(
                "sts", "GetFederationToken", ["Name": "fed", "Policy": .string(allow("thing:*"))], as: user)
            let credentials = try #require(output["Credentials"])
            let session = try await tarn.caller(
                try #require(credentials["AccessKeyId"]?.string), token: credentials["SessionToken"]?.string)
            try await tarn.get(as: session)
            await refused(status: 400) { try await tarn.call("thing", "Put", ["Name": "a"], as: session) }
        }
    }
}
