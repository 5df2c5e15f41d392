import Documents
import EventPatterns
import Kernel
import Store

/// An archive: events of a bus, kept to be played again.
struct ArchiveRecord: Stored {
    static let tag: UInt8 = 1
    var name: String
    /// Another for each archive that ever had this name.
    var id: String
    /// The bus's name.
    var bus: String
    var description: String?
    var pattern: String?
    /// Days; 0 keeps for ever.
    var retention: Int
    var created: Timestamp
    var events: Int64 = 0
    var bytes: Int64 = 0
    /// The customer's key that events are kept under.
    var kmsKey: String?
}

/// Which archive: the names that keys are made of.
struct ArchivePlace: Hashable, Sendable {
    var account: String
    var region: String
    var name: String

    init(account: String, region: String, name: String) { (self.account, self.region, self.name) = (account, region, name) }
    init(_ name: String, _ context: Context) { self.init(account: context.account, region: context.region, name: name) }

    /// nil for what is not an archive's ARN.
    init?(arn text: String) {
        guard let arn = ARN(text), arn.service == "events", arn.resource.hasPrefix("archive/") else { return nil }
        self.init(account: arn.account, region: arn.region, name: String(arn.resource.dropFirst("archive/".count)))
    }

    static func all(_ account: String, _ region: String) -> Key { Key(.eventArchive, .text(account), .text(region)) }
    var key: Key { Key(.eventArchive, .text(account), .text(region), .text(name)) }
    var arn: String { ARN("events", region: region, account: account, "archive/\(name)").description }
    var timerID: String { "archive \(account) \(region) \(name)" }
    func bus(_ record: ArchiveRecord) -> BusPlace { BusPlace(account: account, region: region, name: record.bus) }
}

/// An event in an archive, in the order of the events' own times.
struct ArchivedEvent: Stored {
    static let tag: UInt8 = 1
    var id: String
    var time: Timestamp
    /// Empty where the event is ``sealed``.
    var json: String
    var sealed: SealedEvent?

    var size: Int64 { Int64(sealed?.bytes.count ?? json.utf8.count) }
    static func all(_ archive: String) -> Key { Key(.archivedEvent, .text(archive)) }
    static func from(_ archive: String, _ time: Timestamp) -> Key { all(archive).appending(.integer(time.microseconds)) }
    func key(_ archive: String) -> Key { Self.from(archive, time).appending(.text(id)) }
}

/// An archive in use: with its pattern compiled.
struct OpenArchive: Sendable {
    var place: ArchivePlace
    var id: String
    /// nil takes every event.
    var pattern: EventPattern?
    /// The customer's key.
    var key: String?

    func takes(_ event: BusEvent) -> Bool {
        guard !event.isReplayed, !event.isManagementRead else { return false }
        return pattern?.matches(event.document) ?? true
    }
}

/// What follows from an event on a bus: deliveries to the targets of its rules, and copies in archives.
struct Consequences: Sendable {
    var deliveries: [Delivery] = []
    var archived: [(archive: OpenArchive, event: ArchivedEvent)] = []

    static func + (left: Consequences, right: Consequences) -> Consequences {
        Consequences(deliveries: left.deliveries + right.deliveries, archived: left.archived + right.archived)
    }
}

extension Snapshot {
    /// - Throws: ``EventsFault/archiveNotFound(_:)``.
    func archive(_ place: ArchivePlace) throws -> ArchiveRecord {
        guard let record = try record(ArchiveRecord.self, place.key) else { throw EventsFault.archiveNotFound(place.name) }
        return record
    }
}

extension EventBridgeService {
    /// Makes what follows from events durable.
    func commit(_ consequences: Consequences, _ platform: Platform) async throws {
        guard !consequences.deliveries.isEmpty || !consequences.archived.isEmpty else { return }
        let deliveries = consequences.deliveries.map(ReadyDelivery.init)
        try await platform.store.write { transaction in
            for delivery in deliveries { try transaction.send(delivery, on: platform) }
            for (archive, event) in consequences.archived { try transaction.keep(event, in: archive, platform) }
        }
    }

    /// Takes away what an archive has kept long enough, and sets the timer of what comes next.
    func expireArchive(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let account = timer.payload["account"]?.string, let region = timer.payload["region"]?.string,
            let name = timer.payload["archive"]?.string
        else { return }
        let place = ArchivePlace(account: account, region: region, name: name)
        let now = platform.clock.now()
        var isDone = false
        while !isDone {
            isDone = try await platform.store.write { transaction in
                guard var record = try transaction.record(ArchiveRecord.self, place.key), record.retention > 0 else {
                    return true
                }
                var old: [Key] = []
                var next: Timestamp?
                let limit = EventsLimit.expiredAtOnce
                try transaction.records(ArchivedEvent.self, ArchivedEvent.all(record.id), limit: limit) { key, event in
                    guard event.time + record.keeps <= now else {
                        next = event.time + record.keeps
                        return false
                    }
                    old.append(key)
                    record.events -= 1
                    record.bytes -= event.size
                    return true
                }
                for key in old { try transaction.delete(key) }
                try transaction.put(place.key, record)
                if let next { try transaction.schedule(place.expiry(next), on: platform) }
                return old.count < limit
            }
        }
    }
}

extension ArchiveRecord {
    var keeps: Duration { .seconds(Int64(retention) * 86_400) }
}

extension ArchivePlace {
    func expiry(_ due: Timestamp) -> TimerRecord {
        let payload: Document = ["account": .string(account), "region": .string(region), "archive": .string(name)]
        return TimerRecord(id: timerID, service: EventBridgeService.id, name: "expire", due: due, payload: payload)
    }
}

extension Transaction {
    fileprivate func keep(_ event: ArchivedEvent, in archive: OpenArchive, _ platform: Platform) throws {
        // Deleted, or made anew, since it was looked up.
        guard var record = try record(ArchiveRecord.self, archive.place.key), record.id == archive.id else { return }
        let key = event.key(record.id)
        guard try !contains(key) else { return }
        try put(key, event)
        record.events += 1
        record.bytes += event.size
        try put(archive.place.key, record)
        guard record.retention > 0 else { return }
        let due = event.time + record.keeps
        if let set = try timerDue(EventBridgeService.id, id: archive.place.timerID), set <= due { return }
        try schedule(archive.place.expiry(due), on: platform)
    }
}
