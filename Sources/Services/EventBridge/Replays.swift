import Documents
import Kernel
import Store

struct ReplayRecord: Stored {
    static let tag: UInt8 = 1
    var name: String
    var description: String?
    var archive: String
    var archiveID: String
    var bus: String
    /// Rules that alone see the events; nil for all.
    var rules: [String]?
    var from: Timestamp
    var to: Timestamp
    /// `STARTING`, `RUNNING`, `CANCELLING`, `COMPLETED`, `CANCELLED`, `FAILED`.
    var state: String
    var reason: String?
    var started: Timestamp
    var ended: Timestamp?
    /// The time of the last event that was played.
    var reached: Timestamp?
    /// The key of the last event that was played.
    var position: [UInt8]?

    var isRunning: Bool { ["STARTING", "RUNNING", "CANCELLING"].contains(state) }
    static func all(_ account: String, _ region: String) -> Key { Key(.eventReplay, .text(account), .text(region)) }
    static func key(_ account: String, _ region: String, _ name: String) -> Key { all(account, region).appending(.text(name)) }
    static func arn(_ account: String, _ region: String, _ name: String) -> String {
        ARN("events", region: region, account: account, "replay/\(name)").description
    }
}

/// Replays (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html).
extension EventBridgeService {
    struct ReplayDestination: Codable, Sendable {
        var Arn: String
        var FilterArns: [String]?
    }
    struct StartReplayInput: Codable, Sendable {
        var ReplayName: String
        var Description: String?
        var EventSourceArn: String
        var EventStartTime: Timestamp
        var EventEndTime: Timestamp
        var Destination: ReplayDestination
    }
    struct StartReplayOutput: Codable, Sendable {
        var ReplayArn: String
        var State: String
        var ReplayStartTime: Timestamp
    }

    func startReplay(_ input: StartReplayInput, _ context: Context) async throws -> StartReplayOutput {
        guard let bus = ARN(input.Destination.Arn), bus.service == "events", bus.resource.hasPrefix("event-bus/") else {
            throw Self.invalid("Destination.Arn", "Must contain an event bus ARN.")
        }
        guard input.EventStartTime < input.EventEndTime else {
            throw Self.invalid("EventEndTime", "EventStartTime must be before EventEndTime.")
        }
        guard let archive = ArchivePlace(arn: input.EventSourceArn), archive.account == context.account,
            archive.region == context.region
        else { throw Self.invalid("EventSourceArn", "Must contain an archive ARN.") }
        let destination = BusPlace(input.Destination.Arn, context)
        let key = ReplayRecord.key(context.account, context.region, input.ReplayName)
        let rules = input.Destination.FilterArns.flatMap { $0.isEmpty ? nil : $0 }
        let (platform, now) = (context.platform, context.now)
        try await context.store.write { transaction in
            guard let source = try transaction.record(ArchiveRecord.self, archive.key) else {
                throw Self.invalid("EventSourceArn", "Archive \(archive.name) does not exist.")
            }
            _ = try transaction.bus(destination)
            guard archive.bus(source) == destination else {
                throw Self.invalid("Destination.Arn", "Cross event bus replay is not permitted.")
            }
            for rule in rules ?? [] {
                guard let arn = ARN(rule), let (place, name) = BusPlace.rule(arn), place == destination else {
                    throw Self.invalid("Destination.FilterArns", "Must contain ARNs of rules of the event bus.")
                }
                _ = try transaction.rule(name, on: place)
            }
            guard try !transaction.contains(key) else { throw EventsFault.replayExists(input.ReplayName) }
            var running = 0
            try transaction.records(ReplayRecord.self, ReplayRecord.all(context.account, context.region)) { _, record in
                running += record.isRunning ? 1 : 0
                return true
            }
            guard running < EventsLimit.replaysAtOnce else { throw EventsFault.limitExceeded }
            let record = ReplayRecord(
                name: input.ReplayName, description: input.Description, archive: archive.name, archiveID: source.id,
                bus: destination.name, rules: rules, from: input.EventStartTime, to: input.EventEndTime, state: "STARTING",
                started: now)
            try transaction.put(key, record)
            let payload: Document = [
                "account": .string(context.account), "region": .string(context.region), "replay": .string(record.name),
            ]
            try transaction.enqueue(
                Delivery(
                    id: Identifier.uuid(), lane: ReplayRecord.arn(context.account, context.region, record.name),
                    service: Self.id, name: "replay", payload: payload, created: now, expires: now + EventsLimit.replayAge),
                on: platform)
        }
        return StartReplayOutput(
            ReplayArn: ReplayRecord.arn(context.account, context.region, input.ReplayName), State: "STARTING",
            ReplayStartTime: now)
    }

    private static func invalid(_ parameter: String, _ reason: String) -> EventsFault {
        .validation("Parameter \(parameter) is not valid. Reason: \(reason)")
    }

    struct ReplayInput: Codable, Sendable { var ReplayName: String }

    struct ReplayOutput: Codable, Sendable {
        var ReplayName: String
        var ReplayArn: String
        var Description: String?
        var State: String
        var StateReason: String?
        var EventSourceArn: String
        var Destination: ReplayDestination
        var EventStartTime: Timestamp
        var EventEndTime: Timestamp
        var EventLastReplayedTime: Timestamp?
        var ReplayStartTime: Timestamp
        var ReplayEndTime: Timestamp?
    }

    func describeReplay(_ input: ReplayInput, _ context: Context) async throws -> ReplayOutput {
        let record = try await context.store.read { try $0.replay(input.ReplayName, context) }
        let bus = BusPlace(account: context.account, region: context.region, name: record.bus)
        return ReplayOutput(
            ReplayName: record.name, ReplayArn: ReplayRecord.arn(context.account, context.region, record.name),
            Description: record.description, State: record.state, StateReason: record.reason,
            EventSourceArn: ArchivePlace(record.archive, context).arn,
            Destination: ReplayDestination(Arn: bus.arn, FilterArns: record.rules), EventStartTime: record.from,
            EventEndTime: record.to, EventLastReplayedTime: record.reached, ReplayStartTime: record.started,
            ReplayEndTime: record.ended)
    }

    struct CancelReplayOutput: Codable, Sendable {
        var ReplayArn: String
        var State: String
    }

    func cancelReplay(_ input: ReplayInput, _ context: Context) async throws -> CancelReplayOutput {
        let key = ReplayRecord.key(context.account, context.region, input.ReplayName)
        try await context.store.write { transaction in
            var record = try transaction.replay(input.ReplayName, context)
            guard ["STARTING", "RUNNING"].contains(record.state) else { throw EventsFault.replayIsOver(record.name) }
            record.state = "CANCELLING"
            try transaction.put(key, record)
        }
        return CancelReplayOutput(
            ReplayArn: ReplayRecord.arn(context.account, context.region, input.ReplayName), State: "CANCELLING")
    }

    struct ListReplaysInput: Codable, Sendable {
        var NamePrefix: String?
        var State: String?
        var EventSourceArn: String?
        var NextToken: String?
        var Limit: Int?
    }
    struct ListReplaysOutput: Codable, Sendable {
        struct Replay: Codable, Sendable {
            var ReplayName: String
            var EventSourceArn: String
            var State: String
            var StateReason: String?
            var EventStartTime: Timestamp
            var EventEndTime: Timestamp
            var EventLastReplayedTime: Timestamp?
            var ReplayStartTime: Timestamp
            var ReplayEndTime: Timestamp?
        }
        var Replays: [Replay]
        var NextToken: String?
    }

    func listReplays(_ input: ListReplaysInput, _ context: Context) async throws -> ListReplaysOutput {
        guard [input.NamePrefix, input.EventSourceArn, input.State].compactMap({ $0 }).count <= 1 else {
            throw EventsFault.validation(
                "At most one filter is allowed for ListReplays. Use either : State, EventSourceArn, or NamePrefix.")
        }
        let records = try await context.store.read { snapshot in
            try snapshot.all(ReplayRecord.self, ReplayRecord.all(context.account, context.region)) { record in
                let source = ArchivePlace(record.archive, context).arn
                return record.name.hasPrefix(input.NamePrefix ?? "") && (input.State ?? record.state == record.state)
                    && (input.EventSourceArn ?? source == source)
            }
        }
        let (page, token) = try Page.cut(records, by: \.name, input.NextToken, input.Limit, of: context.list())
        return ListReplaysOutput(
            Replays: page.map { record in
                .init(
                    ReplayName: record.name, EventSourceArn: ArchivePlace(record.archive, context).arn, State: record.state,
                    StateReason: record.reason, EventStartTime: record.from, EventEndTime: record.to,
                    EventLastReplayedTime: record.reached, ReplayStartTime: record.started, ReplayEndTime: record.ended)
            }, NextToken: token)
    }
}

extension Snapshot {
    /// - Throws: ``EventsFault/replayNotFound(_:)``.
    func replay(_ name: String, _ context: Context) throws -> ReplayRecord {
        guard let record = try record(ReplayRecord.self, ReplayRecord.key(context.account, context.region, name)) else {
            throw EventsFault.replayNotFound(name)
        }
        return record
    }
}
