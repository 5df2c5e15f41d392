import Documents
import Kernel
import Store

/// When and where an item of a global table was last changed: the later change wins, wherever it was made
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html, "Conflict resolution").
/// It is kept beside the item, not in it: version 2019.11.21 has no `aws:rep:` attributes.
struct ReplicaMark: Sendable, Equatable, Comparable {
    /// Microseconds. A change is always later than what it replaces, whatever the clock says.
    var time: Int64
    var region: String
    var isDeletion = false

    /// Of what was in a table before it became a replica.
    static func before(_ region: String) -> ReplicaMark { ReplicaMark(time: 0, region: region) }

    /// Of two changes in one microsecond, the Region's name decides, alike everywhere.
    static func < (left: ReplicaMark, right: ReplicaMark) -> Bool {
        left.time != right.time ? left.time < right.time : left.region < right.region
    }

    private static let version: UInt8 = 1

    init(time: Int64, region: String, isDeletion: Bool = false) {
        (self.time, self.region, self.isDeletion) = (time, region, isDeletion)
    }

    var stored: [UInt8] {
        var bytes: [UInt8] = [Self.version, isDeletion ? 1 : 0]
        withUnsafeBytes(of: time.bigEndian) { bytes.append(contentsOf: $0) }
        return bytes + Array(region.utf8)
    }

    init(stored bytes: [UInt8]) throws {
        guard let version = bytes.first, bytes.count > 10 else { throw StoreError.corrupt("replica mark") }
        guard version <= Self.version else { throw StoreError.newer(type: "ReplicaMark", tag: version) }
        time = bytes[2..<10].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        (region, isDeletion) = (String(decoding: bytes[10...], as: UTF8.self), bytes[1] == 1)
    }

    static func marks(_ storage: String) -> Key { Key(.dynamoReplicaMark, .text(storage)) }
    static func tombstones(_ storage: String) -> Key { Key(.dynamoReplicaTombstone, .text(storage)) }

    static func key(_ row: Key, _ storage: String) -> Key {
        marks(storage).appending(.bytes(TableHistory.suffix(of: row, in: storage)))
    }

    static func find(_ row: Key, _ storage: String, in snapshot: any Snapshot) throws -> ReplicaMark? {
        try snapshot.value(key(row, storage)).map { try ReplicaMark(stored: $0) }
    }
}

extension ItemWriter {
    /// Notes a change of `row`: the one that came from another Region, or one made here and now.
    /// - Returns: the mark; nil for a table that is no replica.
    func mark(_ row: Key, isDeletion: Bool) throws -> ReplicaMark? {
        guard let global = table.global, !global.isStrong else { return nil }
        var mark: ReplicaMark
        if let origin {
            mark = origin
        } else {
            let last = try ReplicaMark.find(row, table.storage, in: transaction)
            mark = ReplicaMark(time: max(now.microseconds, (last?.time ?? 0) + 1), region: table.region)
        }
        mark.isDeletion = isDeletion
        try transaction.put(ReplicaMark.key(row, table.storage), mark.stored)
        if isDeletion {
            let suffix = TableHistory.suffix(of: row, in: table.storage)
            let entry = ReplicaMark.tombstones(table.storage).appending(.integer(now.microseconds), .bytes(suffix))
            try transaction.put(entry, mark.stored)
            try table.setTombstoneTimer(now + GlobalTable.Limit.tombstones, in: transaction, on: platform)
        }
        return mark
    }
}

/// Deleted items' marks are forgotten after a day.
enum TombstoneTrimming {
    static let timer = "trimTombstones"
    static let batch = 500
    /// Between two sweeps of a busy table.
    static let pause = Duration.seconds(3_600)
    static func timerID(_ storage: String) -> String { "tombstones/\(storage)" }
}

extension TableRecord {
    func setTombstoneTimer(_ due: Timestamp, in transaction: any Transaction, on platform: Platform) throws {
        guard try transaction.timerDue(DynamoDBService.id, id: TombstoneTrimming.timerID(storage)) == nil else { return }
        try transaction.schedule(
            TimerRecord(
                id: TombstoneTrimming.timerID(storage), service: DynamoDBService.id, name: TombstoneTrimming.timer, due: due,
                payload: ["storage": .string(storage)]), on: platform)
    }
}

extension DynamoDBService {
    func trimTombstones(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let storage = timer.payload["storage"]?.string else { return }
        while try await trimTombstones(storage, timer, platform) {}
    }

    /// - Returns: whether there may be more that is due.
    private func trimTombstones(_ storage: String, _ timer: TimerRecord, _ platform: Platform) async throws -> Bool {
        try await platform.store.write { transaction in
            let now = platform.clock.now()
            let horizon = now - GlobalTable.Limit.tombstones
            try transaction.cancelTimer(DynamoDBService.id, id: timer.id)
            var (old, left): ([(Key, [UInt8])], Int64?) = ([], nil)
            try transaction.scan(ReplicaMark.tombstones(storage), limit: TombstoneTrimming.batch) { row, bytes in
                guard case .integer(let time) = try row.elements()[1] else { throw StoreError.corrupt("tombstone key") }
                guard time <= horizon.microseconds else {
                    left = time
                    return false
                }
                old.append((row, bytes))
                return true
            }
            for (row, bytes) in old {
                try transaction.delete(row)
                guard case .bytes(let suffix)? = try row.elements().last else { throw StoreError.corrupt("tombstone key") }
                let mark = ReplicaMark.marks(storage).appending(.bytes(suffix))
                // An item made again since has a mark of its own.
                if try transaction.value(mark) == bytes { try transaction.delete(mark) }
            }
            if let left {
                var next = timer
                next.due = max(
                    Timestamp(microseconds: left) + GlobalTable.Limit.tombstones, now + TombstoneTrimming.pause)
                try transaction.schedule(next, on: platform)
                return false
            }
            return old.count == TombstoneTrimming.batch
        }
    }
}
