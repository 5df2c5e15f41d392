import Documents

/// When a schedule's turns are: `at(2026-01-01T09:00:00)`, `rate(5 minutes)`, `cron(0 9 ? * MON-FRI *)`
/// (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html). EventBridge Scheduler and Application Auto
/// Scaling read the same.
public struct ScheduleExpression: Sendable {
    private enum Turn {
        case once(Timestamp)
        case every(Duration)
        case cron(CronExpression)
    }
    private static let countMax: Int64 = 10_000_000
    private let turn: Turn
    private let zone: TimeZoneRules

    /// Turns that were missed for longer are not made up for.
    private static let lateness = Duration.seconds(60)
    /// Turns of a time zone's clock that do not exist or come twice, before a search gives up.
    private static let skippedTurns = 10_000

    /// - Returns: nil for what is no such expression.
    public init?(_ text: String, in zone: TimeZoneRules) {
        guard let turn = Self.turn(text, zone) else { return nil }
        (self.turn, self.zone) = (turn, zone)
    }

    private static func turn(_ text: String, _ zone: TimeZoneRules) -> Turn? {
        guard text.hasSuffix(")"), let open = text.firstIndex(of: "(") else { return nil }
        let inner = String(text[text.index(after: open)...].dropLast())
        switch text[..<open] {
        case "cron": return CronExpression(inner).map { .cron($0) }
        case "at":
            // A date and a time without a zone: `Timestamp` wants one.
            guard inner.utf8.count == 19, let local = Timestamp(iso8601: inner + "Z") else { return nil }
            return .once(zone.momentOrNext(local))
        case "rate":
            let parts = inner.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 2, let count = Int64(parts[0]), (1...countMax).contains(count) else { return nil }
            let units: [Substring: Int64] = [
                "minute": 60, "minutes": 60, "hour": 3_600, "hours": 3_600, "day": 86_400, "days": 86_400,
            ]
            return units[parts[1]].map { .every(.seconds(count * $0)) }
        default: return nil
        }
    }

    /// Whether there is a single turn.
    public var isOnce: Bool {
        if case .once = turn { true } else { false }
    }

    /// The first turn at `moment` or later, nil when there are no more.
    /// - Parameter anchor: from where rates count, itself a turn.
    public func first(from moment: Timestamp, anchor: Timestamp) -> Timestamp? {
        switch turn {
        case .once(let time): return time >= moment ? time : nil
        case .every(let interval):
            guard moment > anchor else { return anchor }
            let step = interval.microseconds
            let passed = (moment - anchor).microseconds
            return anchor + .microseconds((passed + step - 1) / step * step)
        case .cron(let cron):
            var local = zone.local(moment) - .microseconds(1)
            for _ in 0..<Self.skippedTurns {
                guard let next = cron.next(after: local) else { return nil }
                // A time that the clocks jump over is skipped; one that they show twice counts the first time.
                if let turn = zone.moment(next), turn >= moment { return turn }
                local = next
            }
            return nil
        }
    }

    /// From when on the turn after one that was taken is looked for.
    /// - Parameters:
    ///   - turn: the one that was taken.
    ///   - due: when its timer fell due, which may be later.
    public static func moment(after turn: Timestamp, due: Timestamp, now: Timestamp) -> Timestamp {
        max(turn + .microseconds(1), due - lateness, now - lateness)
    }

    /// The first turn at `moment` or later that lies within a beginning and an end, which do not count for a single turn.
    /// - Parameter anchor: from where rates count, itself a turn.
    public func first(from moment: Timestamp, anchor: Timestamp, start: Timestamp?, end: Timestamp?) -> Timestamp? {
        if isOnce { return first(from: moment, anchor: anchor) }
        guard let turn = first(from: max(moment, start ?? moment), anchor: anchor) else { return nil }
        if let end, turn > end { return nil }
        return turn
    }
}
