import Documents

/// The fields that some pattern names, as a tree, so that reading an event touches no others.
struct FieldTree: Sendable {
    private struct Node {
        var children: [Text: Int] = [:]
        var field: Int?
    }
    private var nodes = [Node()]
    private var count = 0

    /// The number of a field, given on first sight.
    mutating func number(_ path: [String]) -> Int {
        var place = 0
        for name in path {
            let key = Text(name)
            if let child = nodes[place].children[key] {
                place = child
            } else {
                nodes[place].children[key] = nodes.count
                nodes.append(Node())
                place = nodes.count - 1
            }
        }
        if let field = nodes[place].field { return field }
        nodes[place].field = count
        count += 1
        return count - 1
    }

    struct Values {
        /// The values of each field, by its number; none for a missing one.
        var byField: [[LeafValue]]
        /// The fields that have a value.
        var present: [Int] = []
        var hasObjectsInArrays = false
    }

    func values(in event: Document) -> Values {
        var values = Values(byField: [[LeafValue]](repeating: [], count: count))
        read(event, 0, inArray: false, &values)
        return values
    }

    private func read(_ value: Document, _ place: Int, inArray: Bool, _ values: inout Values) {
        switch value {
        case .map(let members):
            if inArray { values.hasObjectsInArrays = true }
            guard !nodes[place].children.isEmpty else { return }
            for (name, inner) in members {
                if let child = nodes[place].children[Text(name)] { read(inner, child, inArray: false, &values) }
            }
        case .list(let items):
            for item in items { read(item, place, inArray: true, &values) }
        default:
            guard let field = nodes[place].field else { return }
            if values.byField[field].isEmpty { values.present.append(field) }
            values.byField[field].append(LeafValue(value))
        }
    }
}
