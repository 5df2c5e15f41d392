import Documents
import Store
import Synchronization

/// Puts records where they stay: management events into the store with their index, data events into logs.
final class AuditWriter: Sendable {
    enum Limit {
        /// Events of one transaction.
        static let batch = 100
        /// Bytes of one append to a log.
        static let append = 4 << 20
    }

    private let store: any KeyValueStore
    private let logs: LogStore
    private let clock: PlatformClock
    private let platform = Mutex<Weak>(Weak())
    private let known = Mutex<Set<String>>([])

    private struct Weak: Sendable { weak var platform: Platform? }

    init(store: any KeyValueStore, logs: LogStore, clock: PlatformClock) {
        (self.store, self.logs, self.clock) = (store, logs, clock)
    }

    func connect(to platform: Platform) { self.platform.withLock { $0.platform = platform } }

    func append(short records: [LogRecord]) async throws {
        if !records.isEmpty { _ = try await logs.append(log: AuditTrail.log, records, durable: false) }
    }

    func trim(size: Int) async throws { try await logs.trim(log: AuditTrail.log, size: size) }

    /// Management events in transactions of a bounded size, then data events.
    func writeBatches(_ items: [AuditItem]) async throws {
        guard !items.isEmpty, let platform = platform.withLock({ $0.platform }) else { return }
        let management = items.filter { !$0.isData }
        for start in stride(from: 0, to: management.count, by: Limit.batch) {
            try await write(Array(management[start..<min(start + Limit.batch, management.count)]), on: platform)
        }
        try await append(items.filter(\.isData), on: platform)
    }

    /// Management events, durable when this returns.
    func write(_ items: [AuditItem], on platform: Platform) async throws {
        guard !items.isEmpty else { return }
        let groups = Dictionary(grouping: items) { [$0.account, $0.region] }
        let moment = clock.now()
        try await store.write { transaction in
            for (_, items) in groups { try Self.write(items, at: moment, in: transaction) }
            for delivery in items.flatMap(\.deliveries) { try transaction.enqueue(delivery, on: platform) }
        }
    }

    /// Events of one account and Region.
    static func write(_ items: [AuditItem], at moment: Timestamp, in transaction: any Transaction) throws {
        guard let account = items.first?.account, let region = items.first?.region else { return }
        let first = try transaction.record(AuditSequence.self, AuditSequence.key(account, region))?.next ?? 1
        var postings: [AuditBatch.Term: [Int64]] = [:]
        for (index, item) in items.enumerated() {
            let number = first + Int64(index)
            try transaction.put(AuditHistoryKeys.event(account, region, number), item.entry)
            for term in item.terms { postings[term, default: []].append(number) }
        }
        for (term, numbers) in postings {
            let key = AuditHistoryKeys.postings(account, region, term.attribute, term.value).appending(.integer(first))
            try transaction.put(key, AuditPosting(numbers: numbers))
        }
        let batch = AuditBatch(first: first, count: items.count, terms: Array(postings.keys))
        let key = AuditHistoryKeys.batches(account, region).appending(.integer(moment.microseconds), .integer(first))
        try transaction.put(key, batch)
        try transaction.put(AuditSequence.key(account, region), AuditSequence(next: first + Int64(items.count)))
    }

    private func append(_ items: [AuditItem], on platform: Platform) async throws {
        for (place, items) in Dictionary(grouping: items, by: { [$0.account, $0.region] }) {
            let log = AuditDataLog.log(place[0], place[1])
            if !known.withLock({ $0.contains(log) }) {
                let (key, row) = (AuditDataLog.key(place[0], place[1]), AuditDataLog(since: clock.now()))
                try await store.write { transaction in
                    if try !transaction.contains(key) { try transaction.put(key, row) }
                }
                _ = known.withLock { $0.insert(log) }
            }
            var batch: [LogRecord] = []
            var size = 0
            for item in items {
                if size + item.entry.count > Limit.append {
                    _ = try await logs.append(log: log, batch, durable: false)
                    (batch, size) = ([], 0)
                }
                batch.append(LogRecord(timestamp: item.time.milliseconds, bytes: item.entry))
                size += item.entry.count
            }
            if !batch.isEmpty { _ = try await logs.append(log: log, batch, durable: false) }
        }
        let deliveries = items.flatMap(\.deliveries)
        guard !deliveries.isEmpty else { return }
        try await store.write { transaction in
            for delivery in deliveries { try transaction.enqueue(delivery, on: platform) }
        }
    }
}
