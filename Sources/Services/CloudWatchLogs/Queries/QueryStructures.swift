import Documents

/// Maps and lists in queries
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html#CWL_QuerySyntax-structure-types).
enum QueryStep: Sendable, Hashable {
    case key(String)
    /// From 0.
    case index(Int)
}

extension QueryValue {
    /// What a JSON value is in a query.
    init(_ document: Document) {
        self =
            switch document {
            case .map, .list: .structure(document)
            case .null: .null
            case .bool(let value): .bool(value)
            case .integer(let value): .number(Double(value))
            case .double(let value): .number(value)
            default: .text(document.string ?? JSON.text(document))
            }
    }

    /// A map or a list from its JSON; nothing from any other text.
    init(parsing text: String?) {
        let document = text.flatMap { try? JSON.parse($0) }
        self =
            switch document {
            case .map?, .list?: document.map { .structure($0) } ?? .null
            default: .null
            }
    }

    /// What lies at the end of the steps; null where one of them leads nowhere.
    func item(at steps: [QueryStep]) -> QueryValue {
        guard case .structure(var document) = self else { return steps.isEmpty ? self : .null }
        for step in steps {
            switch (step, document) {
            case (.key(let name), .map(let members)): document = members[name] ?? .null
            case (.index(let index), .list(let items)): document = items.indices.contains(index) ? items[index] : .null
            default: return .null
            }
        }
        return QueryValue(document)
    }

    /// The items of a list; what is none is its own only item, and nothing has none.
    var items: [QueryValue] {
        switch self {
        case .structure(.list(let items)): items.map { QueryValue($0) }
        case .null: []
        default: [self]
        }
    }
}
