import Documents
import Kernel
import Store
import Synchronization

/// StartLiveTail: events of groups as they come in, every second, as an event stream
/// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html).
extension CloudWatchLogsService {
    struct LiveTailInput: Decodable, Sendable {
        var logGroupIdentifiers: [String]
        var logStreamNames: [String]?
        var logStreamNamePrefixes: [String]?
        var logEventFilterPattern: String?
    }

    func startLiveTail(_ input: LiveTailInput, _ body: RequestBody, _ context: Context) async throws -> Streamed<Nothing> {
        guard input.logStreamNames == nil || input.logStreamNamePrefixes == nil else {
            throw LogsFault.invalid("logStreamNames and logStreamNamePrefixes are mutually exclusive.")
        }
        if input.logStreamNames != nil || input.logStreamNamePrefixes != nil, input.logGroupIdentifiers.count > 1 {
            throw LogsFault.invalid("Log streams can be named for a single log group only.")
        }
        let pattern = try FilterPattern(input.logEventFilterPattern ?? "")
        let groups = try await context.store.read { snapshot in
            try input.logGroupIdentifiers.map { identifier in
                guard identifier.hasPrefix("arn:"), !identifier.hasSuffix("*") else {
                    throw LogsFault.invalid("A log group must be given by its ARN, without an asterisk at the end.")
                }
                let group = try snapshot.group(nil, identifier, context)
                try group.mustBeStandard(for: "Live Tail sessions")
                return group.arn
            }
        }
        let session = LiveTail(input, pattern, context, tails)
        try tails.add(session, of: Set(groups), for: context.account)
        let stream = ByteStream(length: nil) { try await session.next() }
        return Streamed(Nothing(), body: stream, headers: ["Content-Type": "application/vnd.amazon.eventstream"])
    }
}

/// The sessions that are open, by the groups that they follow. What comes in is handed to them once it is durable.
final class LiveTails: Sendable {
    private struct Open {
        var account: String
        var groups: Set<String>
        weak var session: LiveTail?
    }
    private let open = Mutex<[String: Open]>([:])

    /// - Throws: ``LogsFault/limitExceeded``
    func add(_ session: LiveTail, of groups: Set<String>, for account: String) throws(LogsFault) {
        let isFull = open.withLock { open in
            guard open.values.count(where: { $0.account == account }) < LogsLimit.liveTails else { return true }
            open[session.id] = Open(account: account, groups: groups, session: session)
            return false
        }
        if isFull { throw .limitExceeded }
    }

    func remove(_ id: String) { open.withLock { $0[id] = nil } }

    /// Who follows a group.
    func sessions(of group: String) -> [LiveTail] {
        open.withLock { open in
            open.isEmpty ? [] : open.values.compactMap { $0.groups.contains(group) ? $0.session : nil }
        }
    }
}

/// One session: what its client reads next.
final class LiveTail: Sendable {
    struct Event: Sendable {
        var group: String
        var stream: String
        var timestamp: Int64
        var ingested: Int64
        var message: String

        var document: Document {
            [
                "logGroupIdentifier": .string(group), "logStreamName": .string(stream), "timestamp": .integer(timestamp),
                "ingestionTime": .integer(ingested), "message": .string(message),
            ]
        }
    }
    private struct State {
        var isGreeted = false
        var isStarted = false
        var isDone = false
        var waiting: [Event] = []
    }

    let id = Identifier.uuid()
    private let input: CloudWatchLogsService.LiveTailInput
    private let pattern: FilterPattern
    private let context: Context
    private let tails: LiveTails
    private let ends: Timestamp
    private let state = Mutex(State())

    init(_ input: CloudWatchLogsService.LiveTailInput, _ pattern: FilterPattern, _ context: Context, _ tails: LiveTails) {
        (self.input, self.pattern, self.context, self.tails) = (input, pattern, context, tails)
        ends = context.now + LogsLimit.liveTailAge
    }

    deinit { tails.remove(id) }

    /// Takes what has come in. The oldest go when the client is slow.
    func take(_ events: [Event]) {
        let wanted = events.filter { event in
            (input.logStreamNames?.contains(event.stream) ?? true)
                && (input.logStreamNamePrefixes?.contains { event.stream.hasPrefix($0) } ?? true)
                && pattern.matches(event.message)
        }
        guard !wanted.isEmpty else { return }
        state.withLock { state in
            state.waiting += wanted
            if state.waiting.count > LogsLimit.liveTailHeld {
                state.waiting.removeFirst(state.waiting.count - LogsLimit.liveTailHeld)
            }
        }
    }

    /// The next message; nil at the end.
    func next() async throws -> [UInt8]? {
        let before = state.withLock { state -> State in
            let before = state
            if state.isGreeted { state.isStarted = true }
            state.isGreeted = true
            return before
        }
        if before.isDone { return nil }
        guard before.isGreeted else { return Self.event("initial-response", [:]) }
        guard before.isStarted else { return Self.event("sessionStart", start) }
        let clock = context.platform.clock
        let due = min(clock.now() + .seconds(1), ends)
        guard try await context.waits({ try await clock.sleep(until: due) }) else { return nil }
        guard clock.now() < ends else {
            state.withLock { $0.isDone = true }
            return EventStreamMessage.exception("SessionTimeoutException", message: "The session has timed out.").bytes
        }
        return Self.event("sessionUpdate", update())
    }

    private var start: Members {
        var members: Members = [
            "requestId": .string(context.requestID), "sessionId": .string(id),
            "logGroupIdentifiers": .list(input.logGroupIdentifiers.map { .string($0) }),
        ]
        if let names = input.logStreamNames { members["logStreamNames"] = .list(names.map { .string($0) }) }
        if let names = input.logStreamNamePrefixes { members["logStreamNamePrefixes"] = .list(names.map { .string($0) }) }
        if let pattern = input.logEventFilterPattern { members["logEventFilterPattern"] = .string(pattern) }
        return members
    }

    /// What came since the last update; of too many every so manieth.
    private func update() -> Members {
        let events = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        let most = LogsLimit.liveTailEvents
        let isSampled = events.count > most
        let shown = isSampled ? (0..<most).map { events[$0 * events.count / most] } : events
        return ["sessionMetadata": ["sampled": .bool(isSampled)], "sessionResults": .list(shown.map(\.document))]
    }

    private static func event(_ name: String, _ members: Members) -> [UInt8] {
        EventStreamMessage.event(name, contentType: "application/json", payload: JSON.write(.map(members))).bytes
    }
}
