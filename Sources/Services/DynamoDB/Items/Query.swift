import Documents
import Kernel
import Store

extension DynamoDBService {
    func query(_ input: Document, _ context: Context) async throws -> Document {
        let name = try TableName(in: input, context)
        try LegacyParameters.checkNotMixed(input)
        let legacy = try LegacyParameters.keyConditions(input)
        let text = input["KeyConditionExpression"]?.string
        var placeholders = try Placeholders(
            input,
            expressions: [
                ("FilterExpression", input["FilterExpression"] != nil), ("KeyConditionExpression", text != nil),
                ("ProjectionExpression", input["ProjectionExpression"] != nil),
            ])
        let request = try pageRequest(input, &placeholders)
        let bound: Condition
        if let text {
            bound = try placeholders.bind(try expressions.condition(text, .keyCondition), .keyCondition)
            try bound.check(.keyCondition)
        } else {
            guard let legacy else {
                throw DynamoDBFault.validation(
                    "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
            }
            bound = legacy
        }
        try placeholders.checkAllUsed()
        let (tables, meter, now) = (tables, meter, context.now)
        let (page, reader) = try await context.store.read { snapshot in
            let table = try tables.table(name, in: snapshot, for: context)
            let reader = try request.reader(table)
            let schema = reader.index?.schema ?? table.schema
            let condition = try KeyCondition(bound, schema) { table.type(of: $0) }
            try reader.checkFilter(schema)
            let (begin, end) = condition.range(under: reader.rows)
            if let start = try reader.startRow() {
                guard start >= begin, start < end else {
                    let partition = condition.partitionRow(under: reader.rows)
                    throw DynamoDBFault.validation(
                        start >= partition && start < partition.rangeEnd
                            ? "The provided starting key does not match the range key predicate"
                            : "The provided starting key is outside query boundaries based on provided conditions")
                }
            }
            try meter.admit(reader.table, reader.index, isWrite: false, at: now)
            return (try reader.page(from: begin, to: end, in: snapshot), reader)
        }
        return output(input, page, reader, now)
    }
}

extension PageReader {
    /// A query's filter must leave its key attributes alone: they belong into the key condition.
    fileprivate func checkFilter(_ schema: KeySchema) throws(DynamoDBFault) {
        guard let filter else { return }
        if let name = schema.names.first(where: { filter.names($0) }) {
            throw .validation("Filter Expression can only contain non-primary key attributes: Primary key attribute: \(name)")
        }
    }
}

extension Condition {
    /// Whether a path of it begins with this attribute.
    fileprivate func names(_ attribute: String) -> Bool {
        switch self {
        case .and(let left, let right), .or(let left, let right): left.names(attribute) || right.names(attribute)
        case .not(let inner): inner.names(attribute)
        case .compare(_, let left, let right): left.names(attribute) || right.names(attribute)
        case .between(let operand, let lower, let upper): [operand, lower, upper].contains { $0.names(attribute) }
        case .isIn(let operand, let others): ([operand] + others).contains { $0.names(attribute) }
        case .function(_, let operands): operands.contains { $0.names(attribute) }
        }
    }
}

extension Operand {
    fileprivate func names(_ attribute: String) -> Bool {
        switch self {
        case .path(let path): path.root == attribute
        case .size(let inner): inner.names(attribute)
        default: false
        }
    }
}

extension KeyCondition {
    /// What all rows of its partition begin with.
    func partitionRow(under rows: Key) -> Key {
        rows.appending(
            .bytes(
                morePartition.isEmpty ? ItemKey.partitionBytes(partition) : ItemKey.partitionBytes([partition] + morePartition)))
    }

    /// The rows that satisfy it, under a table's or an index's prefix.
    func range(under rows: Key) -> (begin: Key, end: Key) {
        var partition = partitionRow(under: rows)
        for value in leading { partition = partition.appending(.bytes(value.keyBytes)) }
        switch sort {
        case nil: return (partition, partition.rangeEnd)
        case .compare(let comparator, let value):
            let exact = partition.appending(.bytes(value.keyBytes))
            switch comparator {
            case .less: return (partition, exact)
            case .lessOrEqual: return (partition, exact.rangeEnd)
            case .greater: return (exact.rangeEnd, partition.rangeEnd)
            case .greaterOrEqual: return (exact, partition.rangeEnd)
            case .equal, .notEqual: return (exact, exact.rangeEnd)
            }
        case .between(let low, let high):
            return (partition.appending(.bytes(low.keyBytes)), partition.appending(.bytes(high.keyBytes)).rangeEnd)
        case .beginsWith(let value):
            // Without its end mark, the element is the beginning of all that it begins.
            let prefix = Array(partition.appending(.bytes(value.keyBytes)).bytes.dropLast())
            return (Key(bytes: prefix), Key(bytes: Self.next(prefix)))
        }
    }

    /// The first bytes after all that begin with `prefix`.
    private static func next(_ prefix: [UInt8]) -> [UInt8] {
        var bytes = prefix
        while let last = bytes.popLast() {
            if last < 0xFF { return bytes + [last + 1] }
        }
        return prefix + [0xFF]
    }
}
