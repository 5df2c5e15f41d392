/// AWS's six fields in UTC: minutes, hours, day of month, month, day of week, year
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html#eb-cron-expressions).
public struct CronExpression: Sendable, Hashable {
    private enum Day: Hashable {
        case any
        case numbers(Set<Int>)
        case last
        /// The last weekday of the month.
        case lastWeekday
        /// The nearest weekday to a day of the month.
        case nearestWeekday(Int)
        /// The k-th of a weekday in the month; 0 for the last.
        case weekday(Int, Int)
    }
    /// The minutes of an hour on which it comes, in order.
    public let minutes: [Int]
    /// The hours of a day on which it comes, in order.
    public let hours: [Int]
    private let months: Set<Int>
    private let years: Set<Int>
    /// Whether it comes in every year that the field can name.
    public var isYearly: Bool { years.count == Self.yearRange.count }
    private let dayOfMonth: Day
    private let dayOfWeek: Day

    private static let monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    private static let dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
    private static let yearRange = 1970...2199

    /// - Parameter fields: what stands between the parentheses; nil for what is not such an expression.
    public init?(_ fields: some StringProtocol) {
        let parts = fields.split(separator: " ").map { $0.uppercased() }
        guard parts.count == 6, let minutes = Self.numbers(parts[0], 0...59, []), let hours = Self.numbers(parts[1], 0...23, []),
            let months = Self.numbers(parts[3], 1...12, Self.monthNames), let years = Self.numbers(parts[5], Self.yearRange, [])
        else { return nil }
        (self.minutes, self.hours) = (minutes.sorted(), hours.sorted())
        (self.months, self.years) = (months, years)
        // Exactly one of the two days is left open.
        guard (parts[2] == "?") != (parts[4] == "?") else { return nil }
        guard let day = Self.dayOfMonth(parts[2]), let weekday = Self.dayOfWeek(parts[4]) else { return nil }
        (dayOfMonth, dayOfWeek) = (day, weekday)
    }

    private static func dayOfMonth(_ text: String) -> Day? {
        if text == "*" || text == "?" { return .any }
        if text == "L" { return .last }
        if text == "LW" { return .lastWeekday }
        if text.hasSuffix("W") {
            guard let day = Int(text.dropLast()), (1...31).contains(day) else { return nil }
            return .nearestWeekday(day)
        }
        return numbers(text, 1...31, []).map { .numbers($0) }
    }

    private static func dayOfWeek(_ text: String) -> Day? {
        if text == "*" || text == "?" { return .any }
        let pieces = text.split(separator: "#").map(String.init)
        if pieces.count == 2 {
            guard let weekday = number(pieces[0], 1...7, dayNames), let turn = Int(pieces[1]), (1...5).contains(turn) else {
                return nil
            }
            return .weekday(weekday, turn)
        }
        if text == "L" { return .numbers([7]) }
        if text.hasSuffix("L"), let weekday = number(String(text.dropLast()), 1...7, dayNames) { return .weekday(weekday, 0) }
        return numbers(text, 1...7, dayNames).map { .numbers($0) }
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
            // "/8" starts where "*/8" does.
            if halves[0] != "*" && !(halves[0].isEmpty && halves.count == 2) {
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

    /// The first match after `moment`, in whole minutes; nil if there is none any more.
    public func next(after moment: Timestamp) -> Timestamp? {
        var day = moment.seconds / 86_400
        while true {
            let date = CivilTime(Timestamp(seconds: day * 86_400))
            guard date.year <= Self.yearRange.upperBound else { return nil }
            guard years.contains(date.year) else {
                guard let year = years.filter({ $0 > date.year }).min() else { return nil }
                day = CivilTime.days(year: year, month: 1, day: 1)
                continue
            }
            if months.contains(date.month), matches(date) {
                for hour in hours {
                    for minute in minutes {
                        let start = Timestamp(seconds: day * 86_400 + Int64(hour * 3_600 + minute * 60))
                        if start > moment { return start }
                    }
                }
            }
            day += 1
        }
    }

    private func matches(_ date: CivilTime) -> Bool {
        let next = date.month == 12 ? (date.year + 1, 1) : (date.year, date.month + 1)
        let first = CivilTime.days(year: date.year, month: date.month, day: 1)
        let length = Int(CivilTime.days(year: next.0, month: next.1, day: 1) - first)
        let isMonthDay =
            switch dayOfMonth {
            case .any, .weekday: true
            case .numbers(let days): days.contains(date.day)
            case .last: date.day == length
            case .lastWeekday: date.day == Self.nearestWeekday(length, first, length)
            case .nearestWeekday(let wanted): date.day == Self.nearestWeekday(min(wanted, length), first, length)
            }
        let weekday = date.weekday + 1
        let isWeekday =
            switch dayOfWeek {
            case .any, .last, .lastWeekday, .nearestWeekday: true
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
