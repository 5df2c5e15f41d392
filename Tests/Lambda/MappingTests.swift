import Documents
import Foundation
import Kernel
import Lambda
import TestSupport
import Testing

@Suite(.serialized) struct MappingTests {
    private static let number = "event['Records'][0]['dynamodb']['NewImage']['n']['N']"

    @discardableResult
    private static func map(_ tarn: TestPlatform, _ source: Document, _ more: Members = [:]) async throws -> Document {
        var input: Members = [
            "EventSourceArn": source, "FunctionName": "f", "BatchSize": 1, "StartingPosition": "TRIM_HORIZON",
        ]
        input.merge(more) { $1 }
        return try await tarn.call("lambda", "CreateEventSourceMapping", .map(input))
    }

    @Test func keepsOrderAndRetriesABatchBeforeTheNext() async throws {
        try await TestPlatform.with(Recorder.services) { tarn in
            let recorder = Recorder(tarn)
            let go = tarn.directory + "/go"
            let failing = "\(Self.number) == '1' and not os.path.exists('\(go)')"
            try await recorder.create("f", writes: Self.number, failing: failing, role: try await recorder.role())
            let mapping = try await Self.map(tarn, try await recorder.table())
            for number in 0..<3 { try await recorder.put(number) }
            try await recorder.until("the failing batch") { recorder.lines == [#""0""#, #""1""#] }
            #expect(FileManager.default.createFile(atPath: go, contents: nil))
            // The clock stands still: the batch is tried again only as it moves.
            try await recorder.until("the rest") {
                try await tarn.advance(.milliseconds(200))
                return recorder.lines.last == #""2""#
            }
            #expect(recorder.lines == [#""0""#, #""1""#, #""1""#, #""2""#])
            let uuid = try #require(mapping["UUID"])
            try await recorder.until("the result is kept") {
                try await tarn.call("lambda", "GetEventSourceMapping", ["UUID": uuid])["LastProcessingResult"]?.string == "OK"
            }
        }
    }

    @Test func goesOnAtItsCheckpointAfterARestart() async throws {
        try await TestPlatform.with(Recorder.services) { tarn in
            let recorder = Recorder(tarn)
            let go = tarn.directory + "/go"
            let failing = "\(Self.number) == '1' and not os.path.exists('\(go)')"
            try await recorder.create("f", writes: Self.number, failing: failing, role: try await recorder.role())
            try await Self.map(tarn, try await recorder.table())
            for number in 0..<3 { try await recorder.put(number) }
            try await recorder.until("the failing batch") { recorder.lines == [#""0""#, #""1""#] }
            await tarn.close()
            #expect(FileManager.default.createFile(atPath: go, contents: nil))
            let again = try await TestPlatform.open(Recorder.services, directory: tarn.directory)
            try await recorder.until("the rest") { recorder.lines.last == #""2""# }
            // Done before the restart and not repeated: 0. Not done, so repeated: 1.
            #expect(recorder.lines == [#""0""#, #""1""#, #""1""#, #""2""#])
            await again.close()
        }
    }

    @Test func givesABatchUpWhenItsRetriesAreUsedUp() async throws {
        try await TestPlatform.with(Recorder.services) { tarn in
            let recorder = Recorder(tarn)
            try await recorder.create(
                "f", writes: Self.number, failing: "\(Self.number) == '0'", role: try await recorder.role())
            try await Self.map(tarn, try await recorder.table(), ["MaximumRetryAttempts": 1])
            for number in 0..<2 { try await recorder.put(number) }
            try await recorder.until("the next batch") {
                try await tarn.advance(.milliseconds(200))
                return recorder.lines.last == #""1""#
            }
            #expect(recorder.lines == [#""0""#, #""0""#, #""1""#])
        }
    }

    @Test func renewsItsRoleAndItsIterator() async throws {
        try await TestPlatform.with(Recorder.services) { tarn in
            let recorder = Recorder(tarn)
            try await recorder.create("f", writes: Self.number, failing: "False", role: try await recorder.role())
            try await Self.map(tarn, try await recorder.table(), ["StartingPosition": "LATEST"])
            try await recorder.put(0)
            try await recorder.until("the first") { recorder.lines == [#""0""#] }
            try await tarn.advance(.seconds(48 * 3_600))
            try await recorder.put(1)
            try await recorder.until("the second") { recorder.lines == [#""0""#, #""1""#] }
        }
    }
}
