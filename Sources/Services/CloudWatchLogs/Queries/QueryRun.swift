import Documents

/// Carries a query out: rows go in one by one, the answer comes at the end.
struct QueryRun: Sendable {
    private struct Group: Sendable {
        var keys: [QueryValue]
        var states: [QueryAggregate.State]
    }

    private let commands: [QueryCommand]
    private let limit: Int
    /// Commands that look at one row alone, before the first that must see all.
    private let first: Int
    private var rows: [QueryRow] = []
    private var groups: [[String]: Group] = [:]
    private(set) var matched = 0

    /// - Parameter now: when the query began, which `now()` tells; nil where it is not carried out.
    init(_ text: String, limit: Int?, now: Timestamp? = nil) throws(QueryError) {
        commands = try QueryParser.commands(text, now: now)
        self.limit = limit ?? LogsLimit.queryRowsDefault
        first =
            commands.firstIndex { command in
                switch command {
                case .fields, .display, .filter, .parse, .unnest: false
                default: true
                }
            } ?? commands.count
    }

    /// Whether rows need no order beyond their time: then only the newest are kept.
    private var keepsNewest: Bool {
        guard first < commands.count else { return true }
        if case .limit = commands[first] { return true }
        return false
    }

    /// - Throws: ``QueryError`` for more than one query may hold.
    mutating func add(_ event: QueryRow) throws(QueryError) {
        let found = try Self.apply(commands[..<first], to: [event])
        guard !found.isEmpty else { return }
        matched += 1
        if first < commands.count, case .stats(_, let aggregates, let by) = commands[first] {
            for row in found { try add(row, aggregates, by) }
            return
        }
        rows += found
        if keepsNewest, rows.count >= LogsLimit.queryRows * 2 {
            rows = Array(Self.newest(rows).prefix(LogsLimit.queryRows))
        }
        guard rows.count <= LogsLimit.queryRowsHeld else { throw .malformed("The query has too many rows to sort.") }
    }

    private mutating func add(_ row: QueryRow, _ aggregates: [QueryAggregate], _ by: [QueryCommand.Column]) throws(QueryError) {
        let keys = by.map { $0.expression.value(in: row) }
        let names = keys.map { $0.text ?? "" }
        if groups[names] == nil {
            guard groups.count < LogsLimit.queryRows else { throw .malformed("The query has too many groups.") }
            groups[names] = Group(keys: keys, states: aggregates.map { _ in .init() })
        }
        for (index, aggregate) in aggregates.enumerated() {
            if var state = groups[names]?.states[index] {
                try aggregate.add(row, to: &state)
                groups[names]?.states[index] = state
            }
        }
    }

    private static func newest(_ rows: [QueryRow]) -> [QueryRow] {
        rows.sorted { QueryValue.isLess($1.fields["@timestamp"] ?? .null, $0.fields["@timestamp"] ?? .null) }
    }

    /// The rows that commands make of others, each of them seen alone.
    private static func apply(
        _ commands: ArraySlice<QueryCommand>, to given: [QueryRow]
    ) throws(QueryError) -> [QueryRow] {
        var rows = given
        for command in commands {
            var made: [QueryRow] = []
            for var row in rows {
                guard case .unnest(let list, let name) = command else {
                    if apply(command, to: &row) { made.append(row) }
                    continue
                }
                let items = list.value(in: row).items
                guard made.count + items.count <= LogsLimit.queryRowsHeld else {
                    throw .malformed("The query has too many rows to unnest.")
                }
                for item in items {
                    row.set(name, to: item)
                    made.append(row)
                }
            }
            rows = made
        }
        return rows
    }

    /// - Returns: false for a row that is not wanted.
    private static func apply(_ command: QueryCommand, to row: inout QueryRow) -> Bool {
        switch command {
        case .filter(let condition): return condition.value(in: row).isTrue
        case .fields(let columns), .display(let columns):
            for column in columns { row.set(column.name, to: column.expression.value(in: row)) }
        case .parse(let field, let pattern, let names):
            guard let text = field.value(in: row).text else { return true }
            for (name, value) in values(of: text, pattern, names) { row.fields[name] = .text(value) }
        default: break
        }
        return true
    }

    private static func values(of text: String, _ pattern: QueryCommand.Pattern, _ names: [String]) -> [(String, String)] {
        switch pattern {
        case .regex(let regex):
            guard let match = regex.first(in: text) else { return [] }
            let named = match.names.compactMap { name, index in match.groups[index].map { (name, $0) } }
            let placed = zip(names, match.groups.dropFirst()).compactMap { name, value in value.map { (name, $0) } }
            return named + placed
        case .glob(let parts):
            var values: [(String, String)] = []
            guard let begin = parts[0].isEmpty ? text.startIndex : text.firstRange(of: parts[0])?.upperBound else { return [] }
            var rest = text[begin...]
            for (name, part) in zip(names, parts.dropFirst()) {
                if part.isEmpty {
                    // At the end a wildcard takes all, between two wildcards nothing.
                    values.append((name, name == names.last ? String(rest) : ""))
                    continue
                }
                guard let found = rest.firstRange(of: part) else { return [] }
                values.append((name, String(rest[..<found.lowerBound])))
                rest = rest[found.upperBound...]
            }
            return values
        }
    }

    /// The answer: rows of names and values.
    /// - Throws: ``QueryError`` for more than one query may hold.
    func results() throws(QueryError) -> [[(field: String, value: String)]] {
        var rows = self.rows
        var shown: [String]?
        var isGrouped = false
        for command in commands[..<first] { Self.show(command, &shown) }
        var isSorted = false
        for (index, command) in commands[first...].enumerated() {
            switch command {
            case .stats(let columns, let aggregates, let by):
                let own = index == 0 ? groups : try regrouped(rows, aggregates, by)
                rows = finished(own, columns, aggregates, by)
                shown = by.map(\.name) + columns.map(\.name)
                (isGrouped, isSorted) = (true, true)
            case .sort(let keys):
                rows = Self.sorted(rows, keys)
                isSorted = true
            case .limit(let count):
                if !isSorted { rows = Self.newest(rows) }
                isSorted = true
                rows = Array(rows.prefix(count))
            case .dedup(let keys):
                if !isSorted { rows = Self.newest(rows) }
                isSorted = true
                var seen: Set<[String]> = []
                rows = rows.filter { row in
                    let values = keys.map { $0.value(in: row) }
                    return values.contains(.null) || seen.insert(values.map { $0.text ?? "" }).inserted
                }
            default:
                rows = try Self.apply([command], to: rows)
                Self.show(command, &shown)
            }
        }
        if !isSorted { rows = Self.newest(rows) }
        let names = shown ?? Self.usual
        return rows.prefix(limit).map { row in
            var cells = names.compactMap { name in row.fields[name]?.shown.map { (field: name, value: $0) } }
            if !isGrouped, !names.contains("@ptr"), let pointer = row.fields["@ptr"]?.text { cells.append(("@ptr", pointer)) }
            return cells
        }
    }

    /// What is shown where the query does not say.
    private static let usual = ["@timestamp", "@message"]

    private static func show(_ command: QueryCommand, _ shown: inout [String]?) {
        switch command {
        case .fields(let columns):
            var names = shown ?? []
            for column in columns where !names.contains(column.name) { names.append(column.name) }
            shown = names
        case .display(let columns): shown = columns.map(\.name)
        case .unnest(_, let name): shown = (shown ?? usual).filter { $0 != name } + [name]
        default: break
        }
    }

    private static func sorted(_ rows: [QueryRow], _ keys: [(QueryExpression, isDescending: Bool)]) -> [QueryRow] {
        // What is equal stays in its order.
        rows.enumerated().sorted { left, right in
            for (key, isDescending) in keys {
                let (a, b) = (key.value(in: left.element), key.value(in: right.element))
                if QueryValue.isLess(a, b) { return !isDescending }
                if QueryValue.isLess(b, a) { return isDescending }
            }
            return left.offset < right.offset
        }.map(\.element)
    }

    private func finished(
        _ groups: [[String]: Group], _ columns: [QueryCommand.Column], _ aggregates: [QueryAggregate],
        _ by: [QueryCommand.Column]
    ) -> [QueryRow] {
        var groups = groups
        // Without groups there is one row, of nothing too.
        if groups.isEmpty, by.isEmpty { groups[[]] = Group(keys: [], states: aggregates.map { _ in .init() }) }
        return groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { _, group in
            let results = zip(aggregates, group.states).map { $0.result($1) }
            var row = QueryRow([:])
            for (column, key) in zip(by, group.keys) { row.fields[column.name] = key }
            for column in columns { row.fields[column.name] = column.expression.value(in: row, results) }
            return row
        }
    }

    private func regrouped(
        _ rows: [QueryRow], _ aggregates: [QueryAggregate], _ by: [QueryCommand.Column]
    ) throws(QueryError) -> [[String]: Group] {
        var inner = self
        inner.groups = [:]
        for row in rows { try inner.add(row, aggregates, by) }
        return inner.groups
    }
}
