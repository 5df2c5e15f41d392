import Documents
import Kernel
import Store

/// Filling and emptying global indexes of tables that are in use.
extension DynamoDBService {
    /// Enters the items that were there before the index. Items written meanwhile enter themselves, in their own
    /// transactions, so each item is entered as it is. What does not fit the index's key stays out, as on AWS.
    func fillIndex(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let name = TableName(delivery.payload), let storage = delivery.payload["storage"]?.string,
            let number = delivery.payload["generation"]?.integer
        else { return }
        let tables = tables
        var after: Key?
        repeat {
            let start = after
            after = try await sealedWrite(platform) { transaction -> Key? in
                guard var table = try tables.find(name, in: transaction), table.storage == storage,
                    let place = table.indexes.firstIndex(where: { $0.number == number && $0.work == .creating })
                else { return nil }
                let index = table.indexes[place]
                var (last, count): (Key?, Int) = (nil, 0)
                try TableTally.change(of: table, in: transaction) { tally in
                    try transaction.scan(TableKey.items(storage), after: start, limit: TableWork.Limit.batch) { row, bytes in
                        (last, count) = (row, count + 1)
                        let item = try table.decode(bytes)
                        guard table.fits(item, index) else { return true }
                        if let entryRow = table.entryKey(of: item, in: index, itemKey: try table.key(ofItem: item)) {
                            let entry = table.projected(item, by: index)
                            let size = entry.itemSize
                            if try !transaction.contains(entryRow) { tally.add(1, size, to: index) }
                            try transaction.put(entryRow, try table.encode(entry, size: size))
                        }
                        return true
                    }
                }
                if count == TableWork.Limit.batch { return last }
                table.indexes[place].work = nil
                try transaction.put(table.key, table)
                return nil
            }
        } while after != nil
    }

    /// Deletes the entries of an index, then the index.
    func dropIndex(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let name = TableName(delivery.payload), let storage = delivery.payload["storage"]?.string,
            let number = delivery.payload["generation"]?.integer
        else { return }
        let tables = tables
        while try await !platform.store.write({
            try $0.deleteSome(TableKey.index(storage, number), limit: TableWork.Limit.batch)
        }) {}
        try await platform.store.write { transaction in
            guard var table = try tables.find(name, in: transaction), table.storage == storage else { return }
            table.indexes.removeAll { $0.number == number && $0.work == .deleting }
            table.keepUsedAttributes(of: table.attributes)
            try transaction.put(table.key, table)
            // Its number may be given again.
            try TableTally.change(of: table, in: transaction) { $0.forget(number) }
        }
    }
}

extension TableRecord {
    /// Whether an item's values of an index's key attributes may stand in it.
    func fits(_ item: Attributes, _ index: IndexRecord) -> Bool {
        index.schema.names.allSatisfy { name in
            guard let value = item[name], value.type == type(of: name) else { return false }
            let limit = index.schema.partitions.contains(name) ? ItemKey.Limit.partitionBytes : ItemKey.Limit.sortBytes
            return value.size > 0 && value.size <= limit
        }
    }
}
