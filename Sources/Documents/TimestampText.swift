/// A UTC date and time of day, split into its parts (proleptic Gregorian calendar).
public struct CivilTime: Sendable, Hashable {
    public var year, month, day, hour, minute, second, microsecond: Int
    /// 0 is Sunday.
    public var weekday: Int

    /// Howard Hinnant's `civil_from_days` (https://howardhinnant.github.io/date_algorithms.html).
    public init(_ timestamp: Timestamp) {
        let seconds = timestamp.seconds
        microsecond = Int(timestamp.microseconds - seconds * 1_000_000)
        let days = seconds.floorDivided(by: 86_400)
        let rest = Int(seconds - days * 86_400)
        (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60)
        weekday = Int(((days + 4) % 7 + 7) % 7)
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01 of a date (`days_from_civil` of the same page).
    public static func days(year: Int, month: Int, day: Int) -> Int64 {
        let shiftedYear = Int64(month <= 2 ? year - 1 : year)
        let era = shiftedYear.floorDivided(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

extension Timestamp {
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

    /// `2026-11-21T05:30:11Z`, or with three digits of milliseconds.
    public func iso8601(milliseconds: Bool = false) -> String { iso8601(milliseconds, zone: "Z") }

    /// `2026-11-21T05:30:11+0000`: ISO 8601's zone without a colon, as Lambda writes its dates.
    public func iso8601Offset(milliseconds: Bool = false) -> String { iso8601(milliseconds, zone: "+0000") }

    private func iso8601(_ milliseconds: Bool, zone: String) -> String {
        written { text, time in
            text.date(time, separator: "-")
            text.append("T")
            text.clock(time, separator: ":")
            if milliseconds {
                text.append(".")
                text.append(time.microsecond / 1_000, 3)
            }
            text.append(zone)
        }
    }

    /// `20261121T053011Z`, the form of `X-Amz-Date`.
    public func iso8601Basic() -> String {
        written { text, time in
            text.date(time, separator: "")
            text.append("T")
            text.clock(time, separator: "")
            text.append("Z")
        }
    }

    /// `Sat, 21 Nov 2026 05:30:11 GMT` (RFC 9110 IMF-fixdate).
    public func httpDate() -> String {
        written { text, time in
            text.append(Self.weekdays[time.weekday])
            text.append(", ")
            text.append(time.day, 2)
            text.append(" ")
            text.append(Self.months[time.month - 1])
            text.append(" ")
            text.append(time.year, 4)
            text.append(" ")
            text.clock(time, separator: ":")
            text.append(" GMT")
        }
    }

    /// `21/Nov/2026:05:30:11 +0000`, the form of web servers' logs.
    public func logDate() -> String {
        written { text, time in
            text.append(time.day, 2)
            text.append("/")
            text.append(Self.months[time.month - 1])
            text.append("/")
            text.append(time.year, 4)
            text.append(":")
            text.clock(time, separator: ":")
            text.append(" +0000")
        }
    }

    /// `Sat Nov 21 05:30:11 UTC 2026`, the form of `date` and of Java's `Date`.
    public func unixDate() -> String {
        written { text, time in
            text.append(Self.weekdays[time.weekday])
            text.append(" ")
            text.append(Self.months[time.month - 1])
            text.append(" ")
            text.append(time.day, 2)
            text.append(" ")
            text.clock(time, separator: ":")
            text.append(" UTC ")
            text.append(time.year, 4)
        }
    }

    /// What a form puts into the buffer.
    @inline(__always)
    private func written(_ form: (inout DigitBuffer, CivilTime) -> Void) -> String {
        let time = CivilTime(self)
        return String(unsafeUninitializedCapacity: DigitBuffer.size) { buffer in
            var text = DigitBuffer(buffer)
            form(&text, time)
            return text.count
        }
    }

    /// Reads RFC 3339 with `Z` or an offset, and the basic form of `X-Amz-Date`; nil for anything else.
    public init?(iso8601 text: String) {
        var text = text
        guard let time = text.withUTF8({ Self(iso8601: $0) }) else { return nil }
        self = time
    }

    private init?(iso8601 text: UnsafeBufferPointer<UInt8>) {
        var digits = Scanner(text)
        let basic = text.count == 16 && !text.contains(UInt8(ascii: "-"))
        func separator(_ character: Unicode.Scalar, _ scanner: inout Scanner) -> Bool { basic || scanner.skip(character) }
        guard let year = digits.number(4), separator("-", &digits), let month = digits.number(2),
            separator("-", &digits), let day = digits.number(2), digits.skip("T") || digits.skip("t") || digits.skip(" "),
            let hour = digits.number(2), separator(":", &digits), let minute = digits.number(2),
            separator(":", &digits), let second = digits.number(2)
        else { return nil }
        var fraction = 0
        if digits.skip(".") {
            guard let value = digits.fractionInMicroseconds() else { return nil }
            fraction = value
        }
        guard let offset = digits.zone(), digits.isAtEnd else { return nil }
        self.init(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        microseconds += Int64(fraction) - Int64(offset) * 60_000_000
    }

    /// Reads IMF-fixdate with any of UTC's names, and the two forms that HTTP had before it (RFC 9110, section 5.6.7); nil for
    /// anything else.
    public init?(httpDate text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        if parts.count == 6, parts[0].hasSuffix(",") {
            // Sat, 21 Nov 2026 05:30:11 GMT
            guard ["GMT", "UTC", "+0000", "-0000"].contains(parts[5]) else { return nil }
            self.init(day: parts[1], month: parts[2], year: Int(parts[3]), clock: parts[4])
        } else if parts.count == 4, parts[0].hasSuffix(","), parts[3] == "GMT" {
            // Saturday, 21-Nov-26 05:30:11 GMT
            let date = parts[1].split(separator: "-", omittingEmptySubsequences: false)
            guard date.count == 3, date[2].utf8.count == 2, let year = Int(date[2]) else { return nil }
            self.init(day: date[0], month: date[1], year: year + (year < 70 ? 2_000 : 1_900), clock: parts[2])
        } else {
            // Sat Nov 21 05:30:11 2026, a day of one digit after two blanks
            let words = parts.filter { !$0.isEmpty }
            guard words.count == 5, Self.weekdays.contains(String(words[0])) else { return nil }
            self.init(day: words[2], month: words[1], year: Int(words[4]), clock: words[3])
        }
    }

    private init?(day: Substring, month: Substring, year: Int?, clock: Substring) {
        guard let day = Int(day), let month = Self.months.firstIndex(of: String(month)), let year else { return nil }
        let clock = clock.split(separator: ":").map { Int($0) }
        guard clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2] else { return nil }
        self.init(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
    }

    /// A moment from its UTC parts; nil if one is out of its range. A leap second counts as the second after it.
    public init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let length =
            switch month {
            case 2: leap ? 29 : 28
            case 4, 6, 9, 11: 30
            default: 31
            }
        guard (0...9_999).contains(year), (1...12).contains(month), (1...length).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        let days = CivilTime.days(year: year, month: month, day: day)
        self.init(seconds: days * 86_400 + Int64(hour * 3_600 + minute * 60 + second))
    }
}

/// Puts texts and numbers into a string's own bytes: times are written several times for each request.
private struct DigitBuffer {
    /// Enough for any form with the widest year that 64 bits of microseconds have.
    static let size = 48
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(_ buffer: UnsafeMutableBufferPointer<UInt8>) { self.buffer = buffer }

    mutating func append(_ text: String) {
        for byte in text.utf8 {
            buffer[count] = byte
            count += 1
        }
    }

    /// `value` with leading zeros up to `width`.
    mutating func append(_ value: Int, _ width: Int) {
        var (limit, digits) = (1, 0)
        while digits < width {
            limit *= 10
            digits += 1
        }
        guard value >= 0, value < limit else { return append(String(value)) }
        var rest = value
        for place in stride(from: count + width - 1, through: count, by: -1) {
            buffer[place] = UInt8(48 + rest % 10)
            rest /= 10
        }
        count += width
    }

    mutating func date(_ time: CivilTime, separator: String) {
        append(time.year, 4)
        append(separator)
        append(time.month, 2)
        append(separator)
        append(time.day, 2)
    }

    mutating func clock(_ time: CivilTime, separator: String) {
        append(time.hour, 2)
        append(separator)
        append(time.minute, 2)
        append(separator)
        append(time.second, 2)
    }
}

/// Reads fixed-width numbers and separators off the front of a text.
private struct Scanner {
    private var rest: Slice<UnsafeBufferPointer<UInt8>>
    init(_ text: UnsafeBufferPointer<UInt8>) { rest = text[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    mutating func number(_ width: Int) -> Int? {
        let digits = rest.prefix(width)
        guard digits.count == width, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        rest = rest.dropFirst(width)
        return digits.reduce(0) { $0 * 10 + Int($1) - 48 }
    }

    mutating func fractionInMicroseconds() -> Int? {
        let digits = rest.prefix { (48...57).contains($0) }
        guard (1...9).contains(digits.count) else { return nil }
        rest = rest.dropFirst(digits.count)
        var value = digits.prefix(6).reduce(0) { $0 * 10 + Int($1) - 48 }
        for _ in 0..<max(0, 6 - digits.count) { value *= 10 }
        return value
    }

    /// Minutes east of UTC.
    mutating func zone() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
        return sign * (hours * 60 + minutes)
    }
}
