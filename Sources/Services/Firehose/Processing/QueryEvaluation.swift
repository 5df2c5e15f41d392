import Documents

/// Why a query has no value for a record, in jq's words as far as they go.
struct QueryFailure: Error, Sendable { let message: String }

extension QueryExpression {
    func value(of input: Document) throws(QueryFailure) -> Document {
        switch self {
        case .identity: return input
        case .literal(let value): return value
        case .field(let base, let index): return try Self.member(of: base.value(of: input), index.value(of: input))
        case .slice(let base, let from, let to):
            return try Self.slice(try base.value(of: input), try from?.value(of: input), try to?.value(of: input))
        case .pipe(let left, let right): return try right.value(of: left.value(of: input))
        case .otherwise(let left, let right):
            if let value = try? left.value(of: input), value != .null, value != .bool(false) { return value }
            return try right.value(of: input)
        case .arithmetic(let sign, let left, let right):
            return try Self.calculate(sign, left.value(of: input), right.value(of: input))
        case .attempt(let inner): return (try? inner.value(of: input)) ?? .null
        case .object(let pairs):
            var members: Members = [:]
            for (key, value) in pairs {
                guard case .string(let name) = try key.value(of: input) else {
                    throw QueryFailure(message: "Object keys must be strings")
                }
                members[name] = try value.value(of: input)
            }
            return .map(members)
        case .call(let function, let arguments):
            var values: [Document] = []
            for argument in arguments { values.append(try argument.value(of: input)) }
            return try function.apply(to: input, values)
        }
    }

    private static func member(of base: Document, _ index: Document) throws(QueryFailure) -> Document {
        switch (base, index) {
        case (.null, _): return .null
        case (.map(let members), .string(let name)): return members[name] ?? .null
        case (.list(let elements), _):
            guard let number = index.double else { break }
            let place = Int(number.rounded(.down))
            let at = place < 0 ? elements.count + place : place
            return elements.indices.contains(at) ? elements[at] : .null
        default: break
        }
        throw QueryFailure(message: "Cannot index \(base.kindName) with \(index.kindName)")
    }

    private static func slice(_ base: Document, _ from: Document?, _ to: Document?) throws(QueryFailure) -> Document {
        func bounds(_ count: Int) -> Range<Int> {
            func place(_ given: Document?, _ fallback: Int) -> Int {
                guard let number = given?.double else { return fallback }
                let at = Int(max(-1e9, min(1e9, number)))
                return min(max(at < 0 ? count + at : at, 0), count)
            }
            let start = place(from, 0)
            return start..<max(start, place(to, count))
        }
        switch base {
        case .null: return .null
        case .string(let text):
            let characters = Array(text.unicodeScalars)
            var cut = String.UnicodeScalarView()
            cut.append(contentsOf: characters[bounds(characters.count)])
            return .string(String(cut))
        case .list(let elements): return .list(Array(elements[bounds(elements.count)]))
        default: throw QueryFailure(message: "Cannot index \(base.kindName) with object")
        }
    }

    private static func calculate(_ sign: Character, _ left: Document, _ right: Document) throws(QueryFailure) -> Document {
        if sign == "+" {
            switch (left, right) {
            case (.null, let other), (let other, .null): return other
            case (.string(let one), .string(let two)): return .string(one + two)
            case (.list(let one), .list(let two)): return .list(one + two)
            default: break
            }
        }
        guard let one = left.double, let two = right.double else {
            throw QueryFailure(message: "\(left.kindName) and \(right.kindName) cannot be calculated with \(sign)")
        }
        switch sign {
        case "+": return number(one + two)
        case "-": return number(one - two)
        case "*": return number(one * two)
        case "/":
            guard two != 0 else { throw QueryFailure(message: "number and number cannot be divided because the divisor is zero") }
            return number(one / two)
        default:
            guard let whole = Int64(exactly: one.rounded(.towardZero)), let by = Int64(exactly: two.rounded(.towardZero)),
                by != 0,
                by != -1
            else { throw QueryFailure(message: "number and number cannot be divided because the divisor is zero") }
            return .integer(whole % by)
        }
    }

    /// A number as jq writes it: whole ones without a point.
    static func number(_ value: Double) -> Document { Int64(exactly: value).map { .integer($0) } ?? .double(value) }
}

extension Document {
    var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer, .double, .numeral, .timestamp: "number"
        case .string, .blob: "string"
        case .list: "array"
        case .map: "object"
        }
    }
}

extension QueryFunction {
    func apply(to input: Document, _ arguments: [Document]) throws(QueryFailure) -> Document {
        switch self {
        case .tostring: return input.string == nil ? .string(JSON.text(input)) : input
        case .tojson: return .string(JSON.text(input))
        case .fromjson:
            guard let value = try? JSON.parse(try text(input)) else { throw QueryFailure(message: "The text is not valid JSON") }
            return value
        case .tonumber:
            if input.double != nil { return input }
            guard let value = try? JSON.parse(try text(input)), value.double != nil else {
                throw QueryFailure(message: "Cannot be parsed as a number")
            }
            return value
        case .length:
            switch input {
            case .null: return 0
            case .string(let text): return .integer(Int64(text.unicodeScalars.count))
            case .list(let elements): return .integer(Int64(elements.count))
            case .map(let members): return .integer(Int64(members.count))
            default: return QueryExpression.number(abs(try number(input)))
            }
        case .type: return .string(input.kindName)
        case .not: return .bool(input == .null || input == .bool(false))
        case .floor: return QueryExpression.number(try number(input).rounded(.down))
        case .ceil: return QueryExpression.number(try number(input).rounded(.up))
        case .round: return QueryExpression.number(try number(input).rounded())
        case .first: return try list(input).first ?? .null
        case .last: return try list(input).last ?? .null
        case .asciiDowncase:
            return .string(String(decoding: try text(input).utf8.map { $0 >= 65 && $0 <= 90 ? $0 + 32 : $0 }, as: UTF8.self))
        case .asciiUpcase:
            return .string(String(decoding: try text(input).utf8.map { $0 >= 97 && $0 <= 122 ? $0 - 32 : $0 }, as: UTF8.self))
        case .ltrimstr:
            guard let whole = input.string, let part = arguments[0].string, whole.hasPrefix(part) else { return input }
            return .string(String(whole.dropFirst(part.count)))
        case .rtrimstr:
            guard let whole = input.string, let part = arguments[0].string, whole.hasSuffix(part) else { return input }
            return .string(String(whole.dropLast(part.count)))
        case .startswith: return .bool(try text(input).hasPrefix(try text(arguments[0])))
        case .endswith: return .bool(try text(input).hasSuffix(try text(arguments[0])))
        case .split:
            let separator = try text(arguments[0])
            guard !separator.isEmpty else { return .list(try text(input).map { .string(String($0)) }) }
            return .list(
                try text(input).split(separator: separator, omittingEmptySubsequences: false).map { .string(String($0)) })
        case .join:
            var parts: [String] = []
            for element in try list(input) { parts.append(element.string ?? (element == .null ? "" : JSON.text(element))) }
            return .string(parts.joined(separator: try text(arguments[0])))
        case .strftime: return .string(try QueryTime.format(try moment(input), try text(arguments[0])))
        case .strptime: return try QueryTime.broken(QueryTime.parse(try text(input), try text(arguments[0])))
        case .mktime: return QueryExpression.number(Double(try moment(input).seconds))
        case .gmtime: return QueryTime.broken(try moment(input))
        case .todate, .todateiso8601: return .string(try QueryTime.format(try moment(input), "%Y-%m-%dT%H:%M:%SZ"))
        case .fromdate, .fromdateiso8601:
            return .integer(try QueryTime.parse(try text(input), "%Y-%m-%dT%H:%M:%SZ").seconds)
        }
    }

    private func text(_ value: Document) throws(QueryFailure) -> String {
        guard let text = value.string else { throw QueryFailure(message: "\(rawValue) needs a string, not \(value.kindName)") }
        return text
    }

    private func number(_ value: Document) throws(QueryFailure) -> Double {
        guard let number = value.double else { throw QueryFailure(message: "\(value.kindName) number required") }
        return number
    }

    private func list(_ value: Document) throws(QueryFailure) -> [Document] {
        guard let list = value.list else { throw QueryFailure(message: "Cannot index \(value.kindName) with number") }
        return list
    }

    /// Seconds, or broken down time.
    private func moment(_ value: Document) throws(QueryFailure) -> Timestamp {
        if let parts = value.list { return try QueryTime.joined(parts) }
        guard let seconds = value.double, let moment = Timestamp(epochSeconds: seconds.rounded(.down)) else {
            throw QueryFailure(message: "\(rawValue)/1 requires parsed datetime inputs")
        }
        return moment
    }
}
