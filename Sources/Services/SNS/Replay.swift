import Documents
import Kernel
import Store

/// Messages of the topic's archive that a subscription gets again
/// (https://docs.aws.amazon.com/sns/latest/dg/message-archiving-and-replay-subscriber.html).
struct Replay: Codable, Sendable, Hashable {
    enum Status: String, Codable, Sendable {
        case pending = "Pending"
        case inProgress = "In progress"
        case completed = "Completed"
        case failed = "Failed"
    }
    enum Limit {
        /// Messages that are promised in one transaction.
        static let page = 100
    }

    /// Tells this replay from an earlier one.
    var id: String
    var start: Timestamp
    var end: Timestamp?
    /// The topic's last message when the replay was asked for; what comes later is delivered as it comes.
    var lastSequence: Int64
    var status = Status.pending
    /// The last message that was promised.
    var doneTime: Timestamp?
    var doneSequence: Int64?

    /// - Returns: nil for `{}`, which ends a replay.
    /// - Throws: ``SNSFault/invalid(_:)``
    init?(_ text: String, _ topic: TopicRecord) throws {
        guard let members = (try? JSON.parse(text))?.members else {
            throw SNSFault.invalid("ReplayPolicy: failed to parse JSON.")
        }
        if members.isEmpty { return nil }
        guard topic.isFIFO else { throw SNSFault.invalid("ReplayPolicy: only FIFO topics can be replayed.") }
        guard topic.archivePolicy != nil else { throw SNSFault.invalid("ReplayPolicy: the topic has no ArchivePolicy.") }
        for name in members.keys where !["PointType", "StartingPoint", "EndingPoint"].contains(name) {
            throw SNSFault.invalid("ReplayPolicy: unknown member \(name)")
        }
        guard members["PointType"]?.string == "Timestamp" else {
            throw SNSFault.invalid("ReplayPolicy: PointType must be Timestamp.")
        }
        guard let start = try Self.point("StartingPoint", members) else {
            throw SNSFault.invalid("ReplayPolicy: StartingPoint is required.")
        }
        self.start = start
        end = try Self.point("EndingPoint", members)
        if let end, end < start { throw SNSFault.invalid("ReplayPolicy: EndingPoint must not be before StartingPoint.") }
        (id, lastSequence) = (Identifier.uuid(), topic.sequence)
    }

    private static func point(_ name: String, _ members: Members) throws -> Timestamp? {
        guard let value = members[name] else { return nil }
        guard let time = value.string.flatMap({ Timestamp(iso8601: $0) }) else {
            throw SNSFault.invalid("ReplayPolicy: \(name) must be a timestamp of ISO 8601.")
        }
        return time
    }
}

extension SNSService {
    /// Sets a subscription's replay policy and starts the replay in the same transaction.
    /// - Throws: ``SNSFault/invalid(_:)``
    func setReplay(
        _ text: String, of subscription: inout SubscriptionRecord, _ topic: TopicRecord, on platform: Platform,
        _ transaction: any Transaction
    ) throws {
        subscription.replay = try Replay(text, topic)
        subscription.attributes["ReplayPolicy"] = subscription.replay == nil ? nil : text
        guard let replay = subscription.replay else { return }
        let now = platform.clock.now()
        try transaction.enqueue(
            Delivery(
                id: Identifier.uuid(), lane: "replay \(subscription.arn)", service: Self.id, name: "replay",
                payload: ["subscription": .string(subscription.arn), "replay": .string(replay.id)], created: now,
                expires: now + SNSLimit.managedLifetime), on: platform)
    }

    /// Promises the archive's messages to the subscription, a page in each transaction, until all are promised or another
    /// replay has taken this one's place.
    func replay(_ delivery: Delivery, _ platform: Platform) async throws {
        while let subscription = try await subscription(of: delivery.payload, platform), let replay = subscription.replay,
            replay.id == delivery.payload["replay"]?.string, replay.status != .completed, replay.status != .failed
        {
            let topicKey = TopicRecord.key(subscription.account, subscription.region, subscription.topic)
            guard let topic = try await platform.store.read({ try $0.record(TopicRecord.self, topicKey) }) else { return }
            guard let archive = topic.archive else {
                try await note(.failed, replay, subscription, platform)
                return
            }
            let page = try await archived(replay, archive, topic, platform)
            guard let last = page.last else {
                try await note(.completed, replay, subscription, platform)
                return
            }
            var wanted: [(entry: ArchivedMessage, payload: Document)] = []
            for entry in page {
                var payload: Members = ["subscription": .string(subscription.arn), "replayed": .string(replay.id)]
                payload.merge(entry.payload.members ?? [:]) { $1 }
                let notification = try await message(in: .map(payload), region: subscription.region, on: platform)
                if try subscription.wants(notification) { wanted.append((entry, .map(payload))) }
            }
            try await promise(wanted, upTo: last, replay, subscription, platform)
        }
    }

    private func archived(
        _ replay: Replay, _ archive: TopicArchive, _ topic: TopicRecord, _ platform: Platform
    ) async throws -> [ArchivedMessage] {
        let all = ArchivedMessage.all(archive.id)
        let begins = max(replay.start, topic.archiveBegins(platform.clock.now()) ?? replay.start)
        let after = ArchivedMessage.key(
            archive.id, max(begins, replay.doneTime ?? begins), replay.doneTime == nil ? -1 : replay.doneSequence ?? -1)
        return try await platform.store.read { snapshot in
            var page: [ArchivedMessage] = []
            try snapshot.records(ArchivedMessage.self, all, after: after, limit: Replay.Limit.page) { _, entry in
                if let end = replay.end, entry.time > end { return false }
                guard entry.sequence <= replay.lastSequence else { return false }
                page.append(entry)
                return true
            }
            return page
        }
    }

    private func promise(
        _ wanted: [(entry: ArchivedMessage, payload: Document)], upTo last: ArchivedMessage, _ replay: Replay,
        _ subscription: SubscriptionRecord, _ platform: Platform
    ) async throws {
        let arn = subscription.arn
        let groups = Set(wanted.map(\.entry.group))
        try await platform.store.write { transaction in
            let now = platform.clock.now()
            guard var present = try transaction.record(SubscriptionRecord.self, subscription.key),
                present.replay?.id == replay.id
            else { return }
            for (entry, payload) in wanted {
                try transaction.put(
                    FIFOEntry.key(arn, entry.group, entry.sequence), FIFOEntry(payload: payload, created: now, due: now))
            }
            for group in groups {
                try transaction.enqueue(
                    Delivery(
                        id: Identifier.uuid(), lane: "\(arn) \(group)", service: Self.id, name: "pump",
                        payload: ["subscription": .string(arn), "group": .string(group)], created: now,
                        expires: now + SNSLimit.managedLifetime), on: platform)
            }
            present.replay?.status = .inProgress
            present.replay?.doneTime = last.time
            present.replay?.doneSequence = last.sequence
            try transaction.put(present.key, present)
        }
    }

    private func note(
        _ status: Replay.Status, _ replay: Replay, _ subscription: SubscriptionRecord, _ platform: Platform
    ) async throws {
        try await platform.store.write { transaction in
            guard var present = try transaction.record(SubscriptionRecord.self, subscription.key),
                present.replay?.id == replay.id
            else { return }
            present.replay?.status = status
            try transaction.put(present.key, present)
        }
    }
}
