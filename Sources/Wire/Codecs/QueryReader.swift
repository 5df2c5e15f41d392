import Documents
import Model

/// Makes a document of the dotted parameters of the query and ec2 protocols: `Filter.1.Value.member.2=x`
/// (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html).
struct QueryReader {
    /// Parameters as a tree of their dotted names. Nodes are kept in one array, so that depth costs no recursion.
    private struct Node {
        var value: String?
        var children: [(name: String, node: Int)] = []
    }
    private var nodes = [Node()]
    private let isEC2: Bool
    private let names: QueryNames?

    /// - Throws: ``WireFault/serialization(_:)`` for names nested too deeply.
    init(_ parameters: QueryParameters, isEC2: Bool, names: QueryNames? = nil) throws {
        (self.isEC2, self.names) = (isEC2, names)
        var index: [String: Int] = [:]
        for (name, value) in parameters.pairs where name != "Action" && name != "Version" {
            var at = 0
            var prefix = ""
            var depth = 0
            for part in name.split(separator: ".", omittingEmptySubsequences: false) {
                depth += 1
                guard depth <= Limit.depth else { throw WireFault.serialization("Parameters are nested too deeply") }
                prefix += "." + part
                if let known = index[prefix] {
                    at = known
                } else {
                    nodes.append(Node())
                    nodes[at].children.append((String(part), nodes.count - 1))
                    at = nodes.count - 1
                    index[prefix] = at
                }
            }
            nodes[at].value = value
        }
    }

    func read(_ shape: Shape) throws -> Document { try structure(0, shape) }

    private func child(_ node: Int, _ name: String) -> Int? { nodes[node].children.first { $0.name == name }?.node }

    private func name(_ member: Member) -> String {
        guard isEC2 else { return names?.element(member) ?? XMLShapeReader.elementName(member) }
        if let name = member.queryName { return name }
        guard let name = member.locationName else { return member.name }
        return name.prefix(1).uppercased() + name.dropFirst()
    }

    private func structure(_ node: Int, _ shape: Shape) throws -> Document {
        var members = Members()
        for member in shape.members {
            guard let child = child(node, name(member)) else {
                // A form has no empty maps: clients leave them out. Lists have a name without a value.
                if member.isRequired, member.shape.kind == .map { members[member.name] = [:] }
                continue
            }
            if let value = try value(
                child, member.shape, isFlattened: isEC2 || member.isFlattened, format: member.timestampFormat)
            {
                members[member.name] = value
            }
        }
        return .map(members)
    }

    private func value(_ node: Int, _ shape: Shape, isFlattened: Bool, format: TimestampFormat?) throws -> Document? {
        switch shape.kind {
        case .structure: return try structure(node, shape)
        case .list: return try list(node, shape, isFlattened: isFlattened)
        case .map: return try map(node, shape, isFlattened: isFlattened)
        default:
            guard let text = nodes[node].value else { return nil }
            guard let value = ScalarText.read(text, shape, format: format) else {
                throw WireFault.serialization("Invalid value '\(text.prefix(100))' for a \(shape.kind.rawValue)")
            }
            return value
        }
    }

    /// The children that are numbered, in the order of their numbers; gaps are closed.
    private func numbered(_ node: Int) -> [Int] {
        nodes[node].children.compactMap { child in Int(child.name).map { ($0, child.node) } }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    private func list(_ node: Int, _ shape: Shape, isFlattened: Bool) throws -> Document {
        guard let element = shape.element else { return [] }
        var holder = node
        if !isFlattened, let inner = child(node, element.locationName ?? "member") ?? child(node, "member") { holder = inner }
        // Old clients leave the number out where there is one: `AttributeName=All`.
        if isFlattened, nodes[node].children.isEmpty, nodes[node].value?.isEmpty == false,
            let only = try value(node, element.shape, isFlattened: element.isFlattened, format: element.timestampFormat)
        {
            return .list([only])
        }
        return .list(
            try numbered(holder).compactMap {
                try value($0, element.shape, isFlattened: isEC2 || element.isFlattened, format: element.timestampFormat)
            })
    }

    private func map(_ node: Int, _ shape: Shape, isFlattened: Bool) throws -> Document {
        let holder = isFlattened ? node : child(node, "entry") ?? node
        var members = Members()
        let keyName = shape.key?.locationName ?? names?.key(shape) ?? "key"
        // As with lists: `Attribute.Name=VisibilityTimeout&Attribute.Value=10`.
        let entries = isFlattened && child(holder, keyName) != nil ? [holder] : numbered(holder)
        for entry in entries {
            guard let key = child(entry, keyName).flatMap({ nodes[$0].value }),
                let element = shape.value,
                let at = child(entry, element.locationName ?? (names == nil ? "value" : "Value")),
                let value = try value(at, element.shape, isFlattened: element.isFlattened, format: element.timestampFormat)
            else { continue }
            members[key] = value
        }
        return .map(members)
    }
}
