import Documents
import EventPatterns
import Kernel
import Store
import Synchronization

/// The rules of each bus in use, compiled. What the store says is read when a bus is first asked for, and again after a
/// change.
final class EventRouter: Sendable {
    struct Rule: Sendable {
        var record: RuleRecord
        var targets: [Target]
        /// The targets once more, as each delivery keeps its own.
        var documents: [Document]
    }
    /// One bus: its rules that are on and have a pattern, and its archives.
    struct Bus: Sendable {
        var index = PatternIndex<String>()
        var rules: [String: Rule] = [:]
        var archives: [OpenArchive] = []
        /// The customer's key, and the queue for what it can't seal.
        var key: String?
        var deadLetter: String?
    }
    private struct State {
        var buses: [BusPlace: Bus] = [:]
        /// Grows with each change, so that what was read before one is not kept after it.
        var changes = 0
    }
    private let state = Mutex(State())
    private let refreshing = Succession()

    /// For a transaction's end: the bus, its rules or targets have changed.
    func forget(_ place: BusPlace) {
        state.withLock { state in
            state.buses[place] = nil
            state.changes += 1
        }
    }

    func bus(_ place: BusPlace, _ platform: Platform) async throws -> Bus {
        let (known, changes) = state.withLock { ($0.buses[place], $0.changes) }
        if let known { return known }
        let (rules, archives, record) = try await platform.store.read { snapshot in
            let archives = try snapshot.all(ArchiveRecord.self, ArchivePlace.all(place.account, place.region)) {
                $0.bus == place.name
            }
            var rules: [Rule] = []
            try snapshot.records(RuleRecord.self, place.rules) { _, record in
                guard record.isOn, record.pattern != nil else { return true }
                let targets = try snapshot.targets(of: record.name, on: place)
                let documents = try targets.map { try DocumentEncoder().encode($0) }
                rules.append(Rule(record: record, targets: targets, documents: documents))
                return true
            }
            return (rules, archives, try snapshot.record(BusRecord.self, place.key))
        }
        var bus = Bus()
        (bus.key, bus.deadLetter) = (record?.key, record?.deadLetter)
        for rule in rules {
            guard let pattern = rule.record.pattern else { continue }
            bus.index.insert(try EventPattern(pattern), for: rule.record.name)
            bus.rules[rule.record.name] = rule
        }
        for record in archives {
            let archive = ArchivePlace(account: place.account, region: place.region, name: record.name)
            bus.archives.append(
                OpenArchive(
                    place: archive, id: record.id, pattern: try record.pattern.map { try EventPattern($0) }, key: record.kmsKey))
        }
        let loaded = bus
        state.withLock { state in
            if state.changes == changes { state.buses[place] = loaded }
        }
        return loaded
    }

    /// The rules that an event passes.
    static func rules(for event: BusEvent, on bus: Bus) -> [Rule] {
        guard bus.index.count > 0 else { return [] }
        return bus.index.matches(event.document).sorted().compactMap { name in
            guard let rule = bus.rules[name], !event.isManagementRead || rule.record.wantsReads else { return nil }
            return rule
        }
    }

    /// Tells the platform which default buses have rules or archives. Refreshes run one behind the other, so that the last one sees the
    /// last change.
    func refreshInterest(_ platform: Platform) async throws {
        try await refreshing.run { try await Self.readInterest(platform) }
    }

    /// Finds, bus by bus, the first rule that waits; a bus with many costs no more than one with few.
    private static func readInterest(_ platform: Platform) async throws {
        let places = try await platform.store.read { snapshot in
            var places: [(BusPlace, Bool)] = []
            let all = Key(.eventRule)
            var begin = all
            while true {
                var next: BusPlace?
                try snapshot.scan(from: begin, to: all.rangeEnd, reverse: false, limit: 1) { key, _ in
                    if case .text(let account)? = try key.elements().first, case .text(let region) = try key.elements()[1],
                        case .text(let name) = try key.elements()[2]
                    {
                        next = BusPlace(account: account, region: region, name: name)
                    }
                    return false
                }
                guard let place = next else { break }
                begin = place.rules.rangeEnd
                guard place.isDefault else { continue }
                var isAwaited = false
                try snapshot.records(RuleRecord.self, place.rules) { _, rule in
                    isAwaited = rule.isOn && rule.pattern != nil
                    return !isAwaited
                }
                places.append((place, isAwaited))
            }
            try snapshot.scan(Key(.eventArchive)) { key, value in
                if try ArchiveRecord(stored: value).bus == BusPlace.defaultName,
                    case .text(let account)? = try key.elements().first, case .text(let region) = try key.elements()[1]
                {
                    places.append((BusPlace(account: account, region: region), true))
                }
                return true
            }
            return places
        }
        platform.eventInterest.replace(with: places.filter(\.1).map { ($0.0.account, $0.0.region) })
    }
}

/// An event on a bus.
struct BusEvent: Sendable {
    var id: String
    /// As targets receive it; numbers in `detail` keep the form they came in.
    var json: String
    var document: Document
    /// A management event of the audit that only reads: for rules that ask for all of those.
    var isManagementRead = false
    /// How often it went from one bus to another.
    var hops = 0
    /// It comes from an archive.
    var isReplayed: Bool { document["replay-name"] != nil }

    /// - Parameter detail: the text of a JSON object.
    /// - Throws: ``DocumentError`` for a detail that is no JSON.
    init(
        id: String, detailType: String, source: String, account: String, time: Timestamp, region: String,
        resources: [String], detail: String
    ) throws {
        self.id = id
        let parsed = try JSON.parse(detail)
        guard case .map = parsed else { throw DocumentError(.wrongType, path: ["detail"]) }
        let time = time.iso8601()
        let named: Document = .list(resources.map { .string($0) })
        document = [
            "version": "0", "id": .string(id), "detail-type": .string(detailType), "source": .string(source),
            "account": .string(account), "time": .string(time), "region": .string(region), "resources": named,
            "detail": parsed,
        ]
        var writer = JSONObjectWriter(capacity: 320 + detail.utf8.count)
        writer.member("version", "0")
        writer.member("id", id)
        writer.member("detail-type", detailType)
        writer.member("source", source)
        writer.member("account", account)
        writer.member("time", time)
        writer.member("region", region)
        writer.member("resources", named)
        writer.member("detail", json: detail)
        json = String(decoding: writer.finish(), as: UTF8.self)
    }

    /// An event that has been on a bus already.
    init(json: String, hops: Int) throws {
        self.json = json
        self.hops = hops
        document = try JSON.parse(json)
        id = document["id"]?.string ?? ""
    }

    /// The event as a replay puts it on the bus again.
    func replayed(by replay: String) throws -> BusEvent {
        let name = JSON.text(.string(replay))
        return try BusEvent(json: "\(json.dropLast()),\"replay-name\":\(name)}", hops: hops)
    }

    /// Events of AWS's services are never under a customer's key.
    var isCustomers: Bool { document["source"]?.string?.hasPrefix("aws.") != true }

    /// What stays readable of an event under a customer's key.
    var withoutDetail: String {
        guard var members = document.members else { return "{}" }
        members["detail"] = [:]
        return JSON.text(.map(members))
    }

    /// When it happened, as the event says.
    var time: Timestamp? { document["time"]?.string.flatMap { Timestamp(iso8601: $0) } }
}
