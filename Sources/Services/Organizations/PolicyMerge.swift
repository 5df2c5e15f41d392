import Documents

/// How management policies add up from the root to an account (Organizations User Guide, "Understanding management
/// policy inheritance" and "Inheritance operators").
///
/// `@@assign` replaces what was inherited, `@@append` and `@@remove` change a list; a policy's
/// `@@operators_allowed_for_child_policies` bounds what the levels below may do to that element and all inside it.
struct PolicyMerge {
    private indirect enum Node {
        case value(Document)
        case members(OrderedDictionary<String, Node>)
    }
    private enum Operator {
        static let assign = "@@assign", append = "@@append", remove = "@@remove"
        static let allowed = "@@operators_allowed_for_child_policies"
        static let changing = [assign, append, remove]
        static let names = ["@@all", "@@none"] + changing
    }
    enum Limit { static let depth = 20 }

    private var root = Node.members([:])
    /// What the levels so far leave to those below, by path.
    private var bounds: [[String]: Set<String>] = [:]

    /// The merged document, without operators; nil if nothing has a value.
    var document: Document? { Self.plain(root) }

    /// Adds the policies of one level: root, unit or account. Bounds hold for the levels below only.
    mutating func add(level policies: [Document]) {
        var next = bounds
        for policy in policies { root = merge(policy, into: root, at: [], &next) ?? .members([:]) }
        bounds = next
    }

    private func may(_ name: String, at path: [String]) -> Bool {
        (0...path.count).allSatisfy { bounds[Array(path.prefix($0))]?.contains(name) ?? true }
    }

    private func merge(_ policy: Document, into node: Node?, at path: [String], _ next: inout [[String]: Set<String>]) -> Node? {
        guard let members = policy.members else {
            // A plain value is an assignment.
            return may(Operator.assign, at: path) ? .value(policy) : node
        }
        if let names = members[Operator.allowed] {
            let listed = Set((names.list ?? [names]).compactMap(\.string))
            let granted = listed.contains("@@all") ? Set(Operator.changing) : listed.intersection(Operator.changing)
            // A level can't give back what one above it has taken.
            next[path] = (next[path] ?? Set(Operator.changing)).intersection(granted)
        }
        var result = node
        if let value = members[Operator.assign], may(Operator.assign, at: path) { result = .value(value) }
        if let value = members[Operator.append], may(Operator.append, at: path) {
            var list = Self.list(result)
            for item in Self.list(.value(value)) where !list.contains(item) { list.append(item) }
            result = .value(.list(list))
        }
        if let value = members[Operator.remove], may(Operator.remove, at: path) {
            let gone = Self.list(.value(value))
            result = .value(.list(Self.list(result).filter { !gone.contains($0) }))
        }
        for (name, child) in members where !name.hasPrefix("@@") {
            var inside: OrderedDictionary<String, Node> = [:]
            if case .members(let present)? = result { inside = present }
            // Keys are told apart without case, as tag keys are; the first spelling stays.
            let known = inside.keys.first { $0.lowercased() == name.lowercased() } ?? name
            inside[known] = merge(child, into: inside[known], at: path + [name.lowercased()], &next)
            result = .members(inside)
        }
        return result
    }

    private static func list(_ node: Node?) -> [Document] {
        guard case .value(let value)? = node else { return [] }
        return value.list ?? [value]
    }

    private static func plain(_ node: Node) -> Document? {
        switch node {
        case .value(let value): return value
        case .members(let inside):
            var members = Members()
            for (name, child) in inside { members[name] = plain(child) }
            return members.isEmpty ? nil : .map(members)
        }
    }

    /// Whether the operators of a policy are used as they must be.
    static func isWellFormed(_ policy: Document, depth: Int = 0) -> Bool {
        guard depth <= Limit.depth else { return false }
        guard let members = policy.members else { return true }
        let hasValue = members.keys.contains { Operator.changing.contains($0) }
        for (name, child) in members {
            switch name {
            case Operator.assign: if child.members != nil { return false }
            case Operator.append, Operator.remove: if child.list == nil, child.string == nil { return false }
            case Operator.allowed:
                let names = child.list ?? [child]
                guard names.allSatisfy({ $0.string.map(Operator.names.contains) ?? false }) else { return false }
            default:
                guard !name.hasPrefix("@@"), !hasValue, isWellFormed(child, depth: depth + 1) else { return false }
            }
        }
        return true
    }
}
