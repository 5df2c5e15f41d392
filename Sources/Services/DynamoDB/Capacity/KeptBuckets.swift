import Documents
import Kernel
import Store

/// A bucket as the store keeps it, so that a restart does not fill what was used up.
struct KeptBucket: Stored {
    static let tag: UInt8 = 1
    var units: Double
    var rate: Double
    var at: Timestamp

    static func all(_ storage: String) -> Key { Key(.dynamoThroughput, .text(storage)) }
    static func key(_ storage: String, _ index: Int64, isWrite: Bool) -> Key {
        all(storage).appending(.integer(index), .integer(isWrite ? 1 : 0))
    }
}

/// Buckets go to the store half a minute after they were used, and when the service stops; a crash forgets no more than
/// that. An unused table costs nothing.
extension CapacityMeter {
    static let keepingPause = Duration.seconds(30)

    /// Reads what the last process left, and keeps buckets from now on.
    func start(_ platform: Platform) async throws {
        var found: [Place: Bucket] = [:]
        found = try await platform.store.read { snapshot in
            var found: [Place: Bucket] = [:]
            try snapshot.records(KeptBucket.self, Key(.dynamoThroughput), limit: Limit.buckets) { row, kept in
                let elements = try row.elements()
                guard elements.count == 3, case .text(let storage) = elements[0], case .integer(let index) = elements[1],
                    case .integer(let isWrite) = elements[2]
                else { throw StoreError.corrupt("throughput key") }
                found[Place(storage: storage, index: index, isWrite: isWrite == 1)] = Bucket(
                    units: kept.units, rate: kept.rate, at: kept.at)
                return true
            }
            return found
        }
        begin(with: found, usage: platform.usage) { [weak self, weak platform] in
            Task {
                guard let platform else { return }
                do {
                    try await platform.clock.sleep(for: Self.keepingPause)
                    try await self?.keep(in: platform.store)
                } catch is CancellationError {
                    return
                } catch {
                    platform.log.warning("throughput was not kept", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    func keep(in store: any KeyValueStore) async throws {
        let used = takeUsed()
        guard !used.isEmpty else { return }
        try await store.write { transaction in
            for (place, bucket) in used {
                try transaction.put(
                    KeptBucket.key(place.storage, place.index, isWrite: place.isWrite),
                    KeptBucket(units: bucket.units, rate: bucket.rate, at: bucket.at))
            }
        }
    }
}
