/// Rules out most statements of one or several policies by the texts that their actions and resources begin with and by their conditions,
/// of which each is decided once: laid out flat, as looking at the statements themselves counts references and costs
/// several times as much.
struct StatementScreen: Sendable {
    /// For each statement: how many numbers there are, whether it denies, how many actions there are and where each one's
    /// beginning is (start and length in `bytes`), the same for the resources, and its conditions. No actions or resources
    /// where anything may match.
    private var table: [Int] = []
    private var bytes: [UInt8] = []
    /// The policies', each once.
    private var conditions: [Condition] = []

    init(_ statements: some Sequence<Statement>) {
        var numbers: [String: Int] = [:]
        for statement in statements {
            let start = table.count
            table += [0, statement.effect == .deny ? 1 : 0]
            add(statement.actionsAreNegated ? [] : statement.actions)
            add(statement.resourcesAreNegated ? [] : statement.resources ?? [])
            table.append(statement.conditions.count)
            for condition in statement.conditions {
                let number = numbers[condition.identity] ?? conditions.count
                if number == conditions.count {
                    numbers[condition.identity] = number
                    conditions.append(condition)
                }
                table.append(number)
            }
            table[start] = table.count - start
        }
    }

    private mutating func add(_ patterns: [Pattern]) {
        guard !patterns.contains(where: \.prefix.isEmpty) else {
            table.append(0)
            return
        }
        table.append(patterns.count)
        for pattern in patterns {
            table += [bytes.count, pattern.prefix.count]
            bytes += pattern.prefix
        }
    }

    /// Visits the statements whose conditions hold and that may speak about the request, in their order, until `visit` gives
    /// false.
    /// - Parameter visit: takes the statement's number and whether it denies.
    func candidates(_ request: PreparedRequest, _ visit: (Int, Bool) -> Bool) {
        var outcomes: [Bool?] = []
        table.withUnsafeBufferPointer { table in
            bytes.withUnsafeBufferPointer { bytes in
                request.action.withUnsafeBufferPointer { action in
                    request.resource.withUnsafeBufferPointer { resource in
                        var (place, index) = (0, 0)
                        while place < table.count {
                            let resources = place + 3 + 2 * table[place + 2]
                            if Self.mayMatch(table, place + 2, bytes, action), Self.mayMatch(table, resources, bytes, resource),
                                hold(table, resources + 1 + 2 * table[resources], request, &outcomes),
                                !visit(index, table[place + 1] == 1)
                            {
                                return
                            }
                            place += table[place]
                            index += 1
                        }
                    }
                }
            }
        }
    }

    /// Whether `text` begins as one of the patterns at `place` does, or there are none to ask.
    private static func mayMatch(
        _ table: UnsafeBufferPointer<Int>, _ place: Int, _ bytes: UnsafeBufferPointer<UInt8>, _ text: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        let count = table[place]
        if count == 0 { return true }
        for pattern in 0..<count {
            let (start, length) = (table[place + 1 + 2 * pattern], table[place + 2 + 2 * pattern])
            guard text.count >= length else { continue }
            // From the end: ARNs and actions of one service share their beginnings.
            var index = length - 1
            while index >= 0, text[index] == bytes[start + index] { index -= 1 }
            if index < 0 { return true }
        }
        return false
    }

    /// Whether each condition at `place` holds.
    private func hold(
        _ table: UnsafeBufferPointer<Int>, _ place: Int, _ request: PreparedRequest, _ outcomes: inout [Bool?]
    ) -> Bool {
        let numbers = place + 1..<place + 1 + table[place]
        if numbers.isEmpty { return true }
        if outcomes.isEmpty { outcomes = [Bool?](repeating: nil, count: conditions.count) }
        // What is known to be false spares the others.
        for number in numbers where outcomes[table[number]] == false { return false }
        for number in numbers where outcomes[table[number]] == nil {
            let holds = conditions[table[number]].holds(request)
            outcomes[table[number]] = holds
            if !holds { return false }
        }
        return true
    }
}
