import Documents
import Kernel
import Store

/// Log streams.
extension CloudWatchLogsService {
    struct StreamInput: Decodable, Sendable {
        var logGroupName: String
        var logStreamName: String
    }

    func createStream(_ input: StreamInput, _ context: Context) async throws -> Nothing {
        let record = StreamRecord(name: input.logStreamName, id: Identifier.uuid(), created: context.now)
        try await context.store.write { transaction in
            let key = try transaction.group(input.logGroupName, nil, context).streamKey(record.name)
            guard try !transaction.contains(key) else { throw LogsFault.streamExists }
            try transaction.put(key, record)
        }
        return Nothing()
    }

    func deleteStream(_ input: StreamInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            let group = try transaction.group(input.logGroupName, nil, context)
            let stream = try transaction.stream(input.logStreamName, in: group)
            try transaction.deleteRange(from: stream.events, to: stream.events.rangeEnd)
            try transaction.delete(group.streamKey(stream.name))
        }
        return Nothing()
    }

    struct DescribeStreamsInput: Decodable, Sendable {
        var logGroupName: String?
        var logGroupIdentifier: String?
        var logStreamNamePrefix: String?
        var orderBy: String?
        var descending: Bool?
        var nextToken: String?
        var limit: Int?
    }

    struct DescribeStreamsOutput: Encodable, Sendable {
        struct Stream: Encodable, Sendable {
            var logStreamName: String
            var creationTime: Int64
            var firstEventTimestamp: Int64?
            var lastEventTimestamp: Int64?
            var lastIngestionTime: Int64?
            var uploadSequenceToken: String
            var arn: String
            var storedBytes = 0
        }
        var logStreams: [Stream]
        var nextToken: String?
    }

    func describeStreams(_ input: DescribeStreamsInput, _ context: Context) async throws -> DescribeStreamsOutput {
        let byTime = input.orderBy == "LastEventTime"
        if byTime, input.logStreamNamePrefix != nil {
            throw LogsFault.invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
        }
        let (group, streams) = try await context.store.read { snapshot in
            let group = try snapshot.group(input.logGroupName, input.logGroupIdentifier, context)
            let streams = try snapshot.all(StreamRecord.self, group.streams) {
                $0.name.hasPrefix(input.logStreamNamePrefix ?? "")
            }
            return (group, streams)
        }
        var ordered = streams
        if byTime { ordered.sort { ($0.lastEvent ?? $0.created, $0.name) < ($1.lastEvent ?? $1.created, $1.name) } }
        if input.descending == true { ordered.reverse() }
        let list = context.list(group.name, input.orderBy, input.logStreamNamePrefix, input.descending.map { "\($0)" })
        let begin =
            try input.nextToken.map { token in
                guard let last = PageToken.name(token, of: list), let place = ordered.firstIndex(where: { $0.name == last })
                else {
                    throw LogsPage.refusal
                }
                return place + 1
            } ?? 0
        let count = min(input.limit ?? LogsLimit.page, LogsLimit.page)
        let page = ordered.dropFirst(begin).prefix(count)
        let shown = page.map { stream in
            DescribeStreamsOutput.Stream(
                logStreamName: stream.name, creationTime: stream.created.milliseconds,
                firstEventTimestamp: stream.firstEvent?.milliseconds, lastEventTimestamp: stream.lastEvent?.milliseconds,
                lastIngestionTime: stream.lastIngestion?.milliseconds, uploadSequenceToken: "\(stream.next)",
                arn: "\(group.arn):log-stream:\(stream.name)")
        }
        let next = begin + page.count < ordered.count ? page.last.map { PageToken.write($0.name, of: list) } : nil
        return DescribeStreamsOutput(logStreams: shown, nextToken: next)
    }
}
