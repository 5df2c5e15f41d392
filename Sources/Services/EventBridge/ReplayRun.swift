import Documents
import Kernel
import Store

/// Plays an archive's events again, in the order of their times, some at once.
extension EventBridgeService {
    func runReplay(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let account = delivery.payload["account"]?.string, let region = delivery.payload["region"]?.string,
            let name = delivery.payload["replay"]?.string
        else { throw GiveUp("not a replay") }
        let key = ReplayRecord.key(account, region, name)
        while try await step(key, account, region, platform) { try Task.checkCancellation() }
    }

    /// Plays the next events; what follows from them and how far it came is one transaction.
    /// - Returns: whether there may be more.
    private func step(_ key: Key, _ account: String, _ region: String, _ platform: Platform) async throws -> Bool {
        let found = try await platform.store.read { snapshot -> (ReplayRecord, [(Key, ArchivedEvent)], Bool)? in
            guard let record = try snapshot.record(ReplayRecord.self, key), record.isRunning else { return nil }
            let archive = ArchivePlace(account: account, region: region, name: record.archive)
            let isThere = try snapshot.record(ArchiveRecord.self, archive.key)?.id == record.archiveID
            var events: [(Key, ArchivedEvent)] = []
            // Both ends belong to it, the last one with its whole second.
            let begin =
                record.position.map { Key(bytes: $0).successor } ?? ArchivedEvent.from(record.archiveID, record.from)
            let end = ArchivedEvent.from(record.archiveID, record.to).rangeEnd
            if begin < end {
                try snapshot.scan(from: begin, to: end, reverse: false, limit: EventsLimit.replayedAtOnce) { key, value in
                    events.append((key, try ArchivedEvent(stored: value)))
                    return true
                }
            }
            return (record, events, isThere)
        }
        guard let (record, events, isThere) = found else { return false }
        let place = BusPlace(account: account, region: region, name: record.bus)
        var (following, failure): (Consequences, String?) = (Consequences(), nil)
        if isThere, record.state != "CANCELLING" {
            for (_, event) in events {
                var json = event.json
                if let sealed = event.sealed {
                    do { json = try await open(sealed, of: place, platform) } catch let error as AWSError
                        where !error.isTransient
                    {
                        failure = error.message
                        break
                    }
                }
                let played = try BusEvent(json: json, hops: 0).replayed(by: record.name)
                following = following + (try await consequences(of: played, on: place, platform, onlyRules: record.rules))
            }
        }
        let (deliveries, position, now) = (following.deliveries, record.position, platform.clock.now())
        let reason = isThere ? failure : "Archive \(record.archive) does not exist."
        return try await platform.store.write { transaction in
            guard var record = try transaction.record(ReplayRecord.self, key), record.position == position else { return true }
            if record.state == "CANCELLING" {
                (record.state, record.ended) = ("CANCELLED", now)
            } else if let reason {
                (record.state, record.reason, record.ended) = ("FAILED", reason, now)
            } else if let (key, last) = events.last {
                for delivery in deliveries { try transaction.enqueue(delivery, on: platform) }
                (record.state, record.position, record.reached) = ("RUNNING", key.bytes, last.time)
            } else {
                (record.state, record.ended) = ("COMPLETED", now)
            }
            try transaction.put(key, record)
            return record.isRunning
        }
    }
}
