import Documents
import Kernel
import Store
import TestSupport
import Testing

@testable import KMS

@Suite struct GrantTests {
    private static let grantee = Caller(
        .user, account: account, arn: "arn:aws:iam::\(account):user/grantee", principalID: TestPlatform.userID("grantee"))
    private static let retiring = Caller(
        .user, account: account, arn: "arn:aws:iam::\(account):user/retiring", principalID: TestPlatform.userID("retiring"))

    @Test func aGrantGivesWhatItNamesUnderItsContext() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key()
            let id = Document.string(key.id)
            let encrypt: Document = ["KeyId": id, "Plaintext": .blob([1]), "EncryptionContext": ["tenant": "a", "x": "y"]]
            #expect(try await tarn.refusal("Encrypt", encrypt, as: Self.grantee).code == "AccessDeniedException")
            let grant: Document = [
                "KeyId": id, "GranteePrincipal": .string(Self.grantee.arn), "Operations": ["Encrypt", "DescribeKey"],
                "Constraints": ["EncryptionContextSubset": ["tenant": "a"]], "Name": "g",
            ]
            let made = try await tarn.kms("CreateGrant", grant)
            #expect(try await tarn.kms("CreateGrant", grant)["GrantId"] == made["GrantId"])
            _ = try await tarn.kms("Encrypt", encrypt, as: Self.grantee)
            _ = try await tarn.kms("DescribeKey", ["KeyId": id], as: Self.grantee)
            for context: Document in [[:], ["tenant": "b"]] {
                let refused = try await tarn.refusal(
                    "Encrypt", ["KeyId": id, "Plaintext": .blob([1]), "EncryptionContext": context], as: Self.grantee)
                #expect(refused.code == "AccessDeniedException")
            }
            let dataKey: Document = ["KeyId": id, "KeySpec": "AES_256", "EncryptionContext": ["tenant": "a"]]
            #expect(try await tarn.refusal("GenerateDataKey", dataKey, as: Self.grantee).code == "AccessDeniedException")
            _ = try await tarn.kms("RevokeGrant", ["KeyId": id, "GrantId": try #require(made["GrantId"])])
            #expect(try await tarn.refusal("Encrypt", encrypt, as: Self.grantee).code == "AccessDeniedException")
        }
    }

    /// Authorization reads all grants of a key: a bad one would shut the key for everybody.
    @Test func aGrantThatSaysNothingIsRefusedAndShutsNobodyOut() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key()
            let grant: Members = [
                "KeyId": .string(key.id), "GranteePrincipal": .string(Self.grantee.arn), "Operations": ["Encrypt"],
            ]
            let bad: [Members] = [["Operations": []], ["Constraints": ["EncryptionContextSubset": ["": "x"]]]]
            for change in bad {
                let refused = try await tarn.refusal("CreateGrant", .map(grant.merging(change) { $1 }))
                #expect(refused.code == "ValidationException")
            }
            // As an older version has kept it.
            let region = "us-east-1"
            try await tarn.platform.store.write { transaction in
                let empty = GrantRecord(
                    id: "empty", keyID: key.id, keyARN: key.arn, region: region, created: TestPlatform.epoch,
                    grantee: Self.grantee.arn, granteeIsService: false, retiringIsService: false, issuer: account, operations: [])
                try transaction.put(empty.key, empty)
                try transaction.keep(try #require(try transaction.record(KeyRecord.self, KeyRecord.key(region, key.id))))
            }
            _ = try await tarn.kms("DescribeKey", ["KeyId": .string(key.id)])
            _ = try await tarn.kms("RevokeGrant", ["KeyId": .string(key.id), "GrantId": "empty"])
        }
    }

    @Test func equalMeansNoOtherPair() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key()
            _ = try await tarn.kms(
                "CreateGrant",
                [
                    "KeyId": .string(key.id), "GranteePrincipal": .string(Self.grantee.arn), "Operations": ["GenerateDataKey"],
                    "Constraints": ["EncryptionContextEquals": ["tenant": "a$b"]],
                ])
            func dataKey(_ context: Document) -> Document {
                ["KeyId": .string(key.id), "KeySpec": "AES_256", "EncryptionContext": context]
            }
            _ = try await tarn.kms("GenerateDataKey", dataKey(["tenant": "a$b"]), as: Self.grantee)
            for context: Document in [[:], ["tenant": "a"], ["tenant": "a$b", "more": "x"]] {
                #expect(
                    try await tarn.refusal("GenerateDataKey", dataKey(context), as: Self.grantee).code
                        == "AccessDeniedException")
            }
        }
    }

    @Test func theRetiringPrincipalRetiresThisGrantOnly() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key()
            func grant(_ retiring: String?) async throws -> Document {
                var input: Members = [
                    "KeyId": .string(key.id), "GranteePrincipal": .string(Self.grantee.arn), "Operations": ["Encrypt"],
                ]
                if let retiring { input["RetiringPrincipal"] = .string(retiring) }
                return try await tarn.kms("CreateGrant", .map(input))
            }
            let (mine, other) = (try await grant(Self.retiring.arn), try await grant(nil))
            let listed = try await tarn.kms("ListRetirableGrants", ["RetiringPrincipal": .string(Self.retiring.arn)])
            #expect(listed["Grants"]?.list?.count == 1)
            #expect(listed["Grants"]?.list?.first?["GrantId"] == mine["GrantId"])
            let refused = try await tarn.refusal(
                "RetireGrant", ["KeyId": .string(key.arn), "GrantId": try #require(other["GrantId"])], as: Self.retiring)
            #expect(refused.code == "AccessDeniedException")
            _ = try await tarn.kms("RetireGrant", ["GrantToken": try #require(mine["GrantToken"])], as: Self.retiring)
            let left = try await tarn.kms("ListGrants", ["KeyId": .string(key.id)])["Grants"]?.list ?? []
            #expect(left.count == 1)
            #expect(left.first?["GrantId"] == other["GrantId"])
            #expect(
                try await tarn.refusal("Encrypt", ["KeyId": .string(key.id), "Plaintext": .blob([1]), "GrantTokens": ["eA=="]])
                    .code
                    == "InvalidGrantTokenException")
        }
    }

    @Test func aGranteePassesOnNoMoreThanItHas() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key()
            func grant(_ operations: Document, _ constraints: Document) -> Document {
                [
                    "KeyId": .string(key.id), "GranteePrincipal": .string(Self.retiring.arn), "Operations": operations,
                    "Constraints": constraints,
                ]
            }
            _ = try await tarn.kms(
                "CreateGrant",
                [
                    "KeyId": .string(key.id), "GranteePrincipal": .string(Self.grantee.arn),
                    "Operations": ["Encrypt", "CreateGrant"], "Constraints": ["EncryptionContextSubset": ["t": "a"]],
                ])
            let bound: Document = ["EncryptionContextSubset": ["t": "a"]]
            _ = try await tarn.kms("CreateGrant", grant(["Encrypt"], bound), as: Self.grantee)
            for refused in [grant(["Decrypt"], bound), grant(["Encrypt"], [:])] {
                #expect(try await tarn.refusal("CreateGrant", refused, as: Self.grantee).code == "AccessDeniedException")
            }
        }
    }
}
