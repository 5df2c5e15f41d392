import CloudWatchLogs
import Documents
import Kernel
import Synchronization
import TestSupport
import Testing

/// Hands out any role and notes for whom.
private final class NotingSTS: Service {
    static let id = "sts"
    let sources = Mutex<[String?]>([])

    private struct Input: Decodable, Sendable { var RoleArn: String }

    func register(in operations: inout Operations) {
        operations.on("AssumeRole") { (_: Input, context: Context) -> Document in
            self.sources.withLock { $0.append(context.caller.sourceARN) }
            return [
                "Credentials": [
                    "AccessKeyId": "ASIATEST", "SecretAccessKey": "secret", "SessionToken": "token",
                    "Expiration": .timestamp(context.now + .seconds(3_600)),
                ],
                "AssumedRoleUser": ["AssumedRoleId": "AROATEST:s", "Arn": "arn:aws:sts::000000000000:assumed-role/r/s"],
            ]
        }
    }
    var actions: ActionMap { ["AssumeRole": { _, _ in [] }] }
}

private final class TakingKinesis: Service {
    static let id = "kinesis"
    private struct Input: Decodable, Sendable { var StreamName: String }

    func register(in operations: inout Operations) {
        operations.on("PutRecord") { (_: Input, _: Context) -> Document in [:] }
    }
    var actions: ActionMap { ["PutRecord": { _, _ in [] }] }
}

@Suite struct DestinationTests {
    /// Its role may ask for the destination's ARN (aws:SourceArn).
    @Test func theTestMessageComesFromTheDestination() async throws {
        let sts = NotingSTS()
        try await TestPlatform.with([CloudWatchLogsService(), sts, TakingKinesis()]) { tarn in
            try await tarn.call(
                "logs", "PutDestination",
                [
                    "destinationName": "d", "targetArn": "arn:aws:kinesis:us-east-1:000000000000:stream/s",
                    "roleArn": "arn:aws:iam::000000000000:role/r",
                ], region: "eu-west-1")
            #expect(sts.sources.withLock { $0 } == ["arn:aws:logs:eu-west-1:000000000000:destination:d"])
        }
    }
}
