import Documents
import Kernel
import TestSupport
import Testing

@Suite struct SimulationTests {
    private func simulate(
        _ tarn: TestPlatform, _ policies: [String], _ action: String, on resource: String? = nil, _ more: Members = [:]
    ) async throws -> Document {
        var input: Members = [
            "PolicyInputList": .list(policies.map { .string($0) }), "ActionNames": [.string(action)],
        ]
        if let resource { input["ResourceArns"] = [.string(resource)] }
        input.merge(more) { $1 }
        let output = try await tarn.iam("SimulateCustomPolicy", .map(input))
        return try #require(output["EvaluationResults"]?.list?.first)
    }

    @Test func decisions() async throws {
        try await withIdentity { tarn in
            let deny = #"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"thing:Put","Resource":"*"}}"#
            let policies = [allow("thing:*"), deny]
            let allowed = try await simulate(tarn, policies, "thing:Get")
            #expect(allowed["EvalDecision"] == "allowed" && allowed["EvalResourceName"] == "*")
            let matched = try #require(allowed["MatchedStatements"]?.list?.first)
            #expect(matched["SourcePolicyId"] == "PolicyInputList.1")
            #expect(matched["StartPosition"]?["Line"] == 1 && matched["StartPosition"]?["Column"] == 39)
            let denied = try await simulate(tarn, policies, "thing:Put")
            #expect(denied["EvalDecision"] == "explicitDeny")
            #expect(denied["MatchedStatements"]?.list?.map { $0["SourcePolicyId"] } == ["PolicyInputList.2"])
            let implicit = try await simulate(tarn, policies, "other:Get")
            #expect(implicit["EvalDecision"] == "implicitDeny" && implicit["MatchedStatements"] == [])
        }
    }

    @Test func contextAndBoundary() async throws {
        try await withIdentity { tarn in
            let conditional = #"""
                {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"thing:*","Resource":"*",
                "Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}}}
                """#
            let without = try await simulate(tarn, [conditional], "thing:Get")
            #expect(without["EvalDecision"] == "implicitDeny" && without["MissingContextValues"] == ["aws:SourceVpce"])
            let entries: Document = [
                ["ContextKeyName": "aws:sourcevpce", "ContextKeyType": "string", "ContextKeyValues": ["vpce-1"]]
            ]
            let given = try await simulate(tarn, [conditional], "thing:Get", ["ContextEntries": entries])
            #expect(given["EvalDecision"] == "allowed" && given["MissingContextValues"] == [])
            let bounded = try await simulate(
                tarn, [allow("*")], "thing:Get", ["PermissionsBoundaryPolicyInputList": [.string(allow("other:*"))]])
            #expect(bounded["EvalDecision"] == "implicitDeny")
            #expect(bounded["PermissionsBoundaryDecisionDetail"]?["AllowedByPermissionsBoundary"] == false)
            let keys = try await tarn.iam("GetContextKeysForCustomPolicy", ["PolicyInputList": [.string(conditional)]])
            #expect(keys["ContextKeyNames"] == ["aws:SourceVpce"])
        }
    }

    @Test func principals() async throws {
        try await withIdentity { tarn in
            _ = try await tarn.user("ann", policy: allow("thing:Get", on: "arn:aws:thing:us-east-1:\(account):thing/a*"))
            let arn = "arn:aws:iam::\(account):user/ann"
            let things = ["abc", "b"].map { Document.string("arn:aws:thing:us-east-1:\(account):thing/\($0)") }
            let first = try await tarn.iam(
                "SimulatePrincipalPolicy",
                ["PolicySourceArn": .string(arn), "ActionNames": ["thing:Get"], "ResourceArns": .list(things), "MaxItems": 1])
            #expect(first["IsTruncated"] == true)
            #expect(first["EvaluationResults"]?.list?.map { $0["EvalDecision"] } == ["allowed"])
            let second = try await tarn.iam(
                "SimulatePrincipalPolicy",
                [
                    "PolicySourceArn": .string(arn), "ActionNames": ["thing:Get"], "ResourceArns": .list(things),
                    "Marker": try #require(first["Marker"]),
                ])
            #expect(second["IsTruncated"] == false)
            #expect(second["EvaluationResults"]?.list?.map { $0["EvalDecision"] } == ["implicitDeny"])
            await refused(code: "NoSuchEntity") {
                try await tarn.iam(
                    "SimulatePrincipalPolicy",
                    ["PolicySourceArn": .string("arn:aws:iam::\(account):user/nobody"), "ActionNames": ["thing:Get"]])
            }
            await refused(code: "InvalidInput") {
                try await tarn.iam("SimulatePrincipalPolicy", ["PolicySourceArn": .string(arn), "ActionNames": ["thing:*"]])
            }
            await refused(code: "InvalidInput", saying: "CallerArn") {
                try await tarn.iam(
                    "SimulateCustomPolicy",
                    ["PolicyInputList": [.string(allow("*"))], "ActionNames": ["s3:Get"], "ResourcePolicy": .string(allow("*"))])
            }
        }
    }

    @Test func groupsAndRoles() async throws {
        try await withIdentity { tarn in
            _ = try await tarn.iam("CreateGroup", ["GroupName": "g"])
            _ = try await tarn.iam(
                "PutGroupPolicy", ["GroupName": "g", "PolicyName": "p", "PolicyDocument": .string(allow("thing:Get"))])
            let role = try await tarn.role("r", trust: trust(#"{"AWS":"*"}"#), policy: allow("thing:Put"))
            for (arn, action) in [("arn:aws:iam::\(account):group/g", "thing:Get"), (role, "thing:Put")] {
                let output = try await tarn.iam(
                    "SimulatePrincipalPolicy",
                    ["PolicySourceArn": .string(arn), "ActionNames": [.string(action), "thing:Run"]])
                #expect(output["EvaluationResults"]?.list?.map { $0["EvalDecision"] } == ["allowed", "implicitDeny"])
            }
        }
    }

    @Test func decodedMessages() async throws {
        try await withIdentity { tarn in
            let user = try await tarn.user("ann", policy: allow("sts:DecodeAuthorizationMessage"))
            let other = try await tarn.user("eve")
            await refused(code: "InvalidAuthorizationMessageException", status: 400) {
                try await tarn.call("sts", "DecodeAuthorizationMessage", ["EncodedMessage": "abc"], as: user)
            }
            await refused(code: "AccessDenied", status: 403) {
                try await tarn.call("sts", "DecodeAuthorizationMessage", ["EncodedMessage": "abc"], as: other)
            }
            let sealed = await refusal { try await tarn.call("sealing", "Get", as: user) }.message
            let decoded = try await tarn.call("sts", "DecodeAuthorizationMessage", ["EncodedMessage": .string(sealed)], as: user)
            let message = try JSON.parse(try #require(decoded["DecodedMessage"]?.string))
            #expect(message["context"]?["action"] == "sealing:Get" && message["allowed"] == false)
            await refused(code: "InvalidAuthorizationMessageException") {
                try await tarn.call(
                    "sts", "DecodeAuthorizationMessage", ["EncodedMessage": .string(sealed)], as: .root(of: "111122223333"))
            }
        }
    }
}

/// A service that seals its denials, as EC2 does.
struct SealingService: Service {
    static let id = "sealing"
    func register(in operations: inout Operations) {
        operations.on("Get") { (_: Nothing, _) in Nothing() }
    }
    var actions: ActionMap { ["Get": { _, _ in [Permission("sealing:Get", on: "*")] }] }
    func denied(_ denial: Denial) -> AWSError {
        do { return AWSError("UnauthorizedOperation", 403, try denial.encodedMessage()) } catch { return .internalFailure }
    }
}
