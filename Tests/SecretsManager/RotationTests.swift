import Documents
import Kernel
import Testing
import TestSupport

@testable import SecretsManager

@Suite struct RotationTests {
    private func moment(_ text: String) throws -> Timestamp { try #require(Timestamp(iso8601: text)) }

    @Test(arguments: [
        ("cron(0 16 1,15 * ? *)", "2026-01-01T16:00:00Z", "2026-01-15T16:00:00Z"),
        ("cron(0 2 ? * SUN#1 *)", "2026-01-05T00:00:00Z", "2026-02-01T02:00:00Z"),
        ("cron(0 0 L * ? *)", "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"),
        ("cron(0 8/8 * * ? *)", "2026-01-01T09:00:00Z", "2026-01-01T16:00:00Z"),
        ("cron(0 1 ? JAN,JUL 6L *)", "2026-02-01T00:00:00Z", "2026-07-31T01:00:00Z"),
        ("cron(0 1 15W * ? *)", "2026-02-01T00:00:00Z", "2026-02-16T01:00:00Z"),
        ("rate(10 days)", "2026-01-01T16:30:00Z", "2026-01-11T00:00:00Z"),
        ("rate(4 hours)", "2026-01-01T16:30:00Z", "2026-01-01T20:00:00Z"),
    ])
    func schedulesHaveTheirTurns(_ expression: String, _ last: String, _ next: String) throws {
        let schedule = try RotationSchedule(RotationRules(ScheduleExpression: expression))
        #expect(schedule.window(after: try moment(last))?.start == (try moment(next)))
    }

    @Test(arguments: [
        "rate(3 hours)", "rate(0 days)", "cron(5 1 * * ? *)", "cron(0 25 * * ? *)", "cron(0 1 * * ?)", "every day",
        "rate(1 week)",
        "cron(0 1 1 * MON *)",
    ])
    func badSchedulesAreRefused(_ expression: String) {
        #expect(throws: SecretsFault.self) { try RotationSchedule(RotationRules(ScheduleExpression: expression)) }
    }

    @Test func windowsClose() throws {
        let days = try RotationSchedule(RotationRules(AutomaticallyAfterDays: 30)).window(after: TestPlatform.epoch)
        #expect(days?.end == (try moment("2026-01-31T23:59:59Z")))
        let hours = try RotationSchedule(RotationRules(Duration: "3h", ScheduleExpression: "cron(0 2 * * ? *)"))
        #expect(hours.window(after: TestPlatform.epoch)?.end == (try moment("2026-01-01T05:00:00Z")))
    }

    @Test func aScheduleShowsTheDaysItComesTo() throws {
        let rules = RotationRules(ScheduleExpression: "rate(10 days)")
        var rotation = SecretRecord.Rotation(isEnabled: true, function: "f", rules: rules)
        rotation.next = try RotationSchedule(rules).window(after: TestPlatform.epoch)
        #expect(rotation.shownRules?.AutomaticallyAfterDays == nil)
        rotation.last = TestPlatform.epoch
        #expect(rotation.shownRules?.AutomaticallyAfterDays == 10)
        #expect(rotation.shownRules?.ScheduleExpression == "rate(10 days)")
    }

    /// What AWS's own templates do in each step.
    @Sendable private static func rotate(_ step: String, _ event: Document, _ context: Context) async throws -> Bool {
        let id = event["SecretId"] ?? ""
        let token = event["ClientRequestToken"] ?? ""
        func call(_ operation: String, _ input: Document) async throws -> Document {
            try await context.platform.call(
                Call(service, operation, input, caller: .root(of: "000000000000"), region: "us-east-1")
            ).output
        }
        switch step {
        case "createSecret":
            let put: Document = [
                "SecretId": id, "ClientRequestToken": token, "SecretString": .string("new \(token.string?.prefix(4) ?? "")"),
                "VersionStages": ["AWSPENDING"],
            ]
            let pending: Document = ["SecretId": id, "VersionId": token, "VersionStage": "AWSPENDING"]
            do { _ = try await call("GetSecretValue", pending) } catch { _ = try await call("PutSecretValue", put) }
        case "finishSecret":
            let versions = try await call("DescribeSecret", ["SecretId": id])["VersionIdsToStages"]?.members ?? [:]
            let current = versions.first { $0.value.list?.contains("AWSCURRENT") == true }?.key ?? ""
            _ = try await call(
                "UpdateSecretVersionStage",
                [
                    "SecretId": id, "VersionStage": "AWSCURRENT", "MoveToVersionId": token,
                    "RemoveFromVersionId": .string(current),
                ])
        default: break
        }
        return true
    }

    @Test func aFunctionRotatesInFourSteps() async throws {
        let lambda = FakeLambda()
        lambda.behave(Self.rotate)
        try await tarn([lambda]) { tarn in
            _ = try await tarn.secret("CreateSecret", ["Name": "s", "SecretString": "old"])
            let none = await refusal { try await tarn.secret("RotateSecret", ["SecretId": "s"]) }
            #expect(none?.message == "No Lambda rotation function ARN is associated with this secret.")
            _ = try await tarn.secret(
                "RotateSecret",
                [
                    "SecretId": "s", "RotationLambdaARN": .string(FakeLambda.function),
                    "RotationRules": ["AutomaticallyAfterDays": 30],
                ])
            try await eventually("a rotation") {
                try await tarn.secret("DescribeSecret", ["SecretId": "s"])["LastRotatedDate"] != nil
            }
            #expect(lambda.steps == ["createSecret", "setSecret", "testSecret", "finishSecret"])
            let first = try await tarn.value("s")
            #expect(first?.hasPrefix("new ") == true)
            #expect(try await tarn.value("s", "AWSPREVIOUS") == "old")
            let described = try await tarn.secret("DescribeSecret", ["SecretId": "s"])
            #expect(described["RotationEnabled"]?.bool == true)
            #expect(described["NextRotationDate"]?.timestamp == Timestamp(iso8601: "2026-01-31T23:59:59Z"))
            try await tarn.advance(.seconds(30 * 86_400))
            try await eventually("a new value") { try await tarn.value("s") != first }
            try await eventually("eight steps") { lambda.steps.count == 8 }
            #expect(try await tarn.value("s", "AWSPREVIOUS") == first)
        }
    }

    @Test func aFailureLeavesWhatIsPendingAndIsTriedAgain() async throws {
        let lambda = FakeLambda()
        lambda.behave { step, event, context in
            if step == "testSecret" { return false }
            return try await Self.rotate(step, event, context)
        }
        try await tarn([lambda]) { tarn in
            _ = try await tarn.secret("CreateSecret", ["Name": "s", "SecretString": "old"])
            let out = try await tarn.secret(
                "RotateSecret", ["SecretId": "s", "RotationLambdaARN": .string(FakeLambda.function)])
            let token = try #require(out["VersionId"]?.string)
            try await eventually("three steps") { lambda.steps.count == 3 }
            #expect(try await tarn.value("s") == "old")
            #expect(try await tarn.stages("s")[token] == ["AWSPENDING"])
            let second = await refusal { try await tarn.secret("RotateSecret", ["SecretId": "s"]) }
            #expect(second?.message == "A previous rotation isn’t complete. That rotation will be reattempted.")
            try await eventually("a timer") {
                try await tarn.platform.store.read { try $0.timerDue(service, id: "rotation \(out["ARN"]?.string ?? "")") } != nil
            }
            lambda.behave(Self.rotate)
            try await tarn.advance(.seconds(3_600))
            try await eventually("a new value") { try await tarn.value("s") != "old" }
            #expect(try await tarn.stages("s")[token]?.contains("AWSCURRENT") == true)
        }
    }

    @Test func aFunctionThatMayNotBeInvokedIsRefused() async throws {
        try await tarn([FakeLambda()]) { tarn in
            _ = try await tarn.secret("CreateSecret", ["Name": "s", "SecretString": "old"])
            let other = FakeLambda.function + "-other"
            let refused = await refusal {
                try await tarn.secret("RotateSecret", ["SecretId": "s", "RotationLambdaARN": .string(other)])
            }
            #expect(refused?.code == "AccessDeniedException")
            #expect(refused?.message.hasPrefix("Secrets Manager cannot invoke the specified Lambda function.") == true)
            #expect(try await tarn.secret("DescribeSecret", ["SecretId": "s"])["RotationEnabled"] == nil)
        }
    }

    @Test func rulesWithoutRotationOnlyTest() async throws {
        let lambda = FakeLambda()
        try await tarn([lambda]) { tarn in
            _ = try await tarn.secret("CreateSecret", ["Name": "s", "SecretString": "old"])
            _ = try await tarn.secret(
                "RotateSecret",
                [
                    "SecretId": "s", "RotationLambdaARN": .string(FakeLambda.function), "RotateImmediately": false,
                    "RotationRules": ["ScheduleExpression": "rate(10 days)"],
                ])
            try await eventually("one version") { try await tarn.stages("s").count == 1 }
            #expect(lambda.steps == ["testSecret"])
            #expect(try await tarn.value("s") == "old")
            _ = try await tarn.secret("CancelRotateSecret", ["SecretId": "s"])
            try await tarn.advance(.seconds(20 * 86_400))
            #expect(lambda.steps == ["testSecret"])
        }
    }
}
