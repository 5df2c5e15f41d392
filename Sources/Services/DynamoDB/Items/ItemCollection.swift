import Documents
import Kernel
import Store

/// What a table with local indexes keeps under one value of its partition key: items, and their entries in the local
/// indexes (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.ItemCollections).
enum ItemCollection {
    enum Limit {
        static let bytes: Int64 = 10 * gigabyte
        static let gigabyte: Int64 = 1 << 30
    }

    static func all(_ storage: String) -> Key { TableKey.tally(storage).appending("collection") }
    static func row(_ partition: [UInt8], _ table: TableRecord) -> Key { all(table.storage).appending(.bytes(partition)) }

    /// Its bytes. They are counted with each write; a collection from before that is counted here, once.
    static func bytes(_ partition: [UInt8], _ table: TableRecord, in snapshot: any Snapshot) throws -> Int64 {
        if let kept = try snapshot.value(row(partition, table)) {
            guard kept.count == 8 else { throw StoreError.corrupt("item collection") }
            return kept.reduce(0) { $0 << 8 | Int64($1) }
        }
        var sum: Int64 = 0
        try snapshot.scan(TableKey.items(table.storage).appending(.bytes(partition))) { _, bytes in
            sum += table.collectionBytes(try table.decode(bytes), try ItemCoding.size(bytes))
            return true
        }
        return sum
    }

    static func keep(_ bytes: Int64, _ partition: [UInt8], _ table: TableRecord, in transaction: any Transaction) throws {
        let row = row(partition, table)
        guard bytes > 0 else { return try transaction.delete(row) }
        try transaction.put(row, withUnsafeBytes(of: bytes.bigEndian) { Array($0) })
    }

    /// `ItemCollectionMetrics` of the collection that a write touched; nil for a table without such collections.
    static func metrics(_ write: WriteRequest, _ table: TableRecord, in snapshot: any Snapshot) throws -> Document? {
        guard table.hasCollections else { return nil }
        let attributes: Attributes =
            switch write.action {
            case .put(let item): item
            case .delete(let key), .check(let key), .update(let key, _): key
            }
        let partition = try table.key(of: write).partition
        let whole = try bytes(partition, table, in: snapshot) / Limit.gigabyte
        return [
            "ItemCollectionKey": [table.schema.partition: (attributes[table.schema.partition] ?? .null).document],
            "SizeEstimateRangeGB": [.double(Double(whole)), .double(Double(whole + 1))],
        ]
    }

    /// `ItemCollectionMetrics` of several tables' writes: each collection once.
    struct PerTable {
        private var named: [(name: String, metrics: [Document])] = []
        private var seen: Set<String> = []

        mutating func add(
            _ writes: [WriteRequest], of table: TableRecord, as name: String, in snapshot: any Snapshot
        ) throws {
            for write in writes {
                guard let metrics = try ItemCollection.metrics(write, table, in: snapshot) else { return }
                guard seen.insert("\(table.storage) \(JSON.text(metrics["ItemCollectionKey"] ?? .null))").inserted else {
                    continue
                }
                if let place = named.firstIndex(where: { $0.name == name }) {
                    named[place].metrics.append(metrics)
                } else {
                    named.append((name, [metrics]))
                }
            }
        }

        /// nil if no table has collections.
        var document: Document? {
            guard !named.isEmpty else { return nil }
            var members: Members = [:]
            for each in named { members[each.name] = .list(each.metrics) }
            return .map(members)
        }
    }
}

extension TableRecord {
    /// Only a table with a local index keeps count of its collections.
    var hasCollections: Bool { indexes.contains { !$0.isGlobal } }

    /// What an item counts in its collection.
    func collectionBytes(_ item: Attributes?, _ size: Int) -> Int64 {
        guard let item else { return 0 }
        var bytes = size
        for index in indexes where !index.isGlobal {
            guard index.schema.names.allSatisfy({ item[$0]?.type == type(of: $0) }) else { continue }
            bytes += projected(item, by: index).itemSize
        }
        return Int64(bytes)
    }
}

extension ItemWriter {
    /// Counts a change in its collection, before the change is made.
    /// - Throws: AWS's fault for a collection that would outgrow its limit.
    func noteCollection(
        from old: Attributes?, _ oldSize: Int, to new: Attributes?, _ newSize: Int, at key: ItemKey
    ) throws {
        let change = table.collectionBytes(new, newSize) - table.collectionBytes(old, oldSize)
        guard change != 0 else { return }
        let bytes = try ItemCollection.bytes(key.partition, table, in: transaction) + change
        guard change < 0 || bytes <= ItemCollection.Limit.bytes else { throw DynamoDBFault.collectionTooLarge }
        try ItemCollection.keep(bytes, key.partition, table, in: transaction)
    }
}
