import Documents
import EventPatterns
import Kernel
import Store

/// The rules that EventBridge keeps itself: one for each archive, on the archive's bus. They are shown with the customer's
/// own and cannot be changed (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html). The archive does
/// the work; the rule is derived from it.
enum ManagedRules {
    private static let prefix = "Events-Archive-"
    static let manager = "prod.vhs.events.aws.internal"

    static func rule(of archive: ArchiveRecord) -> RuleRecord {
        // What a replay brings back is not archived again.
        var pattern = archive.pattern.flatMap { try? JSON.parse($0).members } ?? [:]
        pattern["replay-name"] = [["exists": false]]
        return RuleRecord(
            name: prefix + archive.name, pattern: JSON.text(.map(pattern)), schedule: nil, state: "ENABLED", description: nil,
            role: nil, created: archive.created, managedBy: manager)
    }

    /// The rule with a name, if it is one of these.
    static func rule(_ name: String, on place: BusPlace, in snapshot: any Snapshot) throws -> RuleRecord? {
        guard name.hasPrefix(prefix) else { return nil }
        let archive = ArchivePlace(account: place.account, region: place.region, name: String(name.dropFirst(prefix.count)))
        guard let record = try snapshot.record(ArchiveRecord.self, archive.key), record.bus == place.name else { return nil }
        return rule(of: record)
    }

    static func rules(on place: BusPlace, in snapshot: any Snapshot) throws -> [RuleRecord] {
        try snapshot.all(ArchiveRecord.self, ArchivePlace.all(place.account, place.region)) { $0.bus == place.name }
            .map(rule(of:))
    }

    /// - Throws: ``EventsFault/managed(_:)`` for a rule that is not the customer's to change.
    static func demandOwn(_ name: String, on place: BusPlace, in snapshot: any Snapshot) throws {
        if try rule(name, on: place, in: snapshot) != nil { throw EventsFault.managed(name) }
    }
}
