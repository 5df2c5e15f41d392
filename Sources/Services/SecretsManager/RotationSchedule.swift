import Documents

/// A secret's rotation rules, as they are asked for and shown
/// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html).
struct RotationRules: Codable, Hashable, Sendable {
    var AutomaticallyAfterDays: Int?
    var Duration: String?
    var ScheduleExpression: String?
}

extension SecretRecord.Rotation {
    /// The rules with the days that a schedule comes to, "calculated from the rotation schedule after every successful
    /// rotation" (the same page).
    var shownRules: RotationRules? {
        guard var shown = rules, shown.AutomaticallyAfterDays == nil, let last, let next else { return rules }
        let day: Int64 = 86_400
        let days = next.start.seconds / day - last.seconds / day
        if days > 0 { shown.AutomaticallyAfterDays = Int(days) }
        return shown
    }
}

/// The time within which a rotation may begin.
struct RotationWindow: Codable, Hashable, Sendable {
    var start: Timestamp
    var end: Timestamp
}

/// When rotations come
/// (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html).
struct RotationSchedule: Sendable, Hashable {
    private enum Turn: Hashable {
        case days(Int)
        case hours(Int)
        case cron(CronExpression)
    }
    private let turn: Turn
    private let hoursOpen: Int?

    private static let leastHours = 4
    private static let mostHours = 999
    private static let mostDays = 999
    private static let day: Int64 = 86_400

    /// - Throws: ``SecretsFault/invalidParameter(_:)``.
    init(_ rules: RotationRules) throws {
        switch (rules.AutomaticallyAfterDays, rules.ScheduleExpression) {
        case (let days?, nil): turn = .days(days)
        case (nil, let expression?): turn = try Self.turn(expression)
        case (nil, nil):
            throw SecretsFault.invalidParameter("RotationRules must have AutomaticallyAfterDays or ScheduleExpression.")
        default:
            throw SecretsFault.invalidParameter(
                "You can't specify both AutomaticallyAfterDays and ScheduleExpression in RotationRules.")
        }
        guard let text = rules.Duration else {
            hoursOpen = nil
            return
        }
        let most: Int
        switch turn {
        case .hours(let hours): most = hours
        default: most = 24
        }
        guard text.hasSuffix("h"), let hours = Int(text.dropLast()), (1...most).contains(hours) else {
            throw SecretsFault.invalidParameter("The rotation window \(text) is not valid for this schedule.")
        }
        hoursOpen = hours
    }

    private static func turn(_ expression: String) throws -> Turn {
        let invalid = SecretsFault.invalidParameter("The ScheduleExpression \(expression) is not valid.")
        guard expression.hasSuffix(")"), let open = expression.firstIndex(of: "(") else { throw invalid }
        let inner = expression[expression.index(after: open)...].dropLast()
        switch expression[..<open] {
        case "cron":
            // Hours are the finest grain of a rotation, and a schedule has no last year.
            guard let cron = CronExpression(inner), cron.minutes == [0], cron.isYearly else { throw invalid }
            return .cron(cron)
        case "rate":
            let parts = inner.split(separator: " ")
            guard parts.count == 2, let count = Int(parts[0]), count > 0 else { throw invalid }
            switch parts[1] {
            case "hour", "hours":
                guard (leastHours...mostHours).contains(count) else { throw invalid }
                return .hours(count)
            case "day", "days":
                guard count <= mostDays else { throw invalid }
                return .days(count)
            default: throw invalid
            }
        default: throw invalid
        }
    }

    /// The window after a rotation at `last`; nil if the schedule has no more turns.
    func window(after last: Timestamp) -> RotationWindow? {
        let start: Timestamp
        var seconds = hoursOpen.map { Int64($0) * 3_600 }
        switch turn {
        case .days(let days):
            start = Timestamp(seconds: (last.seconds / Self.day + Int64(days)) * Self.day)
        case .hours(let hours):
            start = Timestamp(seconds: (last.seconds / 3_600 + Int64(hours)) * 3_600)
            seconds = seconds ?? 3_600
        case .cron(let cron):
            guard let next = cron.next(after: last) else { return nil }
            start = next
            if cron.hours.count > 1 { seconds = seconds ?? 3_600 }
        }
        // Without a duration, the window of a schedule in days ends with the day.
        let end = seconds.map { start.seconds + $0 } ?? (start.seconds / Self.day + 1) * Self.day - 1
        return RotationWindow(start: start, end: Timestamp(seconds: end))
    }
}
