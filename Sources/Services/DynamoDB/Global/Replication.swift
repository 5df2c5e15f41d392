import Documents
import Kernel
import Store

/// How far the stream of one replica has been carried over to another.
struct ReplicaCursor: Stored {
    static let tag: UInt8 = 1
    /// The last sequence number that is there.
    var position: Int64
    /// A delivery is under way that will go on to the end of the stream.
    var isMoving = false

    /// - Parameter storage: the source's.
    static func key(_ storage: String, _ region: String) -> Key { Key(.dynamoReplicaCursor, .text(storage), .text(region)) }
    static func all(_ storage: String) -> Key { Key(.dynamoReplicaCursor, .text(storage)) }
}

/// Carries changes from replica to replica: each reads its own stream and sends what was changed in its own Region.
enum Replication {
    enum Limit {
        /// Stream records applied in one transaction.
        static let batch = 100
        /// Bytes of them, about.
        static let bytes = 1_024 * 1_024
    }
    static let delivery = "replicate"
    static let filling = "fillReplica"

    static func enqueue(
        _ name: String, from table: TableRecord, to region: String, in transaction: any Transaction, on platform: Platform
    ) throws {
        let now = platform.clock.now()
        try transaction.enqueue(
            Delivery(
                id: Identifier.uuid(), lane: "dynamodb/\(table.storage)/\(region)", service: DynamoDBService.id, name: name,
                payload: [
                    "account": .string(table.account), "region": .string(table.region), "name": .string(table.name),
                    "storage": .string(table.storage), "to": .string(region),
                ], created: now, expires: now + TableWork.Limit.patience), on: platform)
    }
}

extension ItemWriter {
    /// Sets the carriers to the other replicas in motion, after a change made here.
    func sendToReplicas() throws {
        guard let global = table.global, !global.isStrong else { return }
        for region in global.others(than: table.region) {
            let key = ReplicaCursor.key(table.storage, region)
            guard var cursor = try transaction.record(ReplicaCursor.self, key), !cursor.isMoving else { continue }
            cursor.isMoving = true
            try transaction.put(key, cursor)
            try Replication.enqueue(Replication.delivery, from: table, to: region, in: transaction, on: platform)
        }
    }

    /// Takes over a change that was made in another Region, unless this one has a later one.
    func apply(_ item: Attributes?, key: ItemKey, _ mark: ReplicaMark) throws {
        let row = row(key)
        if let present = try ReplicaMark.find(row, table.storage, in: transaction), !(present < mark) { return }
        var writer = self
        writer.origin = mark
        let old = try present(key)
        guard old != nil || item != nil else {
            // A deletion of what never came here: a late older change must not bring it back.
            _ = try writer.mark(row, isDeletion: true)
            return
        }
        try writer.replace(old, with: item, size: item?.itemSize ?? 0, at: key)
    }
}

extension DynamoDBService {
    /// Carries one replica's stream to one other replica, to its end.
    func replicate(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let name = TableName(delivery.payload), let storage = delivery.payload["storage"]?.string,
            let region = delivery.payload["to"]?.string
        else { return }
        while try await replicateBatch(name, storage, to: region, platform) {}
    }

    /// - Returns: whether there may be more.
    private func replicateBatch(
        _ name: TableName, _ storage: String, to region: String, _ platform: Platform
    ) async throws -> Bool {
        let tables = tables
        return try await sealedWrite(platform) { transaction in
            let place = ReplicaCursor.key(storage, region)
            guard var cursor = try transaction.record(ReplicaCursor.self, place) else { return false }
            guard let source = try tables.find(name, in: transaction), source.storage == storage, let stream = source.stream,
                let target = try tables.find(source.named(in: region), in: transaction), source.global?.replica(region) != nil
            else {
                try transaction.delete(place)
                return false
            }
            let records = Key(.dynamoStreamRecord, .text(storage), .text(stream.label))
            var (entries, bytes): ([(Int64, StreamEntry)], Int) = ([], 0)
            try transaction.scan(
                records, after: records.appending(.integer(cursor.position)), limit: Replication.Limit.batch
            ) { row, value in
                guard entries.isEmpty || bytes + value.count <= Replication.Limit.bytes else { return false }
                guard case .integer(let sequence)? = try row.elements().last else { throw StoreError.corrupt("stream key") }
                entries.append((sequence, try StreamEntry(stored: value, source.keys)))
                bytes += value.count
                return true
            }
            let writer = ItemWriter(transaction: transaction, table: target, platform: platform, now: platform.clock.now())
            for (sequence, entry) in entries {
                cursor.position = sequence
                guard let mark = entry.mark, mark.region == source.region else { continue }
                try writer.apply(entry.new, key: try target.key(ofItem: entry.keys), mark)
            }
            cursor.isMoving = !entries.isEmpty
            try transaction.put(place, cursor)
            return cursor.isMoving
        }
    }

    /// Fills a new replica with what its source has; what changes meanwhile comes by the streams. Then opens it.
    func fillReplica(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let name = TableName(delivery.payload), let storage = delivery.payload["storage"]?.string,
            let region = delivery.payload["to"]?.string
        else { return }
        let tables = tables
        var after: Key?
        repeat {
            let start = after
            after = try await sealedWrite(platform) { transaction -> Key? in
                guard let source = try tables.find(name, in: transaction), source.storage == storage,
                    let target = try tables.find(source.named(in: region), in: transaction), target.activity == .creating
                else { return nil }
                var writer = ItemWriter(transaction: transaction, table: target, platform: platform, now: platform.clock.now())
                writer.isSilent = true
                var rows: [(Key, [UInt8])] = []
                try transaction.scan(TableKey.items(storage), after: start, limit: TableWork.Limit.batch) { row, bytes in
                    rows.append((row, bytes))
                    return true
                }
                for (row, bytes) in rows {
                    let item = try source.decode(bytes)
                    let mark = try ReplicaMark.find(row, storage, in: transaction) ?? .before(source.region)
                    try writer.apply(item, key: try target.key(ofItem: item), mark)
                }
                return rows.count == TableWork.Limit.batch ? rows.last?.0 : nil
            }
        } while after != nil
        try await platform.store.write { transaction in
            guard let source = try tables.find(name, in: transaction), source.storage == storage,
                var list = source.global?.replicas,
                let place = list.firstIndex(where: { $0.region == region }),
                var target = try tables.find(source.named(in: region), in: transaction), target.activity == .creating
            else { return }
            list[place].isFilling = false
            target.activity = nil
            target.global = source.global
            target.global?.replicas = list
            try transaction.put(target.key, target)
            try target.tellSiblings(list, tables, in: transaction)
        }
    }
}
