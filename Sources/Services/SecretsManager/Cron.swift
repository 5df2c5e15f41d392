import Documents

/// A `cron(Minutes Hours Day-of-month Month Day-of-week Year)` expression in UTC
/// (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html): hours are the finest grain
/// here, so minutes are 0 and the year is `*`.
struct CronSchedule: Sendable, Hashable {
    private enum Day: Hashable {
        case any
        case numbers(Set<Int>)
        case last
        /// The nearest weekday to a day of the month.
        case nearestWeekday(Int)
        /// The k-th of a weekday in the month; 0 for the last.
        case weekday(Int, Int)
    }
    private let hours: [Int]
    private let months: Set<Int>
    private let dayOfMonth: Day
    private let dayOfWeek: Day
    /// Whether it may come several times a day.
    var isHourly: Bool { hours.count > 1 }

    /// How far ahead a match is looked for: leap days are at most eight years apart.
    private static let daysAhead = 366 * 8
    private static let monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    private static let dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

    /// - Parameter fields: what stands between the parentheses; nil for what is not such an expression.
    init?(_ fields: some StringProtocol) {
        let parts = fields.split(separator: " ").map { $0.uppercased() }
        guard parts.count == 6, parts[0] == "0", parts[5] == "*",
            let hours = Self.numbers(parts[1], 0...23, []), let months = Self.numbers(parts[3], 1...12, Self.monthNames)
        else { return nil }
        (self.hours, self.months) = (hours.sorted(), months)
        // One of the two days must be left open.
        guard parts[2] == "?" || parts[4] == "?" || parts[2] == "*" || parts[4] == "*" else { return nil }
        if parts[2] == "L" {
            dayOfMonth = .last
        } else if parts[2].hasSuffix("W"), let day = Int(parts[2].dropLast()), (1...31).contains(day) {
            dayOfMonth = .nearestWeekday(day)
        } else {
            guard let day = Self.day(parts[2], 1...31, []) else { return nil }
            dayOfMonth = day
        }
        let pieces = parts[4].split(separator: "#").map(String.init)
        if pieces.count == 2, let weekday = Self.number(pieces[0], 1...7, Self.dayNames), let turn = Int(pieces[1]),
            (1...5).contains(turn)
        {
            dayOfWeek = .weekday(weekday, turn)
        } else if parts[4] == "L" {
            dayOfWeek = .numbers([7])
        } else if parts[4].hasSuffix("L"), let weekday = Self.number(String(parts[4].dropLast()), 1...7, Self.dayNames) {
            dayOfWeek = .weekday(weekday, 0)
        } else {
            guard let day = Self.day(parts[4], 1...7, Self.dayNames) else { return nil }
            dayOfWeek = day
        }
    }

    private static func day(_ text: String, _ range: ClosedRange<Int>, _ names: [String]) -> Day? {
        if text == "*" || text == "?" { return .any }
        return numbers(text, range, names).map { .numbers($0) }
    }

    private static func number(_ text: String, _ range: ClosedRange<Int>, _ names: [String]) -> Int? {
        if let index = names.firstIndex(of: text) { return range.lowerBound + index }
        return Int(text).flatMap { range.contains($0) ? $0 : nil }
    }

    /// Lists, ranges and steps.
    private static func numbers(_ text: String, _ range: ClosedRange<Int>, _ names: [String]) -> Set<Int>? {
        var found: Set<Int> = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = item.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard (1...2).contains(halves.count) else { return nil }
            let bounds = halves[0].split(separator: "-", omittingEmptySubsequences: false).map(String.init)
            var (low, high) = (range.lowerBound, range.upperBound)
            if halves[0] != "*" {
                guard (1...2).contains(bounds.count), let first = number(bounds[0], range, names) else { return nil }
                low = first
                if bounds.count == 2 {
                    guard let second = number(bounds[1], range, names), second >= first else { return nil }
                    high = second
                } else if halves.count == 1 {
                    high = first
                }
            }
            guard let step = halves.count == 2 ? Int(halves[1]) : 1, step > 0 else { return nil }
            found.formUnion(stride(from: low, through: high, by: step))
        }
        return found
    }

    /// The first match after `moment`; nil if there is none for years.
    func next(after moment: Timestamp) -> Timestamp? {
        let today = moment.seconds / 86_400
        for day in today...(today + Int64(Self.daysAhead)) {
            let date = CivilTime(Timestamp(seconds: day * 86_400))
            guard months.contains(date.month), matches(date, day) else { continue }
            for hour in hours {
                let start = Timestamp(seconds: day * 86_400 + Int64(hour) * 3_600)
                if start > moment { return start }
            }
        }
        return nil
    }

    private func matches(_ date: CivilTime, _ day: Int64) -> Bool {
        let next = date.month == 12 ? (date.year + 1, 1) : (date.year, date.month + 1)
        let first = CivilTime.days(year: date.year, month: date.month, day: 1)
        let length = Int(CivilTime.days(year: next.0, month: next.1, day: 1) - first)
        let isMonthDay =
            switch dayOfMonth {
            case .any, .weekday: true
            case .numbers(let days): days.contains(date.day)
            case .last: date.day == length
            case .nearestWeekday(let wanted): date.day == Self.nearestWeekday(min(wanted, length), first, length)
            }
        let weekday = date.weekday + 1
        let isWeekday =
            switch dayOfWeek {
            case .any, .last, .nearestWeekday: true
            case .numbers(let days): days.contains(weekday)
            case .weekday(let wanted, 0): weekday == wanted && date.day + 7 > length
            case .weekday(let wanted, let turn): weekday == wanted && (date.day - 1) / 7 + 1 == turn
            }
        return isMonthDay && isWeekday
    }

    private static func nearestWeekday(_ day: Int, _ first: Int64, _ length: Int) -> Int {
        let weekday = CivilTime(Timestamp(seconds: (first + Int64(day) - 1) * 86_400)).weekday
        switch weekday {
        case 6: return day > 1 ? day - 1 : day + 2
        case 0: return day < length ? day + 1 : day - 2
        default: return day
        }
    }
}
