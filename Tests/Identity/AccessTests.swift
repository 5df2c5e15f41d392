import Documents
import Kernel
import TestSupport
import Testing

@Suite struct AccessTests {
    @Test func inlinePolicyAllowsJustWhatItSays() async throws {
        try await withIdentity { tarn in
            let user = try await tarn.user("ann", policy: allow("thing:Get", on: "arn:aws:thing:us-east-1:\(account):thing/a*"))
            try await tarn.get("abc", as: user)
            await refused(code: "AccessDeniedException") { try await tarn.get("b", as: user) }
            await refused(code: "AccessDeniedException") { try await tarn.call("thing", "Put", ["Name": "a"], as: user) }
            let error = await refusal { try await tarn.iam("ListUsers", [:], as: user) }
            #expect(error.code == "AccessDenied" && error.status == 403)
            #expect(error.message.hasPrefix("User: arn:aws:iam::\(account):user/ann is not authorized to perform: iam:ListUsers"))
        }
    }

    @Test func groupAndManagedPolicyVersions() async throws {
        try await withIdentity { tarn in
            let user = try await tarn.user("ann")
            let policy = try await tarn.iam("CreatePolicy", ["PolicyName": "P", "PolicyDocument": .string(allow("thing:Get"))])
            let arn = try #require(policy["Policy"]?["Arn"])
            _ = try await tarn.iam("CreateGroup", ["GroupName": "g"])
            _ = try await tarn.iam("AttachGroupPolicy", ["GroupName": "g", "PolicyArn": arn])
            await refused(status: 400) { try await tarn.get(as: user) }
            _ = try await tarn.iam("AddUserToGroup", ["GroupName": "g", "UserName": "ann"])
            try await tarn.get(as: user)
            _ = try await tarn.iam(
                "CreatePolicyVersion", ["PolicyArn": arn, "PolicyDocument": .string(allow("thing:Put")), "SetAsDefault": true])
            await refused(code: "AccessDeniedException") { try await tarn.get(as: user) }
            _ = try await tarn.iam("SetDefaultPolicyVersion", ["PolicyArn": arn, "VersionId": "v1"])
            try await tarn.get(as: user)
            await refused(code: "DeleteConflict") { try await tarn.iam("DeletePolicy", ["PolicyArn": arn]) }
        }
    }

    @Test func boundaryBounds() async throws {
        try await withIdentity { tarn in
            let user = try await tarn.user("ann", policy: allow("thing:*"))
            let policy = try await tarn.iam("CreatePolicy", ["PolicyName": "B", "PolicyDocument": .string(allow("thing:Get"))])
            let arn = try #require(policy["Policy"]?["Arn"])
            _ = try await tarn.iam("PutUserPermissionsBoundary", ["UserName": "ann", "PermissionsBoundary": arn])
            try await tarn.get(as: user)
            let error = await refusal { try await tarn.call("thing", "Put", ["Name": "a"], as: user) }
            #expect(error.message.contains("no permissions boundary allows"))
            await refused(code: "DeleteConflict") { try await tarn.iam("DeletePolicy", ["PolicyArn": arn]) }
            _ = try await tarn.iam("DeleteUserPermissionsBoundary", ["UserName": "ann"])
            try await tarn.call("thing", "Put", ["Name": "a"], as: user)
        }
    }

    @Test func inactiveKeyIsRefused() async throws {
        try await withIdentity { tarn in
            let user = try await tarn.user("ann")
            let key = try #require(user.accessKeyID)
            _ = try await tarn.iam("UpdateAccessKey", ["UserName": "ann", "AccessKeyId": .string(key), "Status": "Inactive"])
            await #expect(throws: AuthenticationFailure.inactiveKey) { try await tarn.caller(key) }
            _ = try await tarn.iam("DeleteAccessKey", ["UserName": "ann", "AccessKeyId": .string(key)])
            await #expect(throws: AuthenticationFailure.unknownKey) { try await tarn.caller(key) }
        }
    }

    @Test func passRoleAsksIAM() async throws {
        try await withIdentity { tarn in
            let role = try await tarn.role("r", trust: trust(#"{"Service":"thing.amazonaws.com"}"#))
            let user = try await tarn.user("ann", policy: allow("iam:PassRole", on: role))
            try await tarn.call("thing", "Run", ["Role": .string(role)], as: user)
            await refused(status: 400) { try await tarn.call("thing", "Run", ["Role": .string(role + "x")], as: user) }
            let foreign = try await tarn.role("r", trust: trust(#"{"Service":"thing.amazonaws.com"}"#), in: "111111111111")
            let all = try await tarn.user("bob", policy: allow("*"))
            await refused(status: 400) { try await tarn.call("thing", "Run", ["Role": .string(foreign)], as: all) }
        }
    }

    @Test func aNewNamesakeInheritsNothing() async throws {
        try await withIdentity { tarn in
            let role = try await tarn.role("r", trust: trust(#"{"AWS":"\#(account)"}"#), policy: allow("thing:*"))
            let session = try await tarn.assume(role, as: .root(of: account))
            try await tarn.get(as: session)
            _ = try await tarn.iam("DeleteRolePolicy", ["RoleName": "r", "PolicyName": "p"])
            _ = try await tarn.iam("DeleteRole", ["RoleName": "r"])
            try await tarn.role("r", trust: trust(#"{"AWS":"\#(account)"}"#), policy: allow("thing:*"))
            await refused(code: "AccessDeniedException") { try await tarn.get(as: session) }
        }
    }
}
