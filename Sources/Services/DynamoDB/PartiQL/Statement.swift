/// A PartiQL statement, with its parameters filled in
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.statements.html).
enum Statement: Sendable {
    struct Select: Sendable {
        var table: String
        var index: String?
        /// nil is everything.
        var projection: [Path]?
        var condition: Condition?
        var order: [(attribute: String, isDescending: Bool)] = []
    }
    struct Insert: Sendable {
        var table: String
        var item: Attributes
    }
    struct Change: Sendable {
        var table: String
        /// nil deletes.
        var update: Update?
        var condition: Condition?
        var returned: ReturnValues
    }
    case select(Select)
    case insert(Insert)
    case change(Change)
    /// `EXISTS(SELECT ...)`, in a transaction.
    case exists(Select)

    var table: String {
        switch self {
        case .select(let select), .exists(let select): select.table
        case .insert(let insert): insert.table
        case .change(let change): change.table
        }
    }

    var index: String? { if case .select(let select) = self { select.index } else { nil } }

    var isRead: Bool { if case .select = self { true } else { false } }

    /// The permission that it needs.
    var action: String {
        switch self {
        case .select, .exists: "dynamodb:PartiQLSelect"
        case .insert: "dynamodb:PartiQLInsert"
        case .change(let change): change.update == nil ? "dynamodb:PartiQLDelete" : "dynamodb:PartiQLUpdate"
        }
    }

    static func malformed(_ detail: String) -> DynamoDBFault {
        .validation("Statement wasn't well formed, can't be processed: \(detail)")
    }
}
