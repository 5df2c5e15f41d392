import Documents
import Store

/// Reads the record: the event history by attribute, and what trails have yet to deliver.
public struct AuditHistory: Sendable {
    public enum Limit {
        /// How long management events are kept (LookupEvents: "the last 90 days").
        public static let life = Duration.seconds(90 * 86_400)
        /// How long after its time an event may be recorded: the longest call (Lambda's 15 minutes).
        static let lag = Duration.seconds(900)
        /// Index rows read for one page.
        static let rows = 2_000
        /// Events looked at, in each account and Region, for one request.
        static let searched = 20_000
        /// Batches that one transaction of a sweep removes.
        static let sweep = 50
    }

    /// Events of one account and Region, the newest first.
    public struct Query: Sendable {
        public var account: String
        public var region: String
        public var attribute: (kind: AuditAttribute, value: String)?
        /// Inclusive.
        public var from: Timestamp
        public var to: Timestamp
        /// Only events with smaller numbers.
        public var before: Int64?
        public var limit: Int

        public init(
            account: String, region: String, attribute: (kind: AuditAttribute, value: String)?, from: Timestamp, to: Timestamp,
            before: Int64?, limit: Int
        ) {
            (self.account, self.region, self.attribute) = (account, region, attribute)
            (self.from, self.to, self.before, self.limit) = (from, to, before, limit)
        }
    }

    public struct Page: Sendable {
        public var events: [(number: Int64, entry: AuditEntry)] = []
        /// Where the next page begins; nil at the end.
        public var next: Int64?
    }

    private let store: any KeyValueStore
    private let logs: LogStore

    public init(_ platform: Platform) { (store, logs) = (platform.store, platform.logs) }

    public func lookup(_ query: Query) async throws -> Page {
        try await store.read { try Self.page(query, in: $0) }
    }

    private static func page(_ query: Query, in snapshot: any Snapshot) throws -> Page {
        let batches = AuditHistoryKeys.batches(query.account, query.region)
        /// The number of the first event recorded at `moment` or later.
        func first(at moment: Timestamp) throws -> Int64? {
            var found: Int64?
            let begin = batches.appending(.integer(moment.microseconds))
            try snapshot.scan(from: begin, to: batches.rangeEnd, reverse: false, limit: 1) { _, value in
                found = try AuditBatch(stored: value).first
                return false
            }
            return found
        }
        guard let oldest = try first(at: query.from) else { return Page() }
        var end = try first(at: query.to + Limit.lag + .microseconds(1)) ?? .max
        if let before = query.before { end = min(end, before) }
        var page = Page()
        var rows = 0
        func take(_ numbers: [Int64]) throws -> Bool {
            rows += 1
            for number in numbers.reversed() where number < end {
                guard number >= oldest else { return false }
                guard let bytes = try snapshot.value(AuditHistoryKeys.event(query.account, query.region, number)) else {
                    continue
                }
                if page.events.count == query.limit || rows > Limit.rows {
                    page.next = number + 1
                    return false
                }
                let entry = try AuditEntry(stored: bytes)
                if entry.time >= query.from, entry.time <= query.to { page.events.append((number, entry)) }
            }
            return true
        }
        if let attribute = query.attribute {
            let rows = AuditHistoryKeys.postings(query.account, query.region, attribute.kind, attribute.value)
            let stop = end == .max ? rows.rangeEnd : rows.appending(.integer(end))
            try snapshot.scan(from: rows, to: stop, reverse: true, limit: nil) { _, value in
                try take(AuditPosting(stored: value).numbers)
            }
        } else {
            let events = AuditHistoryKeys.events(query.account, query.region)
            let stop = end == .max ? events.rangeEnd : events.appending(.integer(end))
            try snapshot.scan(from: events, to: stop, reverse: true, limit: nil) { key, _ in
                guard case .integer(let number)? = try key.elements().last else { return false }
                return try take([number])
            }
        }
        return page
    }

    /// The management event of a request, wherever it was made; nil if it is not among the last of its account and Region.
    /// There is no index of request IDs: who asks is a person, and each event would pay for it.
    public func event(ofRequest id: String) async throws -> Document? {
        let member = Array("\"requestID\":\"\(id)\"".utf8)
        for account in try await accounts() {
            for region in try await regions(of: account) {
                let found = try await store.read { snapshot in
                    var found: [UInt8]?
                    let events = AuditHistoryKeys.events(account, region)
                    try snapshot.scan(events, reverse: true, limit: Limit.searched) { _, value in
                        let event = try AuditEntry(stored: value).event
                        if event.contains(member) { found = event }
                        return found == nil
                    }
                    return found
                }
                if let found { return try JSON.parse(found) }
            }
        }
        return nil
    }

    // MARK: What trails read

    /// The Regions in which an account has events of either kind.
    public func regions(of account: String) async throws -> [String] {
        try await store.read { snapshot in
            var regions: Set<String> = []
            for prefix in [Key(.auditSequence, .text(account)), Key(.auditDataLog, .text(account))] {
                try snapshot.scan(prefix) { key, _ in
                    if case .text(let region)? = try key.elements().last { regions.insert(region) }
                    return true
                }
            }
            return regions.sorted()
        }
    }

    /// Every account that has events.
    public func accounts() async throws -> [String] {
        try await store.read { snapshot in
            var accounts: Set<String> = []
            for prefix in [Key(.auditSequence), Key(.auditDataLog)] {
                try snapshot.scan(prefix) { key, _ in
                    if case .text(let account)? = try key.elements().first { accounts.insert(account) }
                    return true
                }
            }
            return accounts.sorted()
        }
    }

    /// What LookupEvents calls a resource: a bucket's or role's name, a key's id.
    public static func resourceName(_ arn: String) -> String { AuditResources.name(arn) }

    /// The number that the next management event will get.
    public func nextNumber(_ account: String, _ region: String) async throws -> Int64 {
        try await store.read { try $0.record(AuditSequence.self, AuditSequence.key(account, region))?.next ?? 1 }
    }

    /// Management events from `number` on, at most `limit`.
    public func management(
        _ account: String, _ region: String, from number: Int64, limit: Int
    ) async throws -> [(number: Int64, entry: AuditEntry)] {
        try await store.read { snapshot in
            var found: [(number: Int64, entry: AuditEntry)] = []
            let events = AuditHistoryKeys.events(account, region)
            let begin = events.appending(.integer(number))
            try snapshot.scan(from: begin, to: events.rangeEnd, reverse: false, limit: limit) { key, value in
                guard case .integer(let number)? = try key.elements().last else { return false }
                found.append((number, try AuditEntry(stored: value)))
                return true
            }
            return found
        }
    }

    /// The offset that the next data event will get.
    public func nextOffset(_ account: String, _ region: String) async throws -> Int64 {
        guard try await store.read({ try $0.contains(AuditDataLog.key(account, region)) }) else { return 0 }
        return try await logs.offsets(log: AuditDataLog.log(account, region)).upperBound
    }

    /// Data events from `offset` on.
    public func data(
        _ account: String, _ region: String, from offset: Int64, limit: Int, size: Int
    ) async throws -> (entries: [AuditEntry], next: Int64) {
        guard try await store.read({ try $0.contains(AuditDataLog.key(account, region)) }) else { return ([], offset) }
        let page = try await logs.read(log: AuditDataLog.log(account, region), from: offset, limit: limit, size: size)
        return (try page.entries.map { try AuditEntry(stored: $0.record.bytes) }, page.next)
    }

    /// Lets go of data events before `offset`: every trail has them.
    public func trimData(_ account: String, _ region: String, before offset: Int64) async throws {
        guard try await store.read({ try $0.contains(AuditDataLog.key(account, region)) }) else { return }
        try await logs.trim(log: AuditDataLog.log(account, region), beforeOffset: offset)
    }

    // MARK: Retention

    /// Removes management events that were recorded before `moment`, of every account, with their index.
    public func sweep(before moment: Timestamp) async throws {
        let places = try await store.read { snapshot in
            var places: [[String]] = []
            try snapshot.scan(Key(.auditSequence)) { key, _ in
                places.append(
                    try key.elements().compactMap { if case .text(let text) = $0 { text } else { nil } })
                return true
            }
            return places
        }
        for place in places where place.count == 2 {
            while try await sweep(place[0], place[1], before: moment) {}
        }
    }

    /// Removes data events from before `moment`, delivered or not, so that a trail that can't deliver does not fill the disk.
    public func sweepData(before moment: Timestamp) async throws {
        for account in try await accounts() {
            for region in try await regions(of: account) {
                guard try await store.read({ try $0.contains(AuditDataLog.key(account, region)) }) else { continue }
                try await logs.trim(log: AuditDataLog.log(account, region), before: moment.milliseconds)
            }
        }
    }

    /// - Returns: whether there may be more.
    private func sweep(_ account: String, _ region: String, before moment: Timestamp) async throws -> Bool {
        try await store.write { transaction in
            let batches = AuditHistoryKeys.batches(account, region)
            var old: [(Key, AuditBatch)] = []
            let end = batches.appending(.integer(moment.microseconds))
            try transaction.scan(from: batches, to: end, reverse: false, limit: Limit.sweep) { key, value in
                old.append((key, try AuditBatch(stored: value)))
                return true
            }
            for (key, batch) in old {
                for term in batch.terms {
                    let row = AuditHistoryKeys.postings(account, region, term.attribute, term.value)
                    try transaction.delete(row.appending(.integer(batch.first)))
                }
                try transaction.deleteRange(
                    from: AuditHistoryKeys.event(account, region, batch.first),
                    to: AuditHistoryKeys.event(account, region, batch.first + Int64(batch.count)))
                try transaction.delete(key)
            }
            return old.count == Limit.sweep
        }
    }
}
