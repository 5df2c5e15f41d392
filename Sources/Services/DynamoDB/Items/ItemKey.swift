import Documents
import Store

/// The primary key of an item, as the store orders it.
struct ItemKey: Sendable, Hashable {
    enum Limit {
        static let partitionBytes = 2_048
        static let sortBytes = 1_024
    }
    /// Four bytes of hash, then the partition key's bytes: partitions lie scattered, so that a scan can be cut into segments.
    let partition: [UInt8]
    let sort: [UInt8]?

    /// The key of an item under `prefix` (a table's items or an index's entries).
    func row(under prefix: Key) -> Key {
        let key = prefix.appending(.bytes(partition))
        return sort.map { key.appending(.bytes($0)) } ?? key
    }

    static func partitionBytes(_ value: AttributeValue) -> [UInt8] { scattered(value.keyBytes) }

    /// Of a key of several attributes: each with its length before it, for there is no order among partitions.
    static func partitionBytes(_ values: [AttributeValue]) -> [UInt8] {
        guard values.count > 1 else { return partitionBytes(values.first ?? .null) }
        return scattered(
            values.flatMap { value -> [UInt8] in
                let bytes = value.keyBytes
                return [UInt8(bytes.count >> 8 & 0xFF), UInt8(bytes.count & 0xFF)] + bytes
            })
    }

    private static func scattered(_ bytes: [UInt8]) -> [UInt8] {
        let hash = Self.hash(bytes)
        return [UInt8(hash >> 24), UInt8(hash >> 16 & 0xFF), UInt8(hash >> 8 & 0xFF), UInt8(hash & 0xFF)] + bytes
    }

    /// FNV-1a with a final mix, so that short keys spread too.
    private static func hash(_ bytes: [UInt8]) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        hash = (hash ^ hash >> 16) &* 0x85EB_CA6B
        hash = (hash ^ hash >> 13) &* 0xC2B2_AE35
        return hash ^ hash >> 16
    }
}

extension AttributeValue {
    /// The bytes of a key attribute, in its order.
    var keyBytes: [UInt8] {
        switch self {
        case .string(let text): Array(text.utf8)
        case .number(let number): number.orderedBytes
        case .binary(let bytes): bytes
        default: []
        }
    }

    fileprivate var keySize: Int { if case .number(let number) = self { number.size } else { size } }
}

extension TableRecord {
    /// The key of a whole item.
    /// - Throws: AWS's faults for a missing key attribute, a wrong type, an empty value or one too long.
    func key(ofItem item: Attributes) throws(DynamoDBFault) -> ItemKey {
        try checkType(of: schema.partition, in: item)
        if let sort = schema.sort { try checkType(of: sort, in: item) }
        return try checkedKey(item)
    }

    private func checkType(of name: String, in item: Attributes) throws(DynamoDBFault) {
        guard let value = item[name] else { throw .missingKey(name) }
        let type = type(of: name)
        guard value.type == type else {
            throw .validation(
                "One or more parameter values were invalid: Type mismatch for key \(name) expected: \(type.rawValue) actual: \(value.type.rawValue)"
            )
        }
    }

    /// The key that a `Key` parameter gives: exactly the schema's attributes.
    func key(_ given: Attributes) throws(DynamoDBFault) -> ItemKey {
        guard given.count == schema.names.count else { throw .keyMismatch }
        for name in schema.names {
            guard let value = given[name], value.type == type(of: name) else { throw .keyMismatch }
        }
        return try checkedKey(given)
    }

    /// The key attributes of an item.
    func keyAttributes(of item: Attributes) -> Attributes {
        var key: Attributes = [:]
        for name in schema.names { key[name] = item[name] }
        return key
    }

    private func checkedKey(_ item: Attributes) throws(DynamoDBFault) -> ItemKey {
        let partition = item[schema.partition] ?? .null
        try Self.checkNotEmpty(partition, schema.partition)
        guard partition.keySize <= ItemKey.Limit.partitionBytes else {
            throw .validation(
                "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of\(ItemKey.Limit.partitionBytes) bytes"
            )
        }
        guard let name = schema.sort, let sort = item[name] else {
            return ItemKey(partition: ItemKey.partitionBytes(partition), sort: nil)
        }
        try Self.checkNotEmpty(sort, name)
        guard sort.keySize <= ItemKey.Limit.sortBytes else {
            throw .validation(
                "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of \(ItemKey.Limit.sortBytes) bytes"
            )
        }
        return ItemKey(partition: ItemKey.partitionBytes(partition), sort: sort.keyBytes)
    }

    private static func checkNotEmpty(_ value: AttributeValue, _ name: String) throws(DynamoDBFault) {
        switch value {
        case .string(let text) where text.isEmpty: throw .emptyKey(type: "string", name: name)
        case .binary(let bytes) where bytes.isEmpty: throw .emptyKey(type: "binary", name: name)
        default: break
        }
    }
}
