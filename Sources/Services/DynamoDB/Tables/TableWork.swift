import Documents
import Kernel
import Store

/// What a change of a table leaves to do over all its rows: carried by the outbox, in bounded transactions.
enum TableWork {
    enum Limit {
        /// Rows touched in one transaction.
        static let batch = 500
        /// How long it is tried again after failures.
        static let patience = Duration.seconds(30 * 86_400)
    }
    static let fillExpiries = "fillExpiries"
    static let dropExpiries = "dropExpiries"
    static let dropItems = "dropItems"
    static let fillIndex = "fillIndex"
    static let dropIndex = "dropIndex"
    static let backUp = "backUp"
    static let restore = "restore"
    static let dropCopy = "dropCopy"
    static let export = "export"
    static let importing = "import"
    static let sealing = "seal"

    static func enqueue(
        _ work: String, _ table: TableRecord, generation: Int64 = 0, id: String? = nil, more: Members = [:],
        in transaction: any Transaction, on platform: Platform
    ) throws {
        let now = platform.clock.now()
        var payload: Members = [
            "account": .string(table.account), "region": .string(table.region), "name": .string(table.name),
            "storage": .string(table.storage), "generation": .integer(generation),
        ]
        if let id { payload["id"] = .string(id) }
        payload.merge(more) { $1 }
        try transaction.enqueue(
            Delivery(
                id: Identifier.uuid(), lane: "dynamodb/\(table.storage)", service: DynamoDBService.id, name: work,
                payload: .map(payload), created: now, expires: now + Limit.patience),
            on: platform)
    }
}

extension DynamoDBService {
    /// Deletes the rows of a table that was deleted.
    func dropItems(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let storage = delivery.payload["storage"]?.string else { return }
        for prefix in [
            TableKey.items(storage), TableKey.indexes(storage), TableKey.expiries(storage), TableHistory.entries(storage),
            ReplicaMark.marks(storage), ReplicaMark.tombstones(storage), ReplicaCursor.all(storage), KeptBucket.all(storage),
            ItemCollection.all(storage),
        ] {
            try await deleteAll(prefix, platform)
        }
        try await platform.store.write { try $0.delete(TableKey.tally(storage)) }
    }

    /// Deletes the expiry entries of a time to live that was turned off.
    func dropExpiries(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let storage = delivery.payload["storage"]?.string, let generation = delivery.payload["generation"]?.integer else {
            return
        }
        try await deleteAll(TableKey.expiries(storage, generation), platform)
    }

    private func deleteAll(_ prefix: Key, _ platform: Platform) async throws {
        while try await !platform.store.write({ try $0.deleteSome(prefix, limit: TableWork.Limit.batch) }) {}
    }

    /// Enters the expiries of the items that were there before time to live was turned on. Items written meanwhile enter
    /// themselves, and entering one twice does no harm.
    func fillExpiries(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let name = TableName(delivery.payload), let storage = delivery.payload["storage"]?.string,
            let generation = delivery.payload["generation"]?.integer
        else { return }
        let tables = tables
        var after: Key?
        repeat {
            let start = after
            after = try await sealedWrite(platform) { transaction -> Key? in
                guard let table = try tables.find(name, in: transaction), table.storage == storage,
                    let timeToLive = table.timeToLive, timeToLive.isEnabled, timeToLive.generation == generation
                else { return nil }
                var (last, count): (Key?, Int) = (nil, 0)
                let now = platform.clock.now()
                try transaction.scan(TableKey.items(storage), after: start, limit: TableWork.Limit.batch) { row, bytes in
                    (last, count) = (row, count + 1)
                    let item = try table.decode(bytes)
                    if let second = timeToLive.expiry(of: item, now: now) {
                        try table.noteExpiry(second, try table.key(ofItem: item), timeToLive, in: transaction, on: platform)
                    }
                    return true
                }
                return count == TableWork.Limit.batch ? last : nil
            }
        } while after != nil
    }
}
