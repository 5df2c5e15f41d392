import Documents

/// Writing to CloudWatch Logs for another service
/// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html).
public enum LogWriting {
    private enum Limit {
        static let events = 10_000
        static let bytes = 1_048_576
        static let eventOverhead = 26
        /// Milliseconds between the first and the last event of one call.
        static let span: Int64 = 24 * 3_600 * 1_000
    }

    /// Which events go into one PutLogEvents each; one that is too large by itself goes alone.
    /// - Parameter events: in the order in which they go out, with the bytes of their messages.
    public static func batches(_ events: [(milliseconds: Int64, bytes: Int)]) -> [Range<Int>] {
        var batches: [Range<Int>] = []
        var (start, sum) = (0, 0)
        for (place, event) in events.enumerated() {
            let weight = event.bytes + Limit.eventOverhead
            // Times may be anybody's numbers.
            let (span, overflow) = event.milliseconds.subtractingReportingOverflow(events[start].milliseconds)
            let isFull = place - start == Limit.events || sum + weight > Limit.bytes || overflow || span > Limit.span
            if place > start, isFull {
                batches.append(start..<place)
                (start, sum) = (place, 0)
            }
            sum += weight
        }
        if start < events.count { batches.append(start..<events.count) }
        return batches
    }

    /// Puts events into a stream, which is made if it is not there.
    /// - Parameters:
    ///   - place: `logGroupName` and `logStreamName`.
    ///   - makesGroup: its group, too.
    ///   - call: calls an operation of CloudWatch Logs.
    /// - Throws: what `call` throws.
    public static func put(
        _ events: [Document], at place: Members, makesGroup: Bool = false, _ call: (String, Members) async throws -> Void
    ) async throws {
        func put() async throws { try await call("PutLogEvents", place.merging(["logEvents": .list(events)]) { $1 }) }
        func make(_ operation: String, _ input: Members) async throws {
            do { try await call(operation, input) } catch let error as AWSError
                where error.code == "ResourceAlreadyExistsException"
            {}
        }
        do { try await put() } catch let error as AWSError where error.code == "ResourceNotFoundException" {
            if makesGroup, let group = place["logGroupName"] { try await make("CreateLogGroup", ["logGroupName": group]) }
            try await make("CreateLogStream", place)
            try await put()
        }
    }
}
