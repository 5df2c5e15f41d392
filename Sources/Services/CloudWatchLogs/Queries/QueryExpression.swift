import Foundation
import Policy
import RegularExpressions

/// An expression of a query.
indirect enum QueryExpression: Sendable {
    case literal(QueryValue)
    case field(String)
    /// A field without the masks of a data protection policy.
    case unmasked(String)
    /// A place in a structure: `map.list[1].name`.
    case path(String, [QueryStep])
    /// The result of one of the command's aggregations.
    case aggregate(Int)
    case not(QueryExpression)
    case negative(QueryExpression)
    case binary(String, QueryExpression, QueryExpression)
    case matches(QueryExpression, LinearRegex)
    case contains(QueryExpression, String)
    case isIn(QueryExpression, [QueryExpression])
    case call(QueryFunction, [QueryExpression])

    /// - Parameter results: of the aggregations.
    func value(in row: QueryRow, _ results: [QueryValue] = []) -> QueryValue {
        switch self {
        case .literal(let value): return value
        case .field(let name): return row.value(of: name)
        case .unmasked(let name): return row.whole?[name] ?? row.value(of: name)
        case .path(let name, let steps): return row.value(of: name).item(at: steps)
        case .aggregate(let index): return index < results.count ? results[index] : .null
        case .not(let inner): return .bool(!inner.value(in: row, results).isTrue)
        case .negative(let inner): return inner.value(in: row, results).number.map { .number(-$0) } ?? .null
        case .matches(let inner, let regex):
            return .bool(inner.value(in: row, results).text.map { regex.matches($0) } ?? false)
        case .contains(let inner, let text):
            return .bool(inner.value(in: row, results).text.map { $0.contains(text) } ?? false)
        case .isIn(let inner, let items):
            let value = inner.value(in: row, results)
            return .bool(items.contains { Self.isEqual(value, $0.value(in: row, results)) })
        case .call(let function, let arguments):
            return function.value(arguments.map { $0.value(in: row, results) })
        case .binary(let sign, let left, let right): return binary(sign, left, right, row, results)
        }
    }

    private func binary(
        _ sign: String, _ left: QueryExpression, _ right: QueryExpression, _ row: QueryRow, _ results: [QueryValue]
    ) -> QueryValue {
        let a = left.value(in: row, results)
        if sign == "and" { return .bool(a.isTrue && right.value(in: row, results).isTrue) }
        if sign == "or" { return .bool(a.isTrue || right.value(in: row, results).isTrue) }
        let b = right.value(in: row, results)
        if a.isStructure || b.isStructure { return ["=", "!=", "<", ">", "<=", ">="].contains(sign) ? .bool(false) : .null }
        switch sign {
        case "=": return .bool(Self.isEqual(a, b))
        case "!=": return .bool(!Self.isEqual(a, b))
        case "<": return .bool(a != .null && b != .null && QueryValue.isLess(a, b))
        case ">": return .bool(a != .null && b != .null && QueryValue.isLess(b, a))
        case "<=": return .bool(a != .null && b != .null && !QueryValue.isLess(b, a))
        case ">=": return .bool(a != .null && b != .null && !QueryValue.isLess(a, b))
        default: break
        }
        guard let x = a.number, let y = b.number else { return .null }
        switch sign {
        case "+": return .number(x + y)
        case "-": return .number(x - y)
        case "*": return .number(x * y)
        case "/": return y == 0 ? .null : .number(x / y)
        case "^": return .number(pow(x, y))
        case "%": return y == 0 ? .null : .number(x.truncatingRemainder(dividingBy: y))
        default: return .null
        }
    }

    private static func isEqual(_ a: QueryValue, _ b: QueryValue) -> Bool {
        if a.isStructure || b.isStructure { return false }
        if let x = a.number, let y = b.number { return x == y }
        return a.text == b.text
    }
}

/// Functions of a query
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html).
enum QueryFunction: String, Sendable {
    case abs, ceil, floor, greatest, least, log, sqrt
    case jsonparse, jsonstringify
    case ispresent, coalesce, isempty, isblank, concat, ltrim, rtrim, trim, strlen, toupper, tolower, substr, replace
    case strcontains, bin, datefloor, dateceil, frommillis, tomillis
    case isvalidip, isvalidipv4, isvalidipv6, isipinsubnet, isipv4insubnet, isipv6insubnet

    /// How many arguments it may have.
    var arguments: ClosedRange<Int> {
        switch self {
        case .greatest, .least, .coalesce, .concat: 1...64
        case .ltrim, .rtrim, .trim: 1...2
        case .substr: 2...3
        case .replace: 3...3
        case .strcontains, .datefloor, .dateceil: 2...2
        case .bin, .isipinsubnet, .isipv4insubnet, .isipv6insubnet: 2...2
        default: 1...1
        }
    }

    func value(_ all: [QueryValue]) -> QueryValue {
        let (first, text, number) = (all[0], all[0].text, all[0].number)
        switch self {
        case .abs: return number.map { .number(Swift.abs($0)) } ?? .null
        case .ceil: return number.map { .number($0.rounded(.up)) } ?? .null
        case .floor: return number.map { .number($0.rounded(.down)) } ?? .null
        case .sqrt: return number.flatMap { $0 < 0 ? nil : .number($0.squareRoot()) } ?? .null
        case .log: return number.flatMap { $0 > 0 ? .number(Foundation.log($0)) : nil } ?? .null
        case .jsonparse: return QueryValue(parsing: text)
        case .jsonstringify: return first.isStructure ? first.shown.map { .text($0) } ?? .null : .null
        case .greatest: return all.compactMap(\.number).max().map { .number($0) } ?? .null
        case .least: return all.compactMap(\.number).min().map { .number($0) } ?? .null
        case .ispresent: return .bool(first != .null)
        case .coalesce: return all.first { $0 != .null } ?? .null
        case .isempty: return .bool(text?.isEmpty ?? true)
        case .isblank: return .bool(text?.allSatisfy(\.isWhitespace) ?? true)
        case .concat: return .text(all.compactMap(\.text).joined())
        case .ltrim, .rtrim, .trim: return text.map { .text(trimmed($0, all.count > 1 ? all[1].text : nil)) } ?? .null
        case .strlen: return text.map { .number(Double($0.count)) } ?? .null
        case .toupper: return text.map { .text($0.uppercased()) } ?? .null
        case .tolower: return text.map { .text($0.lowercased()) } ?? .null
        case .substr:
            guard let text, let begin = all[1].number, begin >= 0, begin < 1e9 else { return .null }
            let rest = text.dropFirst(Int(begin))
            guard all.count > 2 else { return .text(String(rest)) }
            guard let length = all[2].number, length >= 0, length < 1e9 else { return .null }
            return .text(String(rest.prefix(Int(length))))
        case .replace:
            guard let text, let old = all[1].text, let new = all[2].text, !old.isEmpty else { return first }
            return .text(text.split(separator: old, omittingEmptySubsequences: false).joined(separator: new))
        case .strcontains:
            guard let text, let part = all[1].text else { return .null }
            return .number(text.contains(part) ? 1 : 0)
        case .bin, .datefloor, .dateceil:
            guard let moment = number, let width = all[1].number, width > 0 else { return .null }
            let rounded = (moment / width).rounded(self == .dateceil ? .up : .down) * width
            return Int64(exactly: rounded).map { .time($0) } ?? .null
        case .frommillis: return number.flatMap { Int64(exactly: $0) }.map { .time($0) } ?? .null
        case .tomillis: return number.map { .number($0) } ?? .null
        case .isvalidip, .isvalidipv4, .isvalidipv6: return .bool(address(text) != nil)
        case .isipinsubnet, .isipv4insubnet, .isipv6insubnet:
            guard let address = address(text), let subnet = all[1].text, subnet.contains("/") else { return .bool(false) }
            return .bool(IPRange(subnet)?.contains(address) == true)
        }
    }

    /// An address of the version that the function is about; nil for anything else.
    private func address(_ text: String?) -> IPRange? {
        guard let text, !text.contains("/"), let address = IPRange(text) else { return nil }
        switch self {
        case .isvalidipv4, .isipv4insubnet: return address.isVersion4 ? address : nil
        case .isvalidipv6, .isipv6insubnet: return address.isVersion4 ? nil : address
        default: return address
        }
    }

    private func trimmed(_ text: String, _ characters: String?) -> String {
        func isCut(_ character: Character) -> Bool { characters?.contains(character) ?? character.isWhitespace }
        var rest = Substring(text)
        if self != .rtrim { rest = rest.drop(while: isCut) }
        if self != .ltrim { while let last = rest.last, isCut(last) { rest.removeLast() } }
        return String(rest)
    }
}

/// An aggregation as a `stats` command names it.
struct QueryAggregate: Sendable {
    enum Kind: String, Sendable {
        case count, sum, avg, min, max, pct, median, stddev, earliest, latest
        case countDistinct = "count_distinct"
        case sortsFirst = "sortsfirst"
        case sortsLast = "sortslast"
    }
    static let valuesMax = 1_000_000
    var kind: Kind
    /// nil for `count(*)`.
    var argument: QueryExpression?
    var percentile: Double?

    /// What one group has of it so far.
    struct State: Sendable {
        var count = 0.0
        var sum = 0.0
        var squares = 0.0
        var best: QueryValue = .null
        var moment: Double?
        var distinct: Set<String> = []
        var values: [Double] = []
    }

    func add(_ row: QueryRow, to state: inout State) throws(QueryError) {
        guard let argument else {
            state.count += 1
            return
        }
        let value = argument.value(in: row)
        guard value != .null else { return }
        switch kind {
        case .count: state.count += 1
        case .countDistinct: if let text = value.text { state.distinct.insert(text) }
        case .sum, .avg, .stddev:
            guard let number = value.number else { return }
            state.count += 1
            state.sum += number
            state.squares += number * number
        case .pct, .median: if let number = value.number { state.values.append(number) }
        case .min: if let number = value.number, number < state.best.number ?? .infinity { state.best = value }
        case .max: if let number = value.number, number > state.best.number ?? -.infinity { state.best = value }
        case .sortsFirst: if state.best == .null || QueryValue.isLess(value, state.best) { state.best = value }
        case .sortsLast: if state.best == .null || QueryValue.isLess(state.best, value) { state.best = value }
        case .earliest, .latest:
            guard let moment = row.fields["@timestamp"]?.number else { return }
            let isBetter = state.moment.map { kind == .earliest ? moment < $0 : moment >= $0 } ?? true
            if isBetter { (state.moment, state.best) = (moment, value) }
        }
        guard state.values.count <= Self.valuesMax, state.distinct.count <= Self.valuesMax else {
            throw .malformed("The query has too many values to aggregate.")
        }
    }

    func result(_ state: State) -> QueryValue {
        switch kind {
        case .count: return .number(state.count)
        case .countDistinct: return .number(Double(state.distinct.count))
        case .sum: return .number(state.sum)
        case .avg: return state.count == 0 ? .null : .number(state.sum / state.count)
        case .stddev:
            guard state.count > 0 else { return .null }
            let mean = state.sum / state.count
            return .number(Swift.max(0, state.squares / state.count - mean * mean).squareRoot())
        case .pct, .median:
            guard !state.values.isEmpty else { return .null }
            let sorted = state.values.sorted()
            let place = ((percentile ?? 50) / 100 * Double(sorted.count)).rounded(.up) - 1
            return .number(sorted[Swift.min(sorted.count - 1, Swift.max(0, Int(place)))])
        default: return state.best
        }
    }
}
