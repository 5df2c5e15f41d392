import Documents

/// A moment in a time zone, written by Java's date patterns
/// (https://docs.oracle.com/javase/8/docs/api/java/time/format/DateTimeFormatter.html).
struct ZonedTime: Sendable {
    private let civil: CivilTime
    private let offset: Int
    private let zone: String

    /// - Parameter zone: of the tz database; nil and an empty name are UTC.
    init(_ moment: Timestamp, zone name: String?) {
        let rules = name.flatMap { $0.isEmpty ? nil : TimeZoneRules.named($0) }
        offset = rules?.offset(at: moment.seconds) ?? 0
        civil = CivilTime(moment + .seconds(offset))
        zone = rules == nil ? "UTC" : name ?? "UTC"
    }

    private static let letters: Set<Character> = [
        "y", "u", "Y", "M", "L", "d", "D", "H", "h", "k", "K", "m", "s", "S", "a", "E", "e", "n", "A", "Z", "x", "X", "z", "V",
        "Q", "q", "w", "G",
    ]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]
    private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    /// Whether a pattern has only letters that are understood, and its quotes closed.
    static func isPattern(_ pattern: String) -> Bool {
        var isQuoted = false
        for character in pattern {
            if character == "'" { isQuoted.toggle() }
            let isLetter = character.isASCII && character.isLetter
            if !isQuoted, isLetter, !letters.contains(character) { return false }
            if !isQuoted, "{}[]#".contains(character) { return false }
        }
        return !pattern.isEmpty && !isQuoted
    }

    func format(_ pattern: String) -> String {
        var text = ""
        var characters = Array(pattern)[...]
        while let first = characters.first {
            if first == "'" {
                characters.removeFirst()
                if characters.first == "'" {
                    text.append("'")
                    characters.removeFirst()
                    continue
                }
                text += Self.quoted(&characters)
            } else if Self.letters.contains(first) {
                let run = characters.prefix { $0 == first }
                characters.removeFirst(run.count)
                text += field(first, run.count)
            } else {
                text.append(first)
                characters.removeFirst()
            }
        }
        return text
    }

    private static func quoted(_ characters: inout ArraySlice<Character>) -> String {
        var text = ""
        while let next = characters.popFirst() {
            if next == "'" {
                guard characters.first == "'" else { return text }
                characters.removeFirst()
            }
            text.append(next)
        }
        return text
    }

    private func field(_ letter: Character, _ count: Int) -> String {
        switch letter {
        case "y", "u", "Y": count == 2 ? Self.number(civil.year % 100, 2) : Self.number(civil.year, count)
        case "M", "L": count < 3 ? Self.number(civil.month, count) : Self.name(Self.months[civil.month - 1], count)
        case "d": Self.number(civil.day, count)
        case "D": Self.number(dayOfYear, count)
        case "H": Self.number(civil.hour, count)
        case "k": Self.number(civil.hour == 0 ? 24 : civil.hour, count)
        case "K": Self.number(civil.hour % 12, count)
        case "h": Self.number((civil.hour + 11) % 12 + 1, count)
        case "m": Self.number(civil.minute, count)
        case "s": Self.number(civil.second, count)
        case "S": String((Self.number(civil.microsecond, 6) + "000000000").prefix(count))
        case "n": Self.number(civil.microsecond * 1_000, count)
        case "A": Self.number(((civil.hour * 60 + civil.minute) * 60 + civil.second) * 1_000 + civil.microsecond / 1_000, count)
        case "a": civil.hour < 12 ? "AM" : "PM"
        case "E": Self.name(Self.days[civil.weekday], count < 4 ? 3 : count)
        case "e": count < 3 ? Self.number(civil.weekday + 1, count) : Self.name(Self.days[civil.weekday], count)
        case "Q", "q": count < 3 ? Self.number((civil.month + 2) / 3, count) : "Q\((civil.month + 2) / 3)"
        case "w": Self.number((dayOfYear - 1) / 7 + 1, count)
        case "G": "AD"
        case "Z": shift(colon: count == 5, zero: count == 5 ? "Z" : nil)
        case "x": shift(colon: count == 3 || count == 5, zero: nil, hoursOnly: count == 1)
        case "X": shift(colon: count == 3 || count == 5, zero: "Z", hoursOnly: count == 1)
        default: zone
        }
    }

    private var dayOfYear: Int {
        Int(
            CivilTime.days(year: civil.year, month: civil.month, day: civil.day)
                - CivilTime.days(year: civil.year, month: 1, day: 1))
            + 1
    }

    private func shift(colon: Bool, zero: String?, hoursOnly: Bool = false) -> String {
        if offset == 0, let zero { return zero }
        let minutes = abs(offset) / 60
        let head = (offset < 0 ? "-" : "+") + Self.number(minutes / 60, 2)
        if hoursOnly, minutes % 60 == 0 { return head }
        return head + (colon ? ":" : "") + Self.number(minutes % 60, 2)
    }

    private static func number(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func name(_ name: String, _ count: Int) -> String {
        count == 3 ? String(name.prefix(3)) : count == 5 ? String(name.prefix(1)) : name
    }
}
