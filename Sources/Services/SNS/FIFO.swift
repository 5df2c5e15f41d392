import Documents
import Kernel
import Store

/// A message of a FIFO topic on its way to one subscription. Its group's messages lie behind it in their order.
struct FIFOEntry: Stored {
    static let tag: UInt8 = 1
    var payload: Document
    var created: Timestamp
    /// Not before.
    var due: Timestamp
    var attempts = 0

    static func group(_ subscription: String, _ group: String) -> Key {
        Key(.snsFIFOQueue, .text(subscription), .text(group))
    }
    static func key(_ subscription: String, _ group: String, _ sequence: Int64) -> Key {
        Self.group(subscription, group).appending(.integer(sequence))
    }
}

/// Which groups are being emptied: one worker each, so that no message overtakes another.
actor FIFOPumps {
    /// Whether something new came while the worker was busy.
    private var running: [String: Bool] = [:]

    /// - Returns: false where a worker is at it already; it will look again before it ends.
    func begin(_ lane: String) -> Bool {
        guard running[lane] == nil else {
            running[lane] = true
            return false
        }
        running[lane] = false
        return true
    }

    /// - Returns: whether the worker must look again.
    func goesOn(_ lane: String) -> Bool {
        if running[lane] == true {
            running[lane] = false
            return true
        }
        running[lane] = nil
        return false
    }

    func stop(_ lane: String) { running[lane] = nil }
}

extension SNSService {
    /// Empties a group, the oldest message first. A message that must wait holds up those behind it; one that is refused or
    /// out of retries goes to the dead-letter queue and lets them pass.
    func pump(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let arn = delivery.payload["subscription"]?.string, let group = delivery.payload["group"]?.string else {
            throw GiveUp("not a group")
        }
        guard await pumps.begin(delivery.lane) else { return }
        do {
            repeat { try await drain(arn, group, platform) } while await pumps.goesOn(delivery.lane)
        } catch {
            await pumps.stop(delivery.lane)
            throw error
        }
    }

    private func drain(_ arn: String, _ group: String, _ platform: Platform) async throws {
        let all = FIFOEntry.group(arn, group)
        while let (key, entry) = try await head(all, platform) {
            guard let subscription = try await subscription(of: entry.payload, platform) else {
                try await platform.store.write { try $0.deleteRange(from: all, to: all.rangeEnd) }
                return
            }
            if entry.due > platform.clock.now() { throw Postpone(until: entry.due) }
            let outcome = try await attempt(entry.payload, subscription, platform)
            switch outcome {
            case .done:
                try await platform.store.write { try $0.delete(key) }
                try await report(outcome, of: entry.payload, after: entry.attempts + 1, subscription, platform)
            case .failed(let answer):
                if let delay = try await delay(subscription, retry: entry.attempts, platform) {
                    var later = entry
                    later.attempts += 1
                    later.due = platform.clock.now() + .microseconds(Int64(delay * 1_000_000))
                    let waiting = later
                    try await platform.store.write { try $0.put(key, waiting) }
                    throw Postpone(until: waiting.due)
                }
                try await end(key, entry, subscription, answer.text, platform)
                try await report(outcome, of: entry.payload, after: entry.attempts + 1, subscription, platform)
            case .refused(let answer):
                try await end(key, entry, subscription, answer.text, platform)
                try await report(outcome, of: entry.payload, after: entry.attempts + 1, subscription, platform)
            }
        }
    }

    private func head(_ all: Key, _ platform: Platform) async throws -> (Key, FIFOEntry)? {
        try await platform.store.read { snapshot in
            var found: (Key, FIFOEntry)?
            try snapshot.records(FIFOEntry.self, all, limit: 1) { key, entry in
                found = (key, entry)
                return false
            }
            return found
        }
    }

    private func end(
        _ key: Key, _ entry: FIFOEntry, _ subscription: SubscriptionRecord, _ reason: String, _ platform: Platform
    ) async throws {
        platform.log.error(
            "notification given up", metadata: ["subscription": "\(subscription.arn)", "reason": "\(reason)"])
        try await platform.store.write { transaction in
            try self.bury(entry.payload, subscription, on: platform, transaction)
            try transaction.delete(key)
        }
    }
}
