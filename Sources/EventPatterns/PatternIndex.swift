import Documents

/// Many patterns, asked at once: an automaton whose states are conditions passed so far, as in AWS's open event ruler
/// (https://github.com/aws/event-ruler). The time of a match depends on the states that an event reaches, not on how many
/// patterns there are.
///
/// Each pattern becomes chains of conditions, one chain for each way through its `$or`s, the narrowest condition first.
/// Chains that begin alike share states. A state finds the conditions that a value passes by hashing (``FieldTable``).
public struct PatternIndex<ID: Hashable & Sendable>: Sendable {
    private var automaton = Automaton()
    private var ids: [ID] = []

    public init() {}

    public init(_ patterns: some Sequence<(ID, EventPattern)>) {
        for (id, pattern) in patterns { insert(pattern, for: id) }
    }

    public var count: Int { ids.count }

    /// Adds a pattern; `id` must be new.
    public mutating func insert(_ pattern: EventPattern, for id: ID) {
        automaton.insert(pattern)
        ids.append(id)
    }

    /// The patterns that the event passes, each once, in no order.
    public func matches(_ event: Document) -> Set<ID> { Set(automaton.matches(event).map { ids[$0] }) }
}

/// The states behind a ``PatternIndex``; patterns have their numbers in the order they came.
struct Automaton: Sendable {
    private struct State {
        var tables: [Int: FieldTable] = [:]
        var absent: [(field: Int, state: Int)] = []
        /// Conditions to the states behind them, for sharing.
        var next: [Condition: Int] = [:]
        var ends: [Int] = []
    }
    private var states = [State()]
    private var fields = FieldTree()
    private var patterns: [EventPattern] = []

    mutating func insert(_ pattern: EventPattern) {
        let number = patterns.count
        patterns.append(pattern)
        for chain in pattern.root.chains(path: []) {
            var state = 0
            for condition in chain.sorted(by: Condition.isNarrower) { state = step(from: state, condition) }
            if states[state].ends.last != number { states[state].ends.append(number) }
        }
    }

    private mutating func step(from state: Int, _ condition: Condition) -> Int {
        if let next = states[state].next[condition] { return next }
        let target = states.count
        states.append(State())
        states[state].next[condition] = target
        let field = fields.number(condition.path)
        for test in condition.tests {
            if case .absent = test {
                states[state].absent.append((field, target))
                continue
            }
            states[state].tables[field, default: FieldTable()].add(test, target)
        }
        return target
    }

    func matches(_ event: Document) -> Set<Int> {
        let values = fields.values(in: event)
        var found: Set<Int> = []
        var open = [0]
        var reached: [Int] = []
        while let number = open.popLast() {
            // Elements of one array must pass together, which the states don't know.
            for id in states[number].ends where !found.contains(id) {
                if !values.hasObjectsInArrays || patterns[id].matches(event) { found.insert(id) }
            }
            reached.removeAll(keepingCapacity: true)
            let tables = states[number].tables
            if tables.count <= values.present.count {
                for (field, table) in tables {
                    for value in values.byField[field] { table.collect(value, into: &reached) }
                }
            } else {
                for field in values.present {
                    guard let table = tables[field] else { continue }
                    for value in values.byField[field] { table.collect(value, into: &reached) }
                }
            }
            for (field, state) in states[number].absent where values.byField[field].isEmpty { reached.append(state) }
            if reached.count > 1 { open += Set(reached) } else { open += reached }
        }
        return found
    }
}

/// One step of a chain: a field, and the tests of which one must pass.
struct Condition: Hashable, Sendable {
    var path: [String]
    var tests: [ValueTest]

    static func isNarrower(_ left: Condition, _ right: Condition) -> Bool {
        let (first, second) = (left.breadth, right.breadth)
        return first == second ? left.path.lexicographicallyPrecedes(right.path) : first < second
    }

    private var breadth: Int { tests.reduce(0) { max($0, $1.breadth) } }
}

extension PatternObject {
    /// The conditions of each pattern without `$or` that this one stands for.
    func chains(path: [String]) -> [[Condition]] {
        var chains: [[Condition]] = [[]]
        func multiply(_ tails: [[Condition]]) {
            chains = chains.flatMap { chain in tails.map { chain + $0 } }
        }
        for field in fields {
            let place = path + [field.name]
            switch field.value {
            case .tests(let tests): multiply([[Condition(path: place, tests: tests)]])
            case .object(let object): multiply(object.chains(path: place))
            }
        }
        for choice in alternatives { multiply(choice.flatMap { $0.chains(path: path) }) }
        return chains
    }
}
