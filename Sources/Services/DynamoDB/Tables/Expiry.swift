import Documents
import Kernel
import Store

/// Time to live: items vanish when the number in an attribute, in epoch seconds, has passed
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html). AWS promises deletion within days; here it
/// happens at the due second of the platform's clock.
enum Expiry {
    enum Limit {
        /// What expired longer ago than this is left alone, as AWS does.
        static let oldest = Duration.seconds(5 * 365 * 86_400)
        /// Items deleted in one transaction.
        static let batch = 100
    }
    static let timer = "expire"
    static func timerID(_ storage: String) -> String { "expire/\(storage)" }
}

extension TimeToLive {
    /// The second at which `item` expires; nil for a missing attribute, another type than number, or what AWS ignores.
    /// - Parameter now: to leave out what expired too long ago.
    func expiry(of item: Attributes, now: Timestamp?) -> Int64? {
        guard case .number(let number)? = item[attribute], let second = number.wholePart, second > 0, second < 9_000_000_000_000
        else {
            return nil
        }
        if let now, Timestamp(seconds: second) < now - Expiry.Limit.oldest { return nil }
        return second
    }
}

extension TableRecord {
    var tableName: TableName { TableName(account: account, region: region, name: name) }

    func expiryRow(_ second: Int64, _ key: ItemKey, _ timeToLive: TimeToLive) -> Key {
        TableKey.expiries(storage, timeToLive.generation)
            .appending(.integer(second), .bytes(key.partition), .bytes(key.sort ?? []))
    }

    /// Enters an item's expiry, and sets the table's timer if that is the earliest.
    func noteExpiry(
        _ second: Int64, _ key: ItemKey, _ timeToLive: TimeToLive, in transaction: any Transaction, on platform: Platform
    ) throws {
        try transaction.put(expiryRow(second, key, timeToLive), [])
        try setExpiryTimer(second, in: transaction, on: platform)
    }

    /// Whether another replica is the one to delete an expired item: that of the Region where it was last changed, or the
    /// first if that one has left.
    func leavesExpiry(of row: Key, in snapshot: any Snapshot) throws -> Bool {
        guard let global else { return false }
        let writer = try ReplicaMark.find(row, storage, in: snapshot)?.region
        let owner = writer.flatMap { global.replica($0)?.region } ?? global.replicas.first?.region
        return owner != region
    }

    func setExpiryTimer(_ second: Int64, in transaction: any Transaction, on platform: Platform) throws {
        let now = platform.clock.now()
        // What has expired already is a moment away, not in the past: a timer that is just firing ends at its own due time.
        let due = Timestamp(seconds: second) > now ? Timestamp(seconds: second) : now + .milliseconds(1)
        if let present = try transaction.timerDue(DynamoDBService.id, id: Expiry.timerID(storage)), present <= due, present > now
        {
            return
        }
        try transaction.schedule(
            TimerRecord(
                id: Expiry.timerID(storage), service: DynamoDBService.id, name: Expiry.timer, due: due,
                payload: [
                    "account": .string(account), "region": .string(region), "name": .string(name), "storage": .string(storage),
                ]),
            on: platform)
    }
}

extension DynamoDBService {
    /// Deletes the items of one table whose time has come, then waits for the next.
    func expire(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let name = TableName(timer.payload) else { return }
        while try await expireBatch(name, storage: timer.payload["storage"]?.string ?? "", platform) {}
    }

    /// - Returns: whether there may be more that is due.
    private func expireBatch(_ name: TableName, storage: String, _ platform: Platform) async throws -> Bool {
        let tables = tables
        return try await sealedWrite(platform) { transaction in
            try transaction.cancelTimer(DynamoDBService.id, id: Expiry.timerID(storage))
            guard let table = try tables.find(name, in: transaction), table.storage == storage,
                let timeToLive = table.timeToLive, timeToLive.isEnabled
            else { return false }
            let now = platform.clock.now()
            var due: [(key: ItemKey, row: Key)] = []
            var next: Int64?
            try transaction.scan(TableKey.expiries(storage, timeToLive.generation), limit: Expiry.Limit.batch + 1) { row, _ in
                let elements = try row.elements()
                guard elements.count == 5, case .integer(let second) = elements[2], case .bytes(let partition) = elements[3],
                    case .bytes(let sort) = elements[4]
                else { throw StoreError.corrupt("expiry key") }
                guard second <= now.seconds, due.count < Expiry.Limit.batch else {
                    next = second
                    return false
                }
                due.append((ItemKey(partition: partition, sort: table.schema.sort == nil ? nil : sort), row))
                return true
            }
            var writer = ItemWriter(transaction: transaction, table: table, platform: platform, now: now)
            writer.isExpiry = true
            for (key, row) in due {
                // Of a global table's replicas one deletes, and the others take its deletion over.
                if try table.leavesExpiry(of: writer.row(key), in: transaction) {
                    try transaction.delete(row)
                } else {
                    try writer.replace(try writer.present(key), with: nil, size: 0, at: key)
                }
            }
            guard let next else { return false }
            if next <= now.seconds { return true }
            try table.setExpiryTimer(next, in: transaction, on: platform)
            return false
        }
    }
}

extension TableName {
    /// Of a timer's or delivery's payload.
    init?(_ payload: Document) {
        guard let account = payload["account"]?.string, let region = payload["region"]?.string, let name = payload["name"]?.string
        else { return nil }
        self.init(account: account, region: region, name: name)
    }
}
