import Documents
import KMS
import Kernel
import Lambda
import Store
import TestSupport
import Testing

/// Variables under a customer's key, and the grants that open them for the execution role.
@Suite struct VariableKeyTests {
    private func with(_ body: @Sendable (TestPlatform, [Document]) async throws -> Void) async throws {
        try await TestPlatform.with([LambdaService(), KMSService(), FakeSTS()]) { tarn in
            try await tarn.keepPrincipals("arn:aws:iam::000000000000:role/runner")
            var keys: [Document] = []
            for _ in 0..<2 {
                keys.append(try #require(try await tarn.call("kms", "CreateKey")["KeyMetadata"]?["Arn"]))
            }
            try await InvocationTests.create(
                tarn, "f", ["app.py": ""],
                ["KMSKeyArn": keys[0], "Environment": ["Variables": ["WORD": "hidden"]]])
            try await body(tarn, keys)
        }
    }

    /// - Returns: how many grants each key has once nothing is left to be delivered.
    private func grants(_ tarn: TestPlatform, _ keys: [Document]) async throws -> [Int] {
        try await tarn.untilDelivered()
        var counts: [Int] = []
        for key in keys { counts.append(try await tarn.call("kms", "ListGrants", ["KeyId": key])["Grants"]?.list?.count ?? 0) }
        return counts
    }

    @Test func aGrantLivesAsLongAsAVersionNeedsIt() async throws {
        try await with { tarn, keys in
            let name: Document = ["FunctionName": "f"]
            #expect(try await grants(tarn, keys) == [1, 0])
            try await tarn.call("lambda", "PublishVersion", name)
            // The version keeps the old key and its grant.
            try await tarn.call("lambda", "UpdateFunctionConfiguration", ["FunctionName": "f", "KMSKeyArn": keys[1]])
            #expect(try await grants(tarn, keys) == [1, 1])
            try await tarn.call("lambda", "DeleteFunction", ["FunctionName": "f", "Qualifier": "1"])
            #expect(try await grants(tarn, keys) == [0, 1])
            // What is not stored leaves no grant.
            await #expect(throws: AWSError.self) {
                try await tarn.call(
                    "lambda", "UpdateFunctionConfiguration",
                    ["FunctionName": "f", "RevisionId": "other", "Environment": ["Variables": ["WORD": "new"]]])
            }
            #expect(try await grants(tarn, keys) == [0, 1])
            try await tarn.call(
                "lambda", "UpdateFunctionConfiguration",
                ["FunctionName": "f", "Environment": ["Variables": ["WORD": "new"]]])
            #expect(try await grants(tarn, keys) == [0, 1])
            try await tarn.call("lambda", "UpdateFunctionConfiguration", ["FunctionName": "f", "KMSKeyArn": keys[0]])
            try await tarn.call("lambda", "PublishVersion", name)
            try await tarn.call("lambda", "UpdateFunctionConfiguration", ["FunctionName": "f", "KMSKeyArn": ""])
            #expect(try await grants(tarn, keys) == [1, 0])
            try await tarn.call("lambda", "DeleteFunction", name)
            #expect(try await grants(tarn, keys) == [0, 0])
        }
    }

    @Test func listsShowWhatTheCallerMayOpen() async throws {
        try await with { tarn, keys in
            try await tarn.call("lambda", "PublishVersion", ["FunctionName": "f"])
            func environments() async throws -> [Document?] {
                let latest = try await tarn.call("lambda", "ListFunctions")["Functions"]?.list ?? []
                let all = try await tarn.call("lambda", "ListFunctions", ["FunctionVersion": "ALL"])["Functions"]?.list ?? []
                let versions = try await tarn.call("lambda", "ListVersionsByFunction", ["FunctionName": "f"])["Versions"]?.list
                return (latest + all + (versions ?? [])).map { $0["Environment"] }
            }
            #expect(try await environments() == Array(repeating: ["Variables": ["WORD": "hidden"]], count: 5))
            try await tarn.call("kms", "DisableKey", ["KeyId": keys[0]])
            let refused = try await environments()
            #expect(refused.count == 5)
            #expect(refused.allSatisfy { $0?["Variables"] == nil && $0?["Error"]?["ErrorCode"] == "DisabledException" })
        }
    }
}
