import Documents

/// When a place's clocks stand how far from UTC: a compiled time zone file (RFC 9636).
public struct TimeZoneRules: Sendable, Hashable {
    /// Seconds since 1970 of each change, and the offset after it in seconds east of UTC.
    private var changes: [Int64] = []
    private var offsets: [Int] = []
    private var before = 0
    /// For the time after the last change.
    private var rest: PosixTimeZone?

    public static let utc = TimeZoneRules()
    private init() {}

    /// - Parameter file: the bytes of a file of version 2 or later; nil for what is none.
    init?(_ file: [UInt8]) {
        guard let old = Header(file, at: 0), old.version >= UInt8(ascii: "2") else { return nil }
        let start = Header.size + old.length(timeBytes: 4)
        guard let header = Header(file, at: start), header.types > 0 else { return nil }
        let times = start + Header.size
        let indexes = times + header.times * 8
        let types = indexes + header.times
        let end = times + header.length(timeBytes: 8)
        guard end < file.count, file[end] == UInt8(ascii: "\n") else { return nil }
        let all = (0..<header.types).map { Int(Int32(truncatingIfNeeded: Self.number(file, types + $0 * 6, bytes: 4))) }
        before = all[0]
        for index in 0..<header.times {
            let type = Int(file[indexes + index])
            guard type < all.count else { return nil }
            changes.append(Self.number(file, times + index * 8, bytes: 8))
            offsets.append(all[type])
        }
        let footer = file[(end + 1)...].prefix { $0 != UInt8(ascii: "\n") }
        rest = PosixTimeZone(String(decoding: footer, as: UTF8.self))
    }

    /// Big-endian; four bytes keep their sign by the caller's truncation.
    private static func number(_ file: [UInt8], _ at: Int, bytes: Int) -> Int64 {
        Int64(bitPattern: file[at..<(at + bytes)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    private struct Header {
        static let size = 44
        let version: UInt8
        let times, types, characters, leaps, standards, universals: Int

        init?(_ file: [UInt8], at start: Int) {
            guard file.count >= start + Self.size, Array(file[start..<(start + 4)]) == Array("TZif".utf8) else { return nil }
            version = file[start + 4]
            let counts = (0..<6).map { Int(TimeZoneRules.number(file, start + 20 + $0 * 4, bytes: 4)) }
            (universals, standards, leaps) = (counts[0], counts[1], counts[2])
            (times, types, characters) = (counts[3], counts[4], counts[5])
        }

        func length(timeBytes: Int) -> Int {
            times * (timeBytes + 1) + types * 6 + characters + leaps * (timeBytes + 4) + standards + universals
        }
    }

    /// Seconds east of UTC at a moment.
    func offset(at seconds: Int64) -> Int {
        guard let last = changes.last else { return rest?.offset(at: seconds) ?? before }
        if seconds >= last { return rest?.offset(at: seconds) ?? offsets[offsets.count - 1] }
        guard seconds >= changes[0] else { return before }
        var (low, high) = (0, changes.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if changes[middle] <= seconds { low = middle } else { high = middle - 1 }
        }
        return offsets[low]
    }

    /// What the clocks show at a moment, as if it were UTC.
    func local(_ moment: Timestamp) -> Timestamp { moment + .seconds(offset(at: moment.seconds)) }

    /// The moment at which clocks show `local`: the first one where they show it twice, nil where they never do.
    func moment(_ local: Timestamp) -> Timestamp? {
        // No zone changes twice within a day.
        let offsets = [-86_400, 86_400].map { offset(at: local.seconds + $0) }
        let moments = Set(offsets).map { local - .seconds($0) }.filter { self.local($0) == local }
        return moments.min()
    }

    /// The same for a time that must be some moment: where clocks jump over it, what they show by the time before the jump.
    func momentOrNext(_ local: Timestamp) -> Timestamp {
        moment(local) ?? local - .seconds(offset(at: local.seconds - 86_400))
    }
}

/// The rule for all years to come, `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX's `TZ`, with RFC 9636's longer hours).
struct PosixTimeZone: Sendable, Hashable {
    private enum Day: Hashable {
        /// 1 to 365, never the 29th of February.
        case julian(Int)
        /// 0 to 365.
        case ordinal(Int)
        case weekday(month: Int, week: Int, day: Int)
    }
    private struct Change: Hashable {
        var day: Day
        /// Seconds after local midnight.
        var time: Int
    }
    private var standard = 0
    private struct Summer: Hashable {
        var offset: Int
        var begin: Change
        var end: Change
    }
    private var summer: Summer?

    /// nil for what is no such rule.
    init?(_ text: String) {
        var rest = Substring(text)
        guard Self.name(&rest), let offset = Self.time(&rest) else { return nil }
        standard = -offset
        guard !rest.isEmpty else { return }
        guard Self.name(&rest) else { return nil }
        var summer = standard + 3_600
        if rest.first != ",", let offset = Self.time(&rest) { summer = -offset }
        guard let begin = Self.change(&rest), let end = Self.change(&rest), rest.isEmpty else { return nil }
        self.summer = Summer(offset: summer, begin: begin, end: end)
    }

    private static func name(_ rest: inout Substring) -> Bool {
        if rest.first == "<" {
            guard let close = rest.firstIndex(of: ">") else { return false }
            rest = rest[rest.index(after: close)...]
            return true
        }
        let letters = rest.prefix { $0.isLetter }
        rest = rest.dropFirst(letters.count)
        return letters.count >= 3
    }

    /// `[+-]h[h[h]][:mm[:ss]]` in seconds.
    private static func time(_ rest: inout Substring) -> Int? {
        var sign = 1
        if rest.first == "-" || rest.first == "+" { sign = rest.removeFirst() == "-" ? -1 : 1 }
        var (seconds, unit) = (0, 3_600)
        while true {
            guard let number = number(&rest) else { return nil }
            seconds += number * unit
            unit /= 60
            guard rest.first == ":", unit > 0 else { return sign * seconds }
            rest.removeFirst()
        }
    }

    private static func number(_ rest: inout Substring) -> Int? {
        let digits = rest.prefix { $0.isNumber }
        rest = rest.dropFirst(digits.count)
        return Int(digits)
    }

    private static func change(_ rest: inout Substring) -> Change? {
        guard rest.popFirst() == "," else { return nil }
        let day: Day
        switch rest.first {
        case "M":
            rest.removeFirst()
            guard let month = number(&rest), rest.popFirst() == ".", let week = number(&rest), rest.popFirst() == ".",
                let weekday = number(&rest), (1...12).contains(month), (1...5).contains(week), (0...6).contains(weekday)
            else { return nil }
            day = .weekday(month: month, week: week, day: weekday)
        case "J":
            rest.removeFirst()
            guard let number = number(&rest) else { return nil }
            day = .julian(number)
        default:
            guard let number = number(&rest) else { return nil }
            day = .ordinal(number)
        }
        var time = 2 * 3_600
        if rest.first == "/" {
            rest.removeFirst()
            guard let own = Self.time(&rest) else { return nil }
            time = own
        }
        return Change(day: day, time: time)
    }

    func offset(at seconds: Int64) -> Int {
        guard let summer else { return standard }
        let year = CivilTime(Timestamp(seconds: seconds + Int64(standard))).year
        let begin = Self.moment(summer.begin, year) - Int64(standard)
        let end = Self.moment(summer.end, year) - Int64(summer.offset)
        // South of the equator summer goes over the year's end.
        let isSummer = begin < end ? seconds >= begin && seconds < end : seconds >= begin || seconds < end
        return isSummer ? summer.offset : standard
    }

    /// In local seconds.
    private static func moment(_ change: Change, _ year: Int) -> Int64 {
        let newYear = CivilTime.days(year: year, month: 1, day: 1)
        let days: Int64
        switch change.day {
        case .ordinal(let day): days = newYear + Int64(day)
        case .julian(let day):
            let isLeap = CivilTime.days(year: year, month: 3, day: 1) - newYear == 60
            days = newYear + Int64(day) - 1 + (isLeap && day >= 60 ? 1 : 0)
        case .weekday(let month, let week, let weekday):
            let first = CivilTime.days(year: year, month: month, day: 1)
            let next =
                month == 12
                ? CivilTime.days(year: year + 1, month: 1, day: 1) : CivilTime.days(year: year, month: month + 1, day: 1)
            let firstWeekday = CivilTime(Timestamp(seconds: first * 86_400)).weekday
            var day = first + Int64((weekday - firstWeekday + 7) % 7) + Int64((week - 1) * 7)
            while day >= next { day -= 7 }
            days = day
        }
        return days * 86_400 + Int64(change.time)
    }
}
