import Documents
import Kernel
import Store

/// PutLogEvents and GetLogEvents.
extension CloudWatchLogsService {
    struct PutInput: Decodable, Sendable {
        struct Event: Decodable, Sendable {
            var timestamp: Int64
            var message: String
        }
        var logGroupName: String
        var logStreamName: String
        var logEvents: [Event]
    }

    struct PutOutput: Encodable, Sendable {
        struct Rejected: Encodable, Sendable {
            var tooNewLogEventStartIndex: Int?
            var tooOldLogEventEndIndex: Int?
            var expiredLogEventEndIndex: Int?
        }
        var nextSequenceToken: String
        var rejectedLogEventsInfo: Rejected?
    }

    func putEvents(_ input: PutInput, _ context: Context) async throws -> PutOutput {
        let events = input.logEvents
        guard events.count <= LogsLimit.batchEvents else {
            throw LogsFault.invalid("Log events in a single PutLogEvents request exceed 10000.")
        }
        let size = events.reduce(0) { $0 + $1.message.utf8.count + LogsLimit.eventOverhead }
        guard size <= LogsLimit.batchBytes else {
            throw LogsFault.invalid("Upload too large: \(size) bytes exceeds limit of \(LogsLimit.batchBytes)")
        }
        guard zip(events, events.dropFirst()).allSatisfy({ $0.timestamp <= $1.timestamp }) else {
            throw LogsFault.invalid("Log events in a single PutLogEvents request must be in chronological order.")
        }
        if let first = events.first, let last = events.last,
            Timestamp(milliseconds: last.timestamp) - Timestamp(milliseconds: first.timestamp) > LogsLimit.batchSpan
        {
            throw LogsFault.invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
        }
        while true {
            let protections = try await context.store.read { snapshot in
                try snapshot.group(input.logGroupName, nil, context).protections(in: snapshot)
            }
            let masks = try await masker.masks(of: events.map(\.message), by: protections)
            do { return try await put(events, input, masks, context) } catch is ProtectionMasks.Outdated {}
        }
    }

    /// - Throws: ``ProtectionMasks/Outdated``, if nothing else is wrong.
    private func put(
        _ events: [PutInput.Event], _ input: PutInput, _ masks: ProtectionMasks, _ context: Context
    ) async throws -> PutOutput {
        let (now, platform) = (context.now, context.platform)
        return try await withKeys(platform) { ring in
            try await context.store.write { transaction in
                let group = try transaction.group(input.logGroupName, nil, context)
                var stream = try transaction.stream(input.logStreamName, in: group)
                var rejected = PutOutput.Rejected()
                var isRejected = false
                var accepted: [SubscriptionBatch.Event] = []
                let filters = try group.subscriptions(in: transaction)
                guard try group.protections(in: transaction) == masks.documents else { throw ProtectionMasks.Outdated() }
                let sessions = tails.sessions(of: group.arn)
                let isFollowed = !filters.isEmpty || !sessions.isEmpty
                for (index, event) in events.enumerated() {
                    let time = Timestamp(milliseconds: event.timestamp)
                    if time > now + LogsLimit.future {
                        (rejected.tooNewLogEventStartIndex, isRejected) = (rejected.tooNewLogEventStartIndex ?? index, true)
                    } else if time < now - LogsLimit.past {
                        (rejected.tooOldLogEventEndIndex, isRejected) = (index + 1, true)
                    } else if let days = group.retentionDays, time < now - .seconds(days * 86_400) {
                        (rejected.expiredLogEventEndIndex, isRejected) = (index + 1, true)
                    } else {
                        let key = stream.eventKey(time, stream.next)
                        var record = try ring.seal(event.message, at: time, now, in: group)
                        record.masks = masks[index]
                        try transaction.put(key, record)
                        if isFollowed {
                            let id = StreamRecord.eventID(key, time)
                            accepted.append(.init(id: id, timestamp: event.timestamp, message: record.masked(event.message)))
                        }
                        stream.next += 1
                        stream.firstEvent = min(stream.firstEvent ?? time, time)
                        stream.lastEvent = max(stream.lastEvent ?? time, time)
                        stream.lastIngestion = now
                    }
                }
                try transaction.put(group.streamKey(stream.name), stream)
                try transaction.subscribe(accepted, of: stream.name, in: group, filters, now, on: platform)
                if !sessions.isEmpty {
                    let arrived = accepted.map {
                        LiveTail.Event(
                            group: group.arn, stream: stream.name, timestamp: $0.timestamp, ingested: now.milliseconds,
                            message: $0.message)
                    }
                    transaction.afterCommit { for session in sessions { session.take(arrived) } }
                }
                return PutOutput(nextSequenceToken: "\(stream.next)", rejectedLogEventsInfo: isRejected ? rejected : nil)
            }
        }
    }

    struct GetInput: Decodable, Sendable {
        var logGroupName: String?
        var logGroupIdentifier: String?
        var logStreamName: String
        var startTime: Int64?
        var endTime: Int64?
        var nextToken: String?
        var limit: Int?
        var startFromHead: Bool?
        var unmask: Bool?
    }

    struct GetOutput: Encodable, Sendable {
        struct Event: Encodable, Sendable {
            var timestamp: Int64
            var message: String
            var ingestionTime: Int64
        }
        var events: [Event]
        var nextForwardToken: String
        var nextBackwardToken: String
    }

    /// Tokens are `f/` and `b/` with the key that the page ended or began at; at an end the same token comes back.
    func getEvents(_ input: GetInput, _ context: Context) async throws -> GetOutput {
        let count = min(input.limit ?? LogsLimit.pageEvents, LogsLimit.pageEvents)
        let token = try input.nextToken.map(Self.place)
        let forward = token?.isForward ?? (input.startFromHead ?? false)
        return try await withKeys(context.platform) { ring in
            try await context.store.read { snapshot in
                let group = try snapshot.group(input.logGroupName, input.logGroupIdentifier, context)
                let stream = try snapshot.stream(input.logStreamName, in: group)
                var begin = stream.events
                var end = stream.events.rangeEnd
                if let start = input.startTime { begin = stream.events.appending(.integer(start)) }
                // Shown are times before `endTime`.
                if let last = input.endTime { end = stream.events.appending(.integer(last)) }
                if let token {
                    // A token of another stream must not open this one's neighbour.
                    guard token.key.bytes.starts(with: stream.events.bytes) else {
                        throw LogsFault.invalid("The specified nextToken is invalid.")
                    }
                    if forward { begin = max(begin, token.key.successor) } else { end = min(end, token.key) }
                }
                var found: [(key: Key, event: EventRecord)] = []
                var size = 0
                if begin < end {
                    try snapshot.scan(from: begin, to: end, reverse: !forward, limit: count) { key, value in
                        var event = try EventRecord(stored: value)
                        event.message = try ring.message(of: event, in: group, unmasked: input.unmask ?? false)
                        size += event.message.utf8.count + LogsLimit.eventOverhead
                        guard size <= LogsLimit.pageBytes || found.isEmpty else { return false }
                        found.append((key, event))
                        return true
                    }
                }
                if !forward { found.reverse() }
                let edge = token?.key ?? (forward ? begin : end)
                return GetOutput(
                    events: found.map {
                        .init(
                            timestamp: $0.event.timestamp.milliseconds, message: $0.event.message,
                            ingestionTime: $0.event.ingested.milliseconds)
                    },
                    nextForwardToken: "f/" + Hex.encode((found.last?.key ?? edge).bytes),
                    nextBackwardToken: "b/" + Hex.encode((found.first?.key ?? edge).bytes))
            }
        }
    }

    static func place(_ token: String) throws -> (isForward: Bool, key: Key) {
        guard token.hasPrefix("f/") || token.hasPrefix("b/"), let bytes = Hex.decode(String(token.dropFirst(2))) else {
            throw LogsFault.invalid("The specified nextToken is invalid.")
        }
        return (token.hasPrefix("f/"), Key(bytes: bytes))
    }
}
