import Documents

extension Path {
    /// The value at this bound path; nil where there is none.
    func value(in item: Attributes) -> AttributeValue? {
        var value = item[root]
        for step in steps.dropFirst() {
            switch (step, value) {
            case (.attribute(let name), .map(let members)?): value = members[name]
            case (.element(let index), .list(let elements)?): value = index < elements.count ? elements[index] : nil
            default: return nil
            }
        }
        return value
    }

    /// The name of its value among a SELECT's: the last of the path with the indexes after it, `max[1]` of `sizes.max[1]`.
    fileprivate var column: String {
        var (name, indexes) = ("", "")
        for step in steps {
            switch step {
            case .attribute(let part), .placeholder(let part): (name, indexes) = (part, "")
            case .element(let index): indexes += "[\(index)]"
            }
        }
        return name + indexes
    }

    /// Two bound paths of which one leads into the other overlap; paths that take the same value for a map and for a list
    /// conflict. AWS allows neither in one expression.
    static func checkDisjoint(_ paths: [Path], _ kind: ExpressionKind) throws(DynamoDBFault) {
        for (index, second) in paths.enumerated() {
            for first in paths[..<index] {
                var common = 0
                while common < min(first.steps.count, second.steps.count), first.steps[common] == second.steps[common] {
                    common += 1
                }
                if common == min(first.steps.count, second.steps.count) { throw clash("overlap", first, second, kind) }
                guard common > 0 else { continue }
                switch (first.steps[common], second.steps[common]) {
                case (.element, .attribute), (.attribute, .element): throw clash("conflict", first, second, kind)
                default: continue
                }
            }
        }
    }

    private static func clash(_ verb: String, _ first: Path, _ second: Path, _ kind: ExpressionKind) -> DynamoDBFault {
        kind.fault(
            "Two document paths \(verb) with each other; must remove or rewrite one of these paths; path one: \(first.inMessage), path two: \(second.inMessage)"
        )
    }
}

/// A set of disjoint bound paths, to cut an item down to.
struct Projection: Sendable {
    private indirect enum Node {
        case whole
        case members(OrderedDictionary<String, Node>)
        case elements([Int: Node])
    }
    private let roots: OrderedDictionary<String, Node>
    /// A SELECT's paths: their values stand side by side.
    private let columns: [Path]?
    /// The top-level attributes that are asked for.
    var attributes: [String] { Array(roots.keys) }

    /// - Parameter areColumns: each value is given under the last name of its path, as PartiQL's SELECT does, in place of the
    ///   item's own structure.
    init(_ paths: [Path], areColumns: Bool = false) {
        columns = areColumns && paths.contains { $0.steps.count > 1 } ? paths : nil
        var roots: OrderedDictionary<String, Node> = [:]
        for path in paths { roots[path.root] = Self.extend(roots[path.root], path.steps.dropFirst()) }
        self.roots = roots
    }

    private static func extend(_ node: Node?, _ steps: ArraySlice<Path.Step>) -> Node {
        guard let step = steps.first else { return .whole }
        switch step {
        case .attribute(let name), .placeholder(let name):
            var members: OrderedDictionary<String, Node> = [:]
            if case .members(let known)? = node { members = known }
            members[name] = extend(members[name], steps.dropFirst())
            return .members(members)
        case .element(let index):
            var elements: [Int: Node] = [:]
            if case .elements(let known)? = node { elements = known }
            elements[index] = extend(elements[index], steps.dropFirst())
            return .elements(elements)
        }
    }

    /// The asked-for parts of `item`, in their structure, where list elements close up; or as columns.
    func apply(to item: Attributes) -> Attributes {
        guard let columns else { return Self.cut(item, roots) }
        var result: Attributes = [:]
        for path in columns {
            if let value = path.value(in: item) { result[path.column] = value }
        }
        return result
    }

    private static func cut(_ attributes: Attributes, _ nodes: OrderedDictionary<String, Node>) -> Attributes {
        var result: Attributes = [:]
        for (name, node) in nodes {
            if let value = attributes[name], let part = cut(value, node) { result[name] = part }
        }
        return result
    }

    private static func cut(_ value: AttributeValue, _ node: Node) -> AttributeValue? {
        switch (node, value) {
        case (.whole, _): return value
        case (.members(let nodes), .map(let members)):
            let part = cut(members, nodes)
            return part.isEmpty ? nil : .map(part)
        case (.elements(let nodes), .list(let elements)):
            let parts = nodes.keys.sorted().compactMap { index -> AttributeValue? in
                guard index < elements.count, let node = nodes[index] else { return nil }
                return cut(elements[index], node)
            }
            return parts.isEmpty ? nil : .list(parts)
        default: return nil
        }
    }
}
