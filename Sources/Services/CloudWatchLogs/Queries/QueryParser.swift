import Documents
import RegularExpressions

/// A command of a query.
enum QueryCommand: Sendable {
    struct Column: Sendable {
        var expression: QueryExpression
        var name: String
    }

    enum Pattern: Sendable {
        case glob([String])
        case regex(LinearRegex)
    }

    case fields([Column])
    case display([Column])
    case filter(QueryExpression)
    case stats([Column], aggregates: [QueryAggregate], by: [Column])
    case sort([(QueryExpression, isDescending: Bool)])
    case limit(Int)
    case parse(QueryExpression, Pattern, names: [String])
    case dedup([QueryExpression])
    case unnest(QueryExpression, into: String)
}

/// Reads the Logs Insights query language
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html).
struct QueryParser {
    private static let unbuilt: Set<String> = [
        "pattern", "diff", "unmask", "anomaly", "join", "lookup", "filterindex", "source", "append",
    ]
    private static let unmask = "unmask"
    private static let depthMax = 64
    private static let regexSteps = 5_000

    private let text: String
    private let pieces: [QueryLexer.Piece]
    private let now: Timestamp?
    private var place = 0
    private var depth = 0
    /// Collects the aggregations of the `stats` command that is being read.
    private var aggregates: [QueryAggregate]?

    /// - Parameter now: what `now()` tells; nil where the query is only looked at.
    /// - Throws: ``QueryError``.
    static func commands(_ text: String, now: Timestamp?) throws(QueryError) -> [QueryCommand] {
        var parser = QueryParser(text: text, pieces: try QueryLexer.pieces(text), now: now)
        return try parser.commands()
    }

    /// Whether a query looks behind masks; a text that is none does not.
    static func unmasks(_ text: String) -> Bool {
        guard let pieces = try? QueryLexer.pieces(text) else { return false }
        return zip(pieces, pieces.dropFirst()).contains { piece, next in
            guard case .name(let name) = piece.token else { return false }
            return name.lowercased() == unmask && next.token == .mark("(")
        }
    }

    private init(text: String, pieces: [QueryLexer.Piece], now: Timestamp?) {
        (self.text, self.pieces, self.now) = (text, pieces, now)
    }

    private var token: QueryToken? { place < pieces.count ? pieces[place].token : nil }

    private func unexpected() -> QueryError {
        guard place < pieces.count else { return .malformed("unexpected end of the query") }
        return .malformed("unexpected symbol found \(text[pieces[place].begin..<pieces[place].end])")
    }

    private static func regex(_ text: String) throws(QueryError) -> LinearRegex {
        do throws(LinearRegex.Failure) {
            return try LinearRegex(text, stepsMax: regexSteps)
        } catch {
            switch error {
            case .notValid: throw .malformed("The regular expression is not valid.")
            case .tooLong: throw .malformed("The regular expression is too long.")
            }
        }
    }

    private mutating func take(_ mark: String) -> Bool {
        guard token == .mark(mark) else { return false }
        place += 1
        return true
    }

    private func isWord(_ word: String, ahead: Int = 0) -> Bool {
        guard place + ahead < pieces.count, case .name(let name) = pieces[place + ahead].token else { return false }
        return name.lowercased() == word
    }

    private mutating func takeWord(_ word: String) -> Bool {
        guard isWord(word) else { return false }
        place += 1
        return true
    }

    private mutating func commands() throws(QueryError) -> [QueryCommand] {
        var commands: [QueryCommand] = []
        repeat {
            guard case .name(let name) = token else { throw unexpected() }
            place += 1
            commands.append(try command(name.lowercased()))
        } while take("|")
        guard token == nil else { throw unexpected() }
        return commands
    }

    private mutating func command(_ name: String) throws(QueryError) -> QueryCommand {
        switch name {
        case "fields": return .fields(try columns())
        case "display": return .display(try columns())
        case "filter", "where": return .filter(try expression())
        case "limit", "head":
            guard case .number(let number) = token, let count = Int(exactly: number), (1...LogsLimit.queryRows).contains(count)
            else {
                throw unexpected()
            }
            place += 1
            return .limit(count)
        case "sort":
            var keys: [(QueryExpression, isDescending: Bool)] = []
            repeat {
                let key = try expression()
                let isDescending = takeWord("desc")
                if !isDescending { _ = takeWord("asc") }
                keys.append((key, isDescending))
            } while take(",")
            return .sort(keys)
        case "dedup":
            var keys: [QueryExpression] = []
            repeat { keys.append(try expression()) } while take(",")
            return .dedup(keys)
        case "stats":
            aggregates = []
            let results = try columns()
            let own = aggregates ?? []
            aggregates = nil
            return .stats(results, aggregates: own, by: takeWord("by") ? try columns() : [])
        case "parse": return try parse()
        case "unnest":
            let list = try primary()
            guard takeWord("into"), case .name(let name) = token else { throw unexpected() }
            place += 1
            return .unnest(list, into: name)
        case let name where Self.unbuilt.contains(name): throw .notBuilt("the query command \(name)")
        default:
            place -= 1
            throw unexpected()
        }
    }

    /// `parse FIELD "GLOB" as A, B`, `parse FIELD /REGEX/`; without a field it is the message.
    private mutating func parse() throws(QueryError) -> QueryCommand {
        var field = QueryExpression.field("@message")
        if case .name(let name) = token {
            field = .field(name)
            place += 1
        }
        let pattern: QueryCommand.Pattern
        switch token {
        case .text(let glob): pattern = .glob(glob.split(separator: "*", omittingEmptySubsequences: false).map(String.init))
        case .regex(let regex): pattern = .regex(try Self.regex(regex))
        default: throw unexpected()
        }
        place += 1
        var names: [String] = []
        if takeWord("as") {
            repeat {
                guard case .name(let name) = token else { throw unexpected() }
                names.append(name)
                place += 1
            } while take(",")
        }
        switch pattern {
        case .glob(let parts) where parts.count - 1 != names.count:
            throw .malformed("The pattern of parse has \(parts.count - 1) wildcards and \(names.count) names.")
        case .regex(let regex) where names.isEmpty && regex.names.isEmpty:
            throw .malformed("The expression of parse has no named groups.")
        default: break
        }
        return .parse(field, pattern, names: names)
    }

    private mutating func columns() throws(QueryError) -> [QueryCommand.Column] {
        var columns: [QueryCommand.Column] = []
        repeat {
            let begin = place
            let expression = try expression()
            var name = String(text[pieces[begin].begin..<pieces[place - 1].end])
            if case .field(let field) = expression { name = field }
            if takeWord("as") {
                guard case .name(let own) = token else { throw unexpected() }
                name = own
                place += 1
            }
            columns.append(.init(expression: expression, name: name))
        } while take(",")
        return columns
    }

    private mutating func expression() throws(QueryError) -> QueryExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.depthMax else { throw .malformed("The query is nested too deeply.") }
        var left = try conjunction()
        while takeWord("or") { left = .binary("or", left, try conjunction()) }
        return left
    }

    private mutating func conjunction() throws(QueryError) -> QueryExpression {
        var left = try negation()
        while takeWord("and") { left = .binary("and", left, try negation()) }
        return left
    }

    private mutating func negation() throws(QueryError) -> QueryExpression {
        guard takeWord("not") else { return try comparison() }
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.depthMax else { throw .malformed("The query is nested too deeply.") }
        return .not(try negation())
    }

    private mutating func comparison() throws(QueryError) -> QueryExpression {
        let left = try sum()
        let isNot = isWord("not") && (isWord("like", ahead: 1) || isWord("in", ahead: 1))
        if isNot { place += 1 }
        if takeWord("like") || take("=~") {
            let found: QueryExpression
            switch token {
            case .regex(let regex): found = .matches(left, try Self.regex(regex))
            case .text(let text): found = .contains(left, text)
            default: throw unexpected()
            }
            place += 1
            return isNot ? .not(found) : found
        }
        if takeWord("in") {
            guard take("[") else { throw unexpected() }
            var items: [QueryExpression] = []
            repeat { items.append(try sum()) } while take(",")
            guard take("]") else { throw unexpected() }
            return isNot ? .not(.isIn(left, items)) : .isIn(left, items)
        }
        for sign in ["=", "!=", "<=", ">=", "<", ">"] where take(sign) { return .binary(sign, left, try sum()) }
        return left
    }

    private mutating func sum() throws(QueryError) -> QueryExpression {
        var left = try product()
        while true {
            if take("+") {
                left = .binary("+", left, try product())
            } else if take("-") {
                left = .binary("-", left, try product())
            } else {
                return left
            }
        }
    }

    private mutating func product() throws(QueryError) -> QueryExpression {
        var left = try power()
        while true {
            if take("*") {
                left = .binary("*", left, try power())
            } else if take("/") {
                left = .binary("/", left, try power())
            } else if take("%") {
                left = .binary("%", left, try power())
            } else {
                return left
            }
        }
    }

    private mutating func power() throws(QueryError) -> QueryExpression {
        let base = try primary()
        guard take("^") else { return base }
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.depthMax else { throw .malformed("The query is nested too deeply.") }
        return .binary("^", base, try power())
    }

    /// A field, or a place in a structure: `map.list[1].name`, ``map.`a name` ``.
    private mutating func field(_ name: String) throws(QueryError) -> QueryExpression {
        var base = name
        var steps: [QueryStep] = []
        var isOpen = name.hasSuffix(".")
        while place < pieces.count, pieces[place].begin == pieces[place - 1].end {
            if isOpen, case .name(let attribute) = pieces[place].token {
                if base.hasSuffix(".") { base.removeLast() }
                isOpen = attribute.hasSuffix(".") && text[pieces[place].begin] != "`"
                let isOne = text[pieces[place].begin] == "`"
                steps += isOne ? [.key(attribute)] : attribute.split(separator: ".").map { .key(String($0)) }
                place += 1
            } else if take("[") {
                guard case .number(let number) = token, let index = Int(exactly: number) else { throw unexpected() }
                place += 1
                guard take("]") else { throw unexpected() }
                steps.append(.index(index))
            } else if take(".") {
                isOpen = true
            } else {
                break
            }
        }
        return steps.isEmpty ? .field(name) : .path(base, steps)
    }

    private mutating func primary() throws(QueryError) -> QueryExpression {
        guard let token else { throw unexpected() }
        place += 1
        switch token {
        case .number(let number): return .literal(.number(number))
        case .text(let text): return .literal(.text(text))
        case .duration(let width): return .literal(.number(Double(width)))
        case .mark("-"):
            depth += 1
            defer { depth -= 1 }
            guard depth < Self.depthMax else { throw .malformed("The query is nested too deeply.") }
            return .negative(try primary())
        case .mark("("):
            let inner = try expression()
            guard take(")") else { throw unexpected() }
            return inner
        case .name(let name):
            if take("(") { return try call(name) }
            switch name.lowercased() {
            case "true": return .literal(.bool(true))
            case "false": return .literal(.bool(false))
            default: return try field(name)
            }
        default:
            place -= 1
            throw unexpected()
        }
    }

    private mutating func call(_ name: String) throws(QueryError) -> QueryExpression {
        let kind = aggregates == nil ? nil : QueryAggregate.Kind(rawValue: name.lowercased())
        if kind != nil, take("*") {
            guard take(")"), kind == .count else { throw unexpected() }
            return add(QueryAggregate(kind: .count))
        }
        var arguments: [QueryExpression] = []
        if !take(")") {
            // An aggregation's argument has none in it.
            let outer = aggregates
            if kind != nil { aggregates = nil }
            repeat { arguments.append(try expression()) } while take(",")
            if kind != nil { aggregates = outer }
            guard take(")") else { throw unexpected() }
        }
        if let kind {
            guard kind == .count || !arguments.isEmpty, arguments.count <= (kind == .pct ? 2 : 1) else { throw unexpected() }
            var percentile: Double?
            if kind == .pct {
                guard arguments.count == 2, case .literal(.number(let share)) = arguments[1], (0...100).contains(share) else {
                    throw .malformed("pct needs a field and a percentage.")
                }
                percentile = share
            }
            return add(QueryAggregate(kind: kind, argument: arguments.first, percentile: percentile))
        }
        if name.lowercased() == "now" {
            guard arguments.isEmpty else { throw .malformed("\(name) has a wrong number of arguments.") }
            return .literal(now.map { QueryValue.number(Double($0.milliseconds / 1_000)) } ?? .null)
        }
        if name.lowercased() == Self.unmask {
            guard arguments.count == 1, case .field(let field) = arguments[0] else {
                throw .malformed("\(name) needs a field.")
            }
            return .unmasked(field)
        }
        guard let function = QueryFunction(rawValue: name.lowercased()) else { throw .notBuilt("the query function \(name)") }
        if function == .bin, arguments.count == 1 { arguments.insert(.field("@timestamp"), at: 0) }
        guard function.arguments.contains(arguments.count) else {
            throw .malformed("\(name) has a wrong number of arguments.")
        }
        return .call(function, arguments)
    }

    private mutating func add(_ aggregate: QueryAggregate) -> QueryExpression {
        aggregates?.append(aggregate)
        return .aggregate((aggregates?.count ?? 1) - 1)
    }
}
