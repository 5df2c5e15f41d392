import Documents
import Store

extension TableRecord {
    /// The row of an item's entry in a secondary index; nil when the item lacks one of its key attributes. Its own key
    /// follows the index's, so that items with equal index keys stand side by side.
    func entryKey(of item: Attributes, in index: IndexRecord, itemKey: ItemKey) -> Key? {
        guard index.schema.isSimple else { return composedKey(of: item, in: index, itemKey: itemKey) }
        guard let partition = item[index.schema.partition], partition.type == type(of: index.schema.partition) else { return nil }
        var sortBytes: [UInt8] = []
        if let name = index.schema.sort {
            guard let sort = item[name], sort.type == type(of: name) else { return nil }
            sortBytes = sort.keyBytes
        }
        return TableKey.index(storage, index.number)
            .appending(
                .bytes(ItemKey.partitionBytes(partition)), .bytes(sortBytes), .bytes(itemKey.partition),
                .bytes(itemKey.sort ?? []))
    }

    /// The same for keys of several attributes: each sort attribute is an element of its own, so that they order one after
    /// another.
    private func composedKey(of item: Attributes, in index: IndexRecord, itemKey: ItemKey) -> Key? {
        guard index.schema.names.allSatisfy({ item[$0]?.type == type(of: $0) }) else { return nil }
        var key = TableKey.index(storage, index.number)
            .appending(.bytes(ItemKey.partitionBytes(index.schema.partitions.compactMap { item[$0] })))
        if index.schema.sorts.isEmpty { key = key.appending(.bytes([])) }
        for name in index.schema.sorts { key = key.appending(.bytes(item[name]?.keyBytes ?? [])) }
        return key.appending(.bytes(itemKey.partition), .bytes(itemKey.sort ?? []))
    }

    /// What an index keeps of an item.
    func projected(_ item: Attributes, by index: IndexRecord) -> Attributes {
        guard index.projection != "ALL" else { return item }
        let kept = Set(schema.names + index.schema.names + (index.nonKeyAttributes ?? []))
        return item.filter { kept.contains($0.key) }
    }

    /// An item may lack an index's key attributes, but what it has must fit them.
    func checkIndexKeys(_ item: Attributes) throws(DynamoDBFault) {
        for index in indexes {
            for name in index.schema.names {
                guard let value = item[name] else { continue }
                let type = type(of: name)
                guard value.type == type else {
                    throw .validation(
                        "One or more parameter values were invalid: Type mismatch for Index Key \(name) Expected: \(type.rawValue) Actual: \(value.type.rawValue) IndexName: \(index.name)"
                    )
                }
                let isPartition = index.schema.partitions.contains(name)
                let limit = isPartition ? ItemKey.Limit.partitionBytes : ItemKey.Limit.sortBytes
                guard value.size > 0 else {
                    let kind = type == .binary ? "binary" : "string"
                    throw .emptyIndexKey(type: kind, name: name, index: index.name)
                }
                guard value.size <= limit else {
                    throw .validation(
                        isPartition
                            ? "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of\(limit) bytes"
                            : "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of \(limit) bytes"
                    )
                }
            }
        }
    }
}
