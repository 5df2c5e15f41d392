import Documents

/// jq's dates: C's strftime and strptime in UTC, and broken down time (year, month from 0, day, hours, minutes, seconds,
/// weekday, day of the year from 0).
enum QueryTime {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]
    private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    static func broken(_ moment: Timestamp) -> Document {
        let civil = CivilTime(moment)
        let parts = [
            civil.year, civil.month - 1, civil.day, civil.hour, civil.minute, civil.second, civil.weekday, dayOfYear(civil),
        ]
        return .list(parts.map { .integer(Int64($0)) })
    }

    static func joined(_ parts: [Document]) throws(QueryFailure) -> Timestamp {
        let numbers = parts.compactMap(\.double).map { Int(max(-1e6, min(1e6, $0))) }
        guard numbers.count == parts.count, numbers.count >= 6,
            let moment = Timestamp(
                year: numbers[0], month: numbers[1] + 1, day: numbers[2], hour: numbers[3], minute: numbers[4], second: numbers[5]
            )
        else { throw QueryFailure(message: "mktime requires parsed datetime inputs") }
        return moment
    }

    private static func dayOfYear(_ civil: CivilTime) -> Int {
        Int(
            CivilTime.days(year: civil.year, month: civil.month, day: civil.day)
                - CivilTime.days(year: civil.year, month: 1, day: 1))
    }

    private static func two(_ value: Int, _ width: Int = 2, _ fill: String = "0") -> String {
        let digits = String(value)
        return String(repeating: fill, count: max(0, width - digits.count)) + digits
    }

    static func format(_ moment: Timestamp, _ pattern: String) throws(QueryFailure) -> String {
        let civil = CivilTime(moment)
        var text = ""
        var characters = pattern[...]
        while let character = characters.popFirst() {
            guard character == "%", let letter = characters.popFirst() else {
                text.append(character)
                continue
            }
            switch letter {
            case "Y": text += two(civil.year, 4)
            case "y": text += two(civil.year % 100)
            case "C": text += two(civil.year / 100)
            case "m": text += two(civil.month)
            case "d": text += two(civil.day)
            case "e": text += two(civil.day, 2, " ")
            case "H": text += two(civil.hour)
            case "I": text += two((civil.hour + 11) % 12 + 1)
            case "M": text += two(civil.minute)
            case "S": text += two(civil.second)
            case "j": text += two(dayOfYear(civil) + 1, 3)
            case "B": text += months[civil.month - 1]
            case "b", "h": text += months[civil.month - 1].prefix(3)
            case "A": text += days[civil.weekday]
            case "a": text += days[civil.weekday].prefix(3)
            case "p": text += civil.hour < 12 ? "AM" : "PM"
            case "u": text += String(civil.weekday == 0 ? 7 : civil.weekday)
            case "w": text += String(civil.weekday)
            case "s": text += String(moment.seconds)
            case "Z": text += "UTC"
            case "z": text += "+0000"
            case "n": text += "\n"
            case "t": text += "\t"
            case "%": text += "%"
            case "F": text += try format(moment, "%Y-%m-%d")
            case "T": text += try format(moment, "%H:%M:%S")
            case "R": text += try format(moment, "%H:%M")
            case "D": text += try format(moment, "%m/%d/%y")
            default: throw QueryFailure(message: "strftime/1: unknown conversion %\(letter)")
            }
        }
        return text
    }

    static func parse(_ text: String, _ pattern: String) throws(QueryFailure) -> Timestamp {
        let failure = QueryFailure(message: "date \"\(text)\" does not match format \"\(pattern)\"")
        let spelled = pattern.replacing("%F", with: "%Y-%m-%d").replacing("%T", with: "%H:%M:%S").replacing("%R", with: "%H:%M")
        var rest = text[...]
        var (year, month, day, hour, minute, second, shift) = (1970, 1, 1, 0, 0, 0, 0)
        func number(_ width: Int) throws(QueryFailure) -> Int {
            let digits = rest.prefix(width).prefix { $0.isASCII && $0.isNumber }
            guard let value = Int(digits) else { throw failure }
            rest = rest.dropFirst(digits.count)
            return value
        }
        func name(_ names: [String]) throws(QueryFailure) -> Int {
            for (index, name) in names.enumerated() {
                for form in [name, String(name.prefix(3))] where rest.lowercased().hasPrefix(form.lowercased()) {
                    rest = rest.dropFirst(form.count)
                    return index
                }
            }
            throw failure
        }
        var characters = spelled[...]
        while let character = characters.popFirst() {
            guard character == "%", let letter = characters.popFirst() else {
                guard rest.popFirst() == character else { throw failure }
                continue
            }
            switch letter {
            case "Y": year = try number(4)
            case "m": month = try number(2)
            case "d", "e": day = try number(2)
            case "H": hour = try number(2)
            case "M": minute = try number(2)
            case "S": second = try number(2)
            case "B", "b", "h": month = try name(months) + 1
            case "A", "a": _ = try name(days)
            case "Z": rest = rest.drop { $0.isLetter }
            case "z":
                if rest.first == "Z" {
                    rest.removeFirst()
                } else {
                    guard let sign = rest.popFirst(), sign == "+" || sign == "-" else { throw failure }
                    let hours = try number(2)
                    if rest.first == ":" { rest.removeFirst() }
                    shift = (hours * 60 + (try number(2))) * (sign == "-" ? -60 : 60)
                }
            case "%": guard rest.popFirst() == "%" else { throw failure }
            default: throw QueryFailure(message: "strptime/1: unknown conversion %\(letter)")
            }
        }
        guard rest.isEmpty, (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61,
            let moment = Timestamp(year: year, month: month, day: day, hour: hour, minute: minute, second: min(second, 59))
        else { throw failure }
        return moment - .seconds(shift)
    }
}
