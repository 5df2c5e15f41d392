import Documents
import Kernel
import Store

/// A stream of a table, on or off. It stays readable for a day after it was turned off.
struct StreamInfo: Stored, Equatable {
    static let tag: UInt8 = 1
    var account: String
    var region: String
    var table: String
    var storage: String
    var label: String
    var view: StreamView
    var schema: KeySchema
    var created: Timestamp
    var disabled: Timestamp?
    /// Records up to this one are gone.
    var trimmedThrough: Int64 = 0
    /// The first record's, when it was turned on.
    var firstSequence: Int64
    /// The last record's, once it is turned off.
    var lastSequence: Int64?

    var arn: String { "arn:aws:dynamodb:\(region):\(account):table/\(table)/stream/\(label)" }
    var key: Key { Key(.dynamoStream, .text(account), .text(region), .text(table), .text(label)) }
    var records: Key { Key(.dynamoStreamRecord, .text(storage), .text(label)) }

    /// A stream has one shard.
    var shard: String {
        let time = String(created.milliseconds)
        let code = String(UInt32(truncatingIfNeeded: created.microseconds &* 2_654_435_761), radix: 16)
        return "shardId-" + String(repeating: "0", count: max(0, 20 - time.count)) + time + "-"
            + String(repeating: "0", count: 8 - code.count) + code
    }
}

/// Sequence numbers as clients see them: 21 digits, increasing.
enum SequenceNumber {
    static func text(_ value: Int64) -> String {
        let digits = String(value)
        return "1" + String(repeating: "0", count: max(0, 20 - digits.count)) + digits
    }

    static func value(_ text: String) -> Int64? {
        guard text.utf8.count == 21, text.first == "1" else { return nil }
        return Int64(text.dropFirst())
    }
}

/// What happened to an item; nil if nothing did.
struct StreamChange {
    var old: Attributes?
    var new: Attributes?

    init?(old: Attributes?, new: Attributes?) {
        if let old, let new, old.hasSameAttributes(as: new) { return nil }
        if old == nil, new == nil { return nil }
        (self.old, self.new) = (old, new)
    }

    var name: String { old == nil ? "INSERT" : new == nil ? "REMOVE" : "MODIFY" }
}

/// A record of a stream as the store keeps it, cut down to the stream's view.
struct StreamEntry {
    var created: Timestamp
    var name: String
    var isExpiry: Bool
    var keys: Attributes
    var new: Attributes?
    var old: Attributes?
    /// In a global table: when and where the change was made.
    var mark: ReplicaMark?

    private static let version: UInt8 = 1

    /// - Parameter table: whose key seals the images. The keys stand open, as they do in the rows.
    func stored(_ table: TableRecord) throws -> [UInt8] {
        var members: Members = [
            "at": .integer(created.microseconds), "name": .string(name),
            "keys": .blob(ItemCoding.encode(keys, size: keys.itemSize)),
        ]
        if isExpiry { members["expiry"] = true }
        if let new { members["new"] = .blob(try table.encode(new, size: new.itemSize)) }
        if let old { members["old"] = .blob(try table.encode(old, size: old.itemSize)) }
        if let mark { members["mark"] = .blob(mark.stored) }
        return CBOR.write(.map(members), after: Self.version)
    }

    init(
        created: Timestamp, name: String, isExpiry: Bool, keys: Attributes, new: Attributes?, old: Attributes?,
        mark: ReplicaMark? = nil
    ) {
        (self.created, self.name, self.isExpiry, self.keys, self.new, self.old) = (created, name, isExpiry, keys, new, old)
        self.mark = mark
    }

    /// When a stored record was made, without its images.
    static func created(_ bytes: [UInt8]) throws -> Timestamp {
        guard let created = try CBOR.parse(bytes.dropFirst())["at"]?.integer else {
            throw StoreError.corrupt("stream record")
        }
        return Timestamp(microseconds: created)
    }

    init(stored bytes: [UInt8], _ keys: KeyView?) throws {
        guard let version = bytes.first else { throw StoreError.corrupt("stream record") }
        guard version <= Self.version else { throw StoreError.newer(type: "StreamEntry", tag: version) }
        let document = try CBOR.parse(bytes.dropFirst())
        guard let created = document["at"]?.integer, let name = document["name"]?.string, let key = document["keys"]?.blob else {
            throw StoreError.corrupt("stream record")
        }
        self.init(
            created: Timestamp(microseconds: created), name: name, isExpiry: document["expiry"]?.bool ?? false,
            keys: try ItemCoding.decode(key),
            new: try document["new"]?.blob.map { try ItemCoding.decode(try ItemCoding.open($0, keys)) },
            old: try document["old"]?.blob.map { try ItemCoding.decode(try ItemCoding.open($0, keys)) },
            mark: try document["mark"]?.blob.map { try ReplicaMark(stored: $0) })
    }
}

extension ItemWriter {
    /// Appends the record of `change`, in this transaction, and tells readers once it is durable.
    func append(_ change: StreamChange, _ mark: ReplicaMark?, to stream: TableStream, _ tally: inout TableTally) throws {
        guard let some = change.new ?? change.old else { return }
        tally.sequence += 1
        let entry = StreamEntry(
            created: now, name: change.name, isExpiry: isExpiry, keys: table.keyAttributes(of: some),
            new: stream.view.hasNew ? change.new : nil, old: stream.view.hasOld ? change.old : nil, mark: mark)
        let row = Key(.dynamoStreamRecord, .text(table.storage), .text(stream.label), .integer(tally.sequence))
        try transaction.put(row, try entry.stored(table))
        if !tally.isTrimming {
            tally.isTrimming = true
            try transaction.schedule(
                StreamTrimming.timer(table, stream.label, due: now + StreamTrimming.Limit.retention), on: platform)
        }
        let (changes, arn) = (platform.changes, table.arn + "/stream/" + stream.label)
        transaction.afterCommit { changes.notify(arn) }
    }
}
