import Documents
import Foundation
import Kernel
import Lambda
import Store
import TestSupport
import Testing

@Suite(.serialized) struct AsynchronousTests {
    /// What waits in the outbox.
    private static func waiting(_ tarn: TestPlatform) async throws -> [Delivery] {
        try await tarn.platform.store.read { snapshot in
            var all: [Delivery] = []
            try snapshot.records(Delivery.self, Key(.delivery)) { _, delivery in
                all.append(delivery)
                return true
            }
            return all
        }
    }

    private static func send(_ tarn: TestPlatform) async throws {
        let answer = try await tarn.reply(
            "lambda", "Invoke", ["FunctionName": "f", "InvocationType": "Event"], body: Array(#"{"n":1}"#.utf8))
        #expect(answer.output["StatusCode"]?.integer == 202)
    }

    @Test func failuresAreRetriedAfterOneAndTwoMinutes() async throws {
        try await TestPlatform.with([LambdaService(), FakeSTS()]) { tarn in
            let recorder = Recorder(tarn)
            try await recorder.create("f", writes: "event['n']", failing: "True", role: InvocationTests.role)
            try await Self.send(tarn)
            for (calls, delay) in [(1, Duration.seconds(60)), (2, .seconds(120))] {
                let due = tarn.platform.clock.now() + delay
                try await recorder.until("retry \(calls) is set") {
                    try await Self.waiting(tarn).map(\.due) == [due]
                }
                #expect(recorder.lines.count == calls)
                try await tarn.advance(delay - .seconds(1))
                #expect(recorder.lines.count == calls)
                try await tarn.advance(.seconds(1))
                try await recorder.until("call \(calls + 1)") { recorder.lines.count == calls + 1 }
            }
            try await recorder.until("the event is given up") { try await Self.waiting(tarn).isEmpty }
            #expect(recorder.lines == ["1", "1", "1"])
        }
    }

    @Test func acceptedEventsOutliveTheProcess() async throws {
        try await TestPlatform.with([LambdaService(), FakeSTS()]) { tarn in
            let recorder = Recorder(tarn)
            let isWell = recorder.file + ".well"
            try await recorder.create(
                "f", writes: "event['n']", failing: "not os.path.exists(os.environ['RECORD'] + '.well')",
                role: InvocationTests.role)
            let due = tarn.platform.clock.now() + .seconds(60)
            try await Self.send(tarn)
            try await recorder.until("the event is put off") { try await Self.waiting(tarn).map(\.due) == [due] }
            await tarn.close()
            let again = try await TestPlatform.open([LambdaService(), FakeSTS()], directory: tarn.directory)
            #expect(FileManager.default.createFile(atPath: isWell, contents: nil))
            try await again.advance(.seconds(61))
            try await recorder.until("the event is delivered") { recorder.lines == ["1", "1"] }
            try await recorder.until("nothing is left") { try await Self.waiting(again).isEmpty }
            await again.close()
        }
    }
}
