import Documents
import Kernel
import Store

/// Turning a trail on and off.
extension CloudTrailService {
    func startLogging(_ input: NamedTrail, _ context: Context) async throws -> Nothing {
        let trail = try await owned(input.Name, context)
        let platform = context.platform
        // What was recorded before is not this trail's: it begins at the present end of each history.
        await platform.audit.flush()
        let history = AuditHistory(platform)
        var ends: [(String, TrailProgress)] = []
        for region in try await history.regions(of: trail.account) {
            let number = try await history.nextNumber(trail.account, region)
            ends.append((region, TrailProgress(number: number, offset: try await history.nextOffset(trail.account, region))))
        }
        let places = ends
        try await context.store.write { transaction in
            var trail = try transaction.trail(trail, context.account)
            if trail.isLogging { return }
            (trail.isLogging, trail.started) = (true, context.now)
            try transaction.put(trail.key, trail)
            for (region, end) in places {
                for sink in TrailProgress.Sink.allCases {
                    let key = TrailProgress.key(trail.arn, sink, trail.account, region)
                    if try !transaction.contains(key) { try transaction.put(key, end) }
                }
            }
            try Self.scheduleAll(trail, at: context.now, in: transaction, on: platform)
        }
        try await taps.reload(platform)
        return Nothing()
    }

    func stopLogging(_ input: NamedTrail, _ context: Context) async throws -> Nothing {
        let trail = try await owned(input.Name, context)
        try await context.store.write { transaction in
            var trail = try transaction.trail(trail, context.account)
            guard trail.isLogging else { return }
            (trail.isLogging, trail.stopped) = (false, context.now)
            // The timers stay for what is still to be delivered.
            try transaction.put(trail.key, trail)
        }
        try await taps.reload(context.platform)
        return Nothing()
    }

    /// Sets the trail's timers where they are not set.
    static func scheduleAll(
        _ trail: TrailRecord, at now: Timestamp, in transaction: any Transaction, on platform: Platform
    ) throws {
        var names = [("deliver", TrailLimit.deliveryInterval)]
        if trail.validates { names.append(("digest", TrailLimit.digestInterval)) }
        for (name, interval) in names where try transaction.timerDue(id, id: "\(name)/\(trail.arn)") == nil {
            try transaction.schedule(timer(name, trail.arn, due: now + interval), on: platform)
        }
    }

    static func timer(_ name: String, _ arn: String, due: Timestamp) -> TimerRecord {
        TimerRecord(id: "\(name)/\(arn)", service: id, name: name, due: due, payload: ["trail": .string(arn)])
    }
}
