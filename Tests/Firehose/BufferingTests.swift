import Documents
import Foundation
import IAM
import Kernel
import S3
import STS
import SQLEngine
import Store
import TestSupport
import Testing

@testable import Firehose

@Suite("From the log to the bucket")
struct BufferingTests {
    private static let tokens = SessionTokens(key: [UInt8](repeating: 7, count: 32))

    private static func services() -> [any Service] {
        [FirehoseService(engine: SQLEngine()), S3Service(), IAMService(), STSService(tokens: tokens)]
    }

    private func prepare(_ tarn: TestPlatform, buffer: Document = ["SizeInMBs": 1, "IntervalInSeconds": 60]) async throws {
        let trust =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"firehose.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"000000000000"}}}]}"#
        let policy = #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#
        try await tarn.call("s3", "CreateBucket", ["Bucket": "lake"])
        try await tarn.call("iam", "CreateRole", ["RoleName": "deliver", "AssumeRolePolicyDocument": .string(trust)])
        try await tarn.call(
            "iam", "PutRolePolicy", ["RoleName": "deliver", "PolicyName": "own", "PolicyDocument": .string(policy)])
        try await tarn.call(
            "firehose", "CreateDeliveryStream",
            [
                "DeliveryStreamName": "stream",
                "ExtendedS3DestinationConfiguration": [
                    "RoleARN": "arn:aws:iam::000000000000:role/deliver", "BucketARN": "arn:aws:s3:::lake",
                    "BufferingHints": buffer,
                ],
            ])
        try await tarn.advance(.seconds(1))
    }

    private func put(_ tarn: TestPlatform, _ text: String) async throws {
        try await tarn.call(
            "firehose", "PutRecord", ["DeliveryStreamName": "stream", "Record": ["Data": .blob(Array(text.utf8))]])
    }

    /// The contents of the bucket's objects, once there are as many.
    private func objects(_ tarn: TestPlatform, count: Int) async throws -> [String] {
        var listed: [Document] = []
        try await eventually("\(count) objects") {
            listed = try await tarn.call("s3", "ListObjectsV2", ["Bucket": "lake"])["Contents"]?.list ?? []
            return listed.count >= count
        }
        var contents: [String] = []
        for object in listed {
            let reply = try await tarn.reply("s3", "GetObject", ["Bucket": "lake", "Key": object["Key"] ?? .null])
            contents.append(String(decoding: try await reply.body?.collect(limit: 1 << 24) ?? [], as: UTF8.self))
        }
        return contents
    }

    @Test("Time makes a batch, and each record is in one batch")
    func time() async throws {
        try await TestPlatform.with(Self.services()) { tarn in
            try await prepare(tarn)
            for number in 0..<10 { try await put(tarn, "\(number);") }
            try await tarn.advance(.seconds(59))
            #expect(try await tarn.call("s3", "ListObjectsV2", ["Bucket": "lake"])["Contents"]?.list?.isEmpty != false)
            try await tarn.advance(.seconds(1))
            #expect(try await objects(tarn, count: 1) == ["0;1;2;3;4;5;6;7;8;9;"])
        }
    }

    @Test("Many writers at once lose nothing and double nothing")
    func writers() async throws {
        try await TestPlatform.with(Self.services()) { tarn in
            try await prepare(tarn)
            let filler = String(repeating: "x", count: 40_000)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask { for number in 0..<20 { try await put(tarn, "\(writer)-\(number) \(filler);") } }
                }
                try await group.waitForAll()
            }
            try await tarn.advance(.seconds(60))
            var seen: [Substring] = []
            try await eventually("all records") {
                let whole = try await objects(tarn, count: 1).joined()
                seen = whole.split(separator: ";").map { $0.prefix { $0 != " " } }
                return seen.count >= 160
            }
            #expect(seen.count == 160 && Set(seen).count == 160)
        }
    }

    @Test("What was acknowledged before a stop is delivered after the next start")
    func restart() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tarn-firehose-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let first = try await TestPlatform.open(Self.services(), directory: directory)
        try await prepare(first)
        try await put(first, "kept")
        // As after a crash between the append and the timer.
        try await first.platform.store.write { transaction in
            try transaction.records(StreamRecord.self, Key(.firehoseStream)) { _, record in
                try transaction.cancelTimer(FirehoseService.id, id: record.timerID)
                return false
            }
        }
        await first.close()
        let second = try await TestPlatform.open(Self.services(), directory: directory)
        try await second.advance(.seconds(120))
        #expect(try await objects(second, count: 1) == ["kept"])
        await second.close()
    }
}
