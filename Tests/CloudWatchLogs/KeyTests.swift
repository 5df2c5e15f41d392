import Documents
import Kernel
import Testing
import TestSupport

@testable import CloudWatchLogs

/// A KMS that lets everybody in and counts what it is asked.
private struct OpenKMS: Service {
    static let id = "kms"
    let asked = Counter()

    final actor Counter {
        private(set) var counts: [String: Int] = [:]
        func add(_ name: String) { counts[name, default: 0] += 1 }
    }

    struct Input: Decodable, Sendable {
        var CiphertextBlob: [UInt8]?
    }
    struct Output: Codable, Sendable {
        var KeyId = "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        var Plaintext: [UInt8]?
        var CiphertextBlob: [UInt8]?
    }

    func register(in operations: inout Operations) {
        operations.on("GenerateDataKey") { (_: Input, _: Context) async throws -> Output in
            await asked.add("GenerateDataKey")
            let key = Identifier.random(32)
            return Output(Plaintext: key, CiphertextBlob: key.map { $0 ^ 0x5A })
        }
        operations.on("Decrypt") { (input: Input, _: Context) async throws -> Output in
            await asked.add("Decrypt")
            return Output(Plaintext: (input.CiphertextBlob ?? []).map { $0 ^ 0x5A })
        }
    }

    var actions: ActionMap { ["GenerateDataKey": { _, _ in [] }, "Decrypt": { _, _ in [] }] }
}

@Suite struct KeyTests {
    /// More data keys than one attempt collects: the read goes round until it has them all.
    @Test func aReadOverManyDataKeys() async throws {
        let kms = OpenKMS()
        try await TestPlatform.with([CloudWatchLogsService(), kms]) { tarn in
            let hours = 250
            try await tarn.call(
                "logs", "CreateLogGroup",
                ["logGroupName": "g", "kmsKeyId": "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab"])
            try await tarn.call("logs", "CreateLogStream", ["logGroupName": "g", "logStreamName": "s"])
            for hour in 0..<hours {
                let now = TestPlatform.epoch + .seconds(hour * 3_601)
                tarn.platform.clock.advance(to: now)
                try await tarn.call(
                    "logs", "PutLogEvents",
                    [
                        "logGroupName": "g", "logStreamName": "s",
                        "logEvents": [["timestamp": .integer(now.milliseconds), "message": .string("hour \(hour)")]],
                    ])
            }
            #expect(await kms.asked.counts["GenerateDataKey"] == hours)
            let found = try await tarn.call("logs", "FilterLogEvents", ["logGroupName": "g", "filterPattern": "hour"])
            #expect(found["events"]?.list?.compactMap { $0["message"]?.string } == (0..<hours).map { "hour \($0)" })
            #expect(await kms.asked.counts["Decrypt"] == hours)
            // What is at hand is not asked for again, until it is five minutes old.
            let one: Document = ["logGroupName": "g", "logStreamName": "s", "limit": 1]
            try await tarn.call("logs", "GetLogEvents", one)
            #expect(await kms.asked.counts["Decrypt"] == hours)
            tarn.platform.clock.advance(to: tarn.platform.clock.now() + .seconds(301))
            let last = try await tarn.call("logs", "GetLogEvents", one)
            #expect(last["events"]?.list?.first?["message"]?.string == "hour \(hours - 1)")
            #expect(await kms.asked.counts["Decrypt"] == hours + 1)
        }
    }
}
