import Documents
import Kernel
import Synchronization

/// Provisioned throughput: one bucket of units for reads and one for writes, for each table and each global index. A
/// bucket holds what was not used in the last five minutes, as AWS keeps it
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html).
///
/// A request is let in while anything is left, and what it used is taken afterwards, when its size is known; so a bucket
/// can be overdrawn by one request, and refuses until it has recovered. A new table's bucket is full. Tables in on-demand
/// mode have none, unless they have a maximum.
final class CapacityMeter: Sendable {
    enum Limit {
        /// Seconds of unused capacity that are kept.
        static let burst = 300.0
        /// Buckets in memory; beyond that all are forgotten, which only ever lets more in.
        static let buckets = 65_536
    }
    struct Place: Hashable, Sendable {
        var storage: String
        /// 0 is the table itself.
        var index: Int64
        var isWrite: Bool
    }
    struct Bucket: Sendable {
        var units: Double
        var rate: Double
        var at: Timestamp
    }
    private let buckets = Mutex<[Place: Bucket]>([:])
    private struct Keeping {
        /// Where auto scaling reads what was used.
        var usage: UsageMeter?
        /// Buckets that the store does not have as they are, and who is told of the first.
        var used: Set<Place> = []
        var onUse: (@Sendable () -> Void)?
    }
    private let keeping = Mutex(Keeping())

    func begin(with known: [Place: Bucket], usage: UsageMeter, onUse: @escaping @Sendable () -> Void) {
        buckets.withLock { $0 = known }
        keeping.withLock { $0 = Keeping(usage: usage, onUse: onUse) }
    }

    /// What was used since the last time.
    func takeUsed() -> [Place: Bucket] {
        let used = keeping.withLock { keeping in
            defer { keeping.used = [] }
            return keeping.used
        }
        return buckets.withLock { buckets in buckets.filter { used.contains($0.key) } }
    }

    private func note(_ place: Place, _ units: Double, of resource: String, at now: Timestamp) {
        let (usage, first) = keeping.withLock { keeping in
            let isFirst = keeping.used.isEmpty
            keeping.used.insert(place)
            return (keeping.usage, isFirst ? keeping.onUse : nil)
        }
        usage?.add(units, to: UsageMeter.Place(resource, place.isWrite ? "writes" : "reads"), at: now)
        first?()
    }

    /// What is left for this request; nil where nothing is counted.
    func left(_ table: TableRecord, _ index: IndexRecord?, isWrite: Bool, at now: Timestamp) -> Double? {
        let throughput = table.limits(index?.isGlobal == true ? index : nil)
        let rate = Double(isWrite ? throughput.writes : throughput.reads)
        guard rate > 0 else { return nil }
        let place = Self.place(table, index, isWrite)
        return buckets.withLock { $0[place].map { Self.filled($0, rate, now).units } ?? rate * Limit.burst }
    }

    /// - Throws: AWS's fault if a table, or a global index that the request writes through to, has nothing left.
    func admit(_ table: TableRecord, _ index: IndexRecord? = nil, isWrite: Bool, at now: Timestamp) throws(DynamoDBFault) {
        guard table.isLimited else { return }
        let bucketIndex = index?.isGlobal == true ? index : nil
        if let left = left(table, bucketIndex, isWrite: isWrite, at: now), left <= 0 {
            throw .throughputExceeded(Self.exceeded(table, bucketIndex, isWrite))
        }
        guard isWrite else { return }
        for global in table.indexes where global.isGlobal {
            if let left = left(table, global, isWrite: true, at: now), left <= 0 {
                throw .throughputExceeded(Self.exceeded(table, global, true))
            }
        }
    }

    func charge(_ all: [Consumption], at now: Timestamp) { for each in all { charge(each, at: now) } }

    func charge(_ consumption: Consumption, at now: Timestamp) {
        let table = consumption.table
        guard table.isLimited else { return }
        var own = consumption.own
        for index in table.indexes {
            guard let units = consumption.indexes[index.number] else { continue }
            if index.isGlobal {
                take(units, table, index, now)
            } else {
                // A local index draws on its table's capacity.
                own.reads += units.reads
                own.writes += units.writes
            }
        }
        take(own, table, nil, now)
    }

    private func take(_ units: Consumption.Units, _ table: TableRecord, _ index: IndexRecord?, _ now: Timestamp) {
        let throughput = table.limits(index)
        for (used, rate, isWrite) in [
            (units.reads, Double(throughput.reads), false), (units.writes, Double(throughput.writes), true),
        ] where used > 0 && rate > 0 {
            let place = Self.place(table, index, isWrite)
            let resource = index.map { "\(table.arn)/index/\($0.name)" } ?? table.arn
            note(place, used, of: resource, at: now)
            buckets.withLock { buckets in
                if buckets.count >= Limit.buckets { buckets.removeAll() }
                let present = buckets[place] ?? Bucket(units: rate * Limit.burst, rate: rate, at: now)
                var bucket = Self.filled(present, rate, now)
                bucket.units -= used
                buckets[place] = bucket
            }
        }
    }

    private static func place(_ table: TableRecord, _ index: IndexRecord?, _ isWrite: Bool) -> Place {
        Place(storage: table.storage, index: index?.number ?? 0, isWrite: isWrite)
    }

    /// The bucket at `now`, with the rate that the table has by now.
    private static func filled(_ bucket: Bucket, _ rate: Double, _ now: Timestamp) -> Bucket {
        let seconds = max(0, Double((now - bucket.at).microseconds) / 1_000_000)
        let gained = bucket.units + seconds * bucket.rate + max(0, rate - bucket.rate)
        return Bucket(units: min(gained, rate * Limit.burst), rate: rate, at: max(now, bucket.at))
    }

    private static func exceeded(_ table: TableRecord, _ index: IndexRecord?, _ isWrite: Bool) -> ThroughputExcess {
        ThroughputExcess(
            resource: index.map { "\(table.arn)/index/\($0.name)" } ?? table.arn, isIndex: index != nil, isWrite: isWrite,
            isOnDemand: table.isOnDemand)
    }
}

/// Which limit a request ran into.
struct ThroughputExcess: Equatable, Sendable {
    var resource: String
    var isIndex: Bool
    var isWrite: Bool
    /// The limit is an on-demand maximum.
    var isOnDemand = false

    var message: String {
        if isOnDemand { return "Throughput exceeds the maximum OnDemandThroughput configured on table or index" }
        return isIndex
            ? "The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with the UpdateTable API"
            : "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API."
    }

    var wire: AWSError {
        let place = (isIndex ? "Index" : "Table") + (isWrite ? "Write" : "Read")
        if isOnDemand {
            let reason: Document = [
                "reason": .string(place + "MaxOnDemandThroughputExceeded"), "resource": .string(resource),
            ]
            return AWSError("ThrottlingException", 400, message, fields: ["throttlingReasons": [reason]])
        }
        let reason = place + "ProvisionedThroughputExceeded"
        return AWSError(
            "ProvisionedThroughputExceededException", 400, message,
            fields: ["ThrottlingReasons": [["reason": .string(reason), "resource": .string(resource)]]])
    }
}
