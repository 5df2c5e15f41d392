import Documents
import Kernel
import Store

/// FilterLogEvents: the events of a group's streams that match a pattern, in the order of their time.
extension CloudWatchLogsService {
    struct FilterInput: Decodable, Sendable {
        var logGroupName: String?
        var logGroupIdentifier: String?
        var logStreamNames: [String]?
        var logStreamNamePrefix: String?
        var startTime: Int64?
        var endTime: Int64?
        var filterPattern: String?
        var nextToken: String?
        var limit: Int?
        var unmask: Bool?
    }

    struct FilterOutput: Encodable, Sendable {
        struct Event: Encodable, Sendable {
            var logStreamName: String
            var timestamp: Int64
            var message: String
            var ingestionTime: Int64
            var eventId: String
        }
        var events: [Event]
        var searchedLogStreams: [Int] = []
        var nextToken: String?
    }

    func filterEvents(_ input: FilterInput, _ context: Context) async throws -> FilterOutput {
        let pattern = try FilterPattern(input.filterPattern ?? "")
        if input.logStreamNames != nil, input.logStreamNamePrefix != nil {
            throw LogsFault.invalid("logStreamNames and logStreamNamePrefix are mutually exclusive.")
        }
        if let start = input.startTime, let end = input.endTime, start > end {
            throw LogsFault.invalid("endTime must not be before startTime.")
        }
        // The token is the number of matches already shown, in time order, up to a moment that later events can't precede
        // unless they are ingested out of order.
        let list = context.list(input.logGroupIdentifier ?? input.logGroupName, input.filterPattern, input.logStreamNamePrefix)
        let shown = try LogsPage.count(input.nextToken, of: list, in: 0...LogsLimit.shownEvents) ?? 0
        let count = min(input.limit ?? LogsLimit.pageEvents, LogsLimit.pageEvents)
        return try await withKeys(context.platform) { ring in
            try await context.store.read { snapshot in
                let group = try snapshot.group(input.logGroupName, input.logGroupIdentifier, context)
                let prefix = input.logStreamNamePrefix ?? ""
                let streams =
                    try input.logStreamNames?.map { try snapshot.stream($0, in: group) }
                    ?? snapshot.all(StreamRecord.self, group.streams) { $0.name.hasPrefix(prefix) }
                var found: [FilterOutput.Event] = []
                let needed = shown + count + 1
                for stream in streams {
                    let begin = input.startTime.map { stream.events.appending(.integer($0)) } ?? stream.events
                    // `endTime` itself is within.
                    let end =
                        input.endTime.map {
                            stream.events.appending(.integer((Timestamp(milliseconds: $0) + .milliseconds(1)).milliseconds))
                        } ?? stream.events.rangeEnd
                    guard begin < end else { continue }
                    var matches = 0
                    try snapshot.scan(from: begin, to: end, reverse: false, limit: nil) { key, value in
                        var event = try EventRecord(stored: value)
                        event.message = try ring.message(of: event, in: group, unmasked: input.unmask ?? false)
                        guard pattern.matches(event.message) else { return true }
                        found.append(
                            .init(
                                logStreamName: stream.name, timestamp: event.timestamp.milliseconds, message: event.message,
                                ingestionTime: event.ingested.milliseconds, eventId: StreamRecord.eventID(key, event.timestamp)))
                        matches += 1
                        return matches < needed
                    }
                }
                found.sort { $0.timestamp < $1.timestamp }
                let page = Array(found.dropFirst(shown).prefix(count))
                return FilterOutput(
                    events: page, nextToken: found.count > shown + count ? PageToken.write("\(shown + count)", of: list) : nil)
            }
        }
    }
}
