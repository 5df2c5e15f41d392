import Documents
import Kernel
import Testing
import TestSupport

@testable import SecretsManager

let service = "secretsmanager"

func tarn(_ more: [any Service] = [], _ body: @Sendable (TestPlatform) async throws -> Void) async throws {
    try await TestPlatform.with([SecretsManagerService(), FakeKMS()] + more, body)
}

extension TestPlatform {
    func secret(_ operation: String, _ input: Document) async throws -> Document { try await call(service, operation, input) }

    func value(_ id: String, _ stage: String = "AWSCURRENT") async throws -> String? {
        try await secret("GetSecretValue", ["SecretId": .string(id), "VersionStage": .string(stage)])["SecretString"]?.string
    }

    func stages(_ id: String) async throws -> [String: [String]] {
        let map = try await secret("DescribeSecret", ["SecretId": .string(id)])["VersionIdsToStages"]?.members ?? [:]
        return Dictionary(uniqueKeysWithValues: map.map { ($0.key, ($0.value.list ?? []).compactMap(\.string)) })
    }
}

func refusal(_ body: () async throws -> some Any) async -> AWSError? {
    do {
        _ = try await body()
        return nil
    } catch { return error as? AWSError }
}

@Suite struct ValueTests {
    @Test func aSecretIsFoundByNameAndARN() async throws {
        try await tarn { tarn in
            let made = try await tarn.secret("CreateSecret", ["Name": "app/db-a1b2c3", "SecretString": "one"])
            let arn = try #require(made["ARN"]?.string)
            #expect(arn.hasPrefix("arn:aws:secretsmanager:us-east-1:000000000000:secret:app/db-a1b2c3-"))
            #expect(arn.count == "arn:aws:secretsmanager:us-east-1:000000000000:secret:app/db-a1b2c3-".count + 6)
            for id in ["app/db-a1b2c3", arn, String(arn.dropLast(7))] { #expect(try await tarn.value(id) == "one") }
            let wrong = await refusal { try await tarn.value(arn.dropLast(6) + "aaaaaa") }
            #expect(wrong?.code == "ResourceNotFoundException")
            #expect(wrong?.message == "Secrets Manager can't find the specified secret.")
        }
    }

    @Test func labelsMoveExactly() async throws {
        try await tarn { tarn in
            let first = "11111111-1111-1111-1111-111111111111"
            let second = "22222222-2222-2222-2222-222222222222"
            let third = "33333333-3333-3333-3333-333333333333"
            _ = try await tarn.secret("CreateSecret", ["Name": "s", "SecretString": "1", "ClientRequestToken": .string(first)])
            _ = try await tarn.secret(
                "PutSecretValue", ["SecretId": "s", "SecretString": "2", "ClientRequestToken": .string(second)])
            #expect(try await tarn.stages("s") == [first: ["AWSPREVIOUS"], second: ["AWSCURRENT"]])
            _ = try await tarn.secret(
                "PutSecretValue",
                [
                    "SecretId": "s", "SecretString": "3", "ClientRequestToken": .string(third),
                    "VersionStages": ["AWSPENDING", "mine"],
                ])
            #expect(try await tarn.value("s") == "2")
            #expect(try await tarn.value("s", "mine") == "3")
            let move: Document = [
                "SecretId": "s", "VersionStage": "AWSCURRENT", "MoveToVersionId": .string(third),
                "RemoveFromVersionId": .string(second),
            ]
            _ = try await tarn.secret("UpdateSecretVersionStage", move)
            #expect(
                try await tarn.stages("s") == [second: ["AWSPREVIOUS"], third: ["AWSCURRENT", "AWSPENDING", "mine"]])
            let again = await refusal { try await tarn.secret("UpdateSecretVersionStage", move) }
            #expect(again?.code == "InvalidParameterException")
            let bare = await refusal {
                try await tarn.secret(
                    "UpdateSecretVersionStage",
                    ["SecretId": "s", "VersionStage": "AWSCURRENT", "RemoveFromVersionId": .string(third)])
            }
            #expect(bare?.message.hasPrefix("You can only move staging label AWSCURRENT") == true)
            // A version without labels is deprecated, and listed only on demand.
            let listed = try await tarn.secret("ListSecretVersionIds", ["SecretId": "s"])["Versions"]?.list
            #expect(listed?.count == 2)
            let all = try await tarn.secret("ListSecretVersionIds", ["SecretId": "s", "IncludeDeprecated": true])
            #expect(all["Versions"]?.list?.count == 3)
        }
    }

    @Test func aTokenMakesRequestsIdempotent() async throws {
        try await tarn { tarn in
            let token = "aaaaaaaa-1111-1111-1111-111111111111"
            let input: Document = ["Name": "s", "SecretString": "1", "ClientRequestToken": .string(token)]
            let made = try await tarn.secret("CreateSecret", input)
            #expect(try await tarn.secret("CreateSecret", input) == made)
            let other = await refusal { try await tarn.secret("CreateSecret", ["Name": "s", "SecretString": "1"]) }
            #expect(other?.code == "ResourceExistsException")
            #expect(other?.message == "The operation failed because the secret s already exists.")
            let clash = await refusal {
                try await tarn.secret(
                    "PutSecretValue", ["SecretId": "s", "SecretString": "2", "ClientRequestToken": .string(token)])
            }
            #expect(clash?.code == "ResourceExistsException")
            #expect(
                clash?.message
                    == "You can't use ClientRequestToken \(token) because that value is already in use for a version of secret "
                    + "\(made["ARN"]?.string ?? "").")
            #expect(try await tarn.value("s") == "1")
        }
    }

    @Test func whatIsMissingIsNamed() async throws {
        try await tarn { tarn in
            _ = try await tarn.secret("CreateSecret", ["Name": "empty"])
            let none = await refusal { try await tarn.value("empty") }
            #expect(
                none?.message == "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT")
            let both = await refusal {
                try await tarn.secret("CreateSecret", ["Name": "b", "SecretString": "1", "SecretBinary": .blob([1])])
            }
            #expect(both?.code == "InvalidParameterException")
            let name = await refusal { try await tarn.secret("CreateSecret", ["Name": "a b"]) }
            #expect(name?.message.hasPrefix("Invalid name. Must be a valid name") == true)
            let key = await refusal {
                try await tarn.secret("CreateSecret", ["Name": "k", "SecretString": "1", "KmsKeyId": "disabled"])
            }
            #expect(key?.code == "EncryptionFailure")
            #expect(await refusal { try await tarn.secret("DescribeSecret", ["SecretId": "k"]) } != nil)
        }
    }

    @Test func binaryAndBatch() async throws {
        try await tarn { tarn in
            _ = try await tarn.secret("CreateSecret", ["Name": "bin", "SecretBinary": .blob([0, 255, 1])])
            _ = try await tarn.secret("CreateSecret", ["Name": "text", "SecretString": "t"])
            let got = try await tarn.secret("GetSecretValue", ["SecretId": "bin"])
            #expect(got["SecretBinary"]?.blob == [0, 255, 1] && got["SecretString"] == nil)
            let batch = try await tarn.secret("BatchGetSecretValue", ["SecretIdList": ["bin", "none", "text"]])
            #expect(batch["SecretValues"]?.list?.compactMap { $0["Name"]?.string } == ["bin", "text"])
            #expect(batch["Errors"]?.list?.first?["ErrorCode"]?.string == "ResourceNotFoundException")
            let filtered = try await tarn.secret("BatchGetSecretValue", ["Filters": [["Key": "name", "Values": ["te"]]]])
            #expect(filtered["SecretValues"]?.list?.count == 1)
        }
    }

    @Test func aHundredVersionsAreKept() async throws {
        try await tarn { tarn in
            _ = try await tarn.secret("CreateSecret", ["Name": "s", "SecretString": "0"])
            for number in 1..<SecretsLimit.versions {
                _ = try await tarn.secret("PutSecretValue", ["SecretId": "s", "SecretString": .string("\(number)")])
            }
            let full = await refusal { try await tarn.secret("PutSecretValue", ["SecretId": "s", "SecretString": "x"]) }
            #expect(full?.code == "LimitExceededException")
            #expect(try await tarn.value("s") == "99")
            try await tarn.advance(.seconds(86_401))
            _ = try await tarn.secret("PutSecretValue", ["SecretId": "s", "SecretString": "y"])
            let all = try await tarn.secret("ListSecretVersionIds", ["SecretId": "s", "IncludeDeprecated": true])
            #expect(all["Versions"]?.list?.count == SecretsLimit.versions)
            #expect(try await tarn.value("s", "AWSPREVIOUS") == "99")
        }
    }
}
