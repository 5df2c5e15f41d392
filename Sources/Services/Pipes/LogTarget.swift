import Documents
import Kernel

/// A log group as a pipe's target
/// (https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeTargetCloudWatchLogsParameters.html).
extension PipeTarget {
    /// An item's own line: where and when it belongs.
    private struct Line {
        var index: Int
        var time: Int64
    }

    /// A stream's name may be a path, so that each item says where it belongs.
    /// - Returns: the places of events that were not taken; there was one before that was.
    func log(_ items: [Item], _ arn: ARN) async throws -> [Int] {
        var group = String(arn.resource.dropFirst("log-group:".count))
        if group.hasSuffix(":*") { group = String(group.dropLast(2)) }
        let now = platform.clock.now().milliseconds
        var streams: OrderedDictionary<String, [Line]> = [:]
        for (index, item) in items.enumerated() {
            let stream = parameter("CloudWatchLogsParameters", "LogStreamName", item) ?? pipe.name
            let time = parameter("CloudWatchLogsParameters", "Timestamp", item).flatMap(Int64.init) ?? now
            streams[stream, default: []].append(Line(index: index, time: time))
        }
        var open = Set(items.indices)
        var refusals: [any Error] = []
        for (stream, lines) in streams {
            for lines in Self.calls(lines, items) {
                let events = lines.map { line -> Document in
                    ["timestamp": .integer(line.time), "message": .string(items[line.index].text)]
                }
                do {
                    try await put(events, at: ["logGroupName": .string(group), "logStreamName": .string(stream)])
                    open.subtract(lines.map(\.index))
                } catch {
                    refusals.append(error)
                    // A stream's records behind a failure come again; a queue's messages do so one by one.
                    guard pipe.kind?.isQueue == true else { break }
                }
            }
            guard refusals.isEmpty || pipe.kind?.isQueue == true else { break }
        }
        if let refusal = refusals.first, open.count == items.count { throw refusal }
        return open.sorted()
    }

    /// What goes into one call each: PutLogEvents wants events in the order of their times, a day's at most.
    private static func calls(_ lines: [Line], _ items: [Item]) -> [[Line]] {
        let ordered = lines.sorted { ($0.time, $0.index) < ($1.time, $1.index) }
        return LogWriting.batches(ordered.map { ($0.time, items[$0.index].text.utf8.count) }).map { Array(ordered[$0]) }
    }

    private func put(_ events: [Document], at place: Members) async throws {
        try await LogWriting.put(events, at: place) { _ = try await call("logs", $0, $1) }
    }
}
