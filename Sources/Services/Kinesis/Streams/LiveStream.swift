import Documents
import Kernel
import Store
import Synchronization

/// What runs beside a stream's record while the process lives: its shards' gates and rates.
final class LiveStream: Sendable {
    /// A record with its open shards in hash order.
    final class Snapshot: Sendable {
        let record: StreamRecord
        let open: [ShardRecord]
        private let starts: [UInt128]

        init(_ record: StreamRecord) {
            self.record = record
            open = record.shards.filter(\.isOpen).sorted { $0.start < $1.start }
            starts = open.map(\.start)
        }

        /// The open shard whose range holds `hash`.
        func shard(holding hash: UInt128) -> ShardRecord? {
            var (low, high) = (0, starts.count)
            while low < high {
                let middle = (low + high) / 2
                if starts[middle] <= hash { low = middle + 1 } else { high = middle }
            }
            return low == 0 ? nil : open[low - 1]
        }
    }

    let id: String
    let place: StreamPlace
    /// One change of shards at a time.
    let changes = Gate()
    private let now: Mutex<Snapshot>
    private let shards = Mutex<[Int: LiveShard]>([:])
    /// The present subscription of a consumer to a shard.
    let subscriptions = Mutex<[String: (number: UInt64, since: Timestamp)]>([:])

    init(_ record: StreamRecord) {
        (id, place) = (record.id, record.place)
        now = Mutex(Snapshot(record))
    }

    var snapshot: Snapshot { now.withLock { $0 } }
    var record: StreamRecord { snapshot.record }

    /// Takes a newer record.
    func take(_ record: StreamRecord) {
        let fresh = Snapshot(record)
        now.withLock { if $0.record.version < record.version { $0 = fresh } }
    }

    func shard(_ index: Int, _ moment: Timestamp) -> LiveShard {
        shards.withLock { shards in
            if let shard = shards[index] { return shard }
            let shard = LiveShard(moment)
            shards[index] = shard
            return shard
        }
    }
}

/// The moving parts of one shard.
final class LiveShard: Sendable {
    private struct Rates {
        var inBytes: TokenBucket
        var inRecords: TokenBucket
        var outBytes: TokenBucket
        var outCalls: TokenBucket
        var lastArrival: Int64 = 0
    }
    let gate = Gate()
    private let rates: Mutex<Rates>

    init(_ now: Timestamp) {
        rates = Mutex(
            Rates(
                inBytes: TokenBucket(rate: KinesisLimit.writeBytes, capacity: KinesisLimit.writeBytes, now: now),
                inRecords: TokenBucket(rate: KinesisLimit.writeRecords, capacity: KinesisLimit.writeRecords, now: now),
                outBytes: TokenBucket(rate: KinesisLimit.readBytes, capacity: KinesisLimit.readBytes, now: now),
                outCalls: TokenBucket(rate: KinesisLimit.readCalls, capacity: KinesisLimit.readCalls, now: now)))
    }

    /// - Returns: the moment of arrival, never before an earlier record's; nil if the shard has had enough for now.
    func admit(_ bytes: Int, _ now: Timestamp) -> Int64? {
        rates.withLock { rates in
            guard rates.inBytes.has(bytes, now), rates.inRecords.has(1, now) else { return nil }
            rates.inBytes.take(bytes)
            rates.inRecords.take(1)
            rates.lastArrival = max(rates.lastArrival, now.milliseconds)
            return rates.lastArrival
        }
    }

    /// Whether the shard may be read now; counts one read.
    func admitRead(_ now: Timestamp) -> Bool {
        rates.withLock { rates in
            guard rates.outBytes.isPositive(now), rates.outCalls.has(1, now) else { return false }
            rates.outCalls.take(1)
            return true
        }
    }

    func countRead(_ bytes: Int) { rates.withLock { $0.outBytes.take(bytes) } }
}
