import Documents
import Kernel
import Testing

@Suite struct LogWritingTests {
    private typealias Event = (milliseconds: Int64, bytes: Int)

    @Test func aCallTakesTenThousandEvents() {
        let events = [Event](repeating: (0, 1), count: 20_001)
        #expect(LogWriting.batches(events) == [0..<10_000, 10_000..<20_000, 20_000..<20_001])
        #expect(LogWriting.batches([]) == [])
    }

    /// Each event counts for 26 bytes more than its message has.
    @Test func aCallTakesOneMebibyte() {
        let half = (1 << 20) / 2 - 26
        #expect(LogWriting.batches([(0, half), (0, half), (0, 1)]) == [0..<2, 2..<3])
        #expect(LogWriting.batches([(0, half), (0, half + 1)]) == [0..<1, 1..<2])
        #expect(LogWriting.batches([(0, 2 << 20), (0, 1)]) == [0..<1, 1..<2])
    }

    @Test func aCallSpansADay() {
        let day: Int64 = 24 * 3_600 * 1_000
        #expect(LogWriting.batches([(0, 1), (day, 1), (day + 1, 1)]) == [0..<2, 2..<3])
        #expect(LogWriting.batches([(.min, 1), (.max, 1), (.max, 1)]) == [0..<1, 1..<3])
        #expect(LogWriting.batches([(-1, 1), (.max, 1)]) == [0..<1, 1..<2])
    }

    @Test func whatIsMissingIsMade() async throws {
        let missing = AWSError("ResourceNotFoundException", 400, "The specified log stream does not exist.")
        var (calls, hasStream): ([String], Bool) = ([], false)
        let place: Members = ["logGroupName": "g", "logStreamName": "s"]
        try await LogWriting.put([["message": "x"]], at: place, makesGroup: true) { operation, _ in
            calls.append(operation)
            switch operation {
            case "PutLogEvents" where !hasStream: throw missing
            case "CreateLogGroup": throw AWSError("ResourceAlreadyExistsException", 400, "The specified log group already exists")
            case "CreateLogStream": hasStream = true
            default: break
            }
        }
        #expect(calls == ["PutLogEvents", "CreateLogGroup", "CreateLogStream", "PutLogEvents"])
        calls = []
        await #expect(throws: AWSError.self) {
            try await LogWriting.put([], at: place) { operation, _ in
                calls.append(operation)
                throw missing
            }
        }
        #expect(calls == ["PutLogEvents", "CreateLogStream"])
    }
}
