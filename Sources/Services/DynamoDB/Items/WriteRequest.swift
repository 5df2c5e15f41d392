import Documents
import Kernel
import Store

/// `ReturnValues`
enum ReturnValues: String, Sendable {
    case none = "NONE", allOld = "ALL_OLD", updatedOld = "UPDATED_OLD", allNew = "ALL_NEW", updatedNew = "UPDATED_NEW"
}

/// A put, delete, update or check of one item, read and bound, ready to be carried out in a transaction.
struct WriteRequest: Sendable {
    enum Action: Sendable {
        case put(Attributes)
        case delete(key: Attributes)
        case update(key: Attributes, Update)
        case check(key: Attributes)
    }
    var action: Action
    var condition: Condition?
    var returnsOldOnFailure: Bool

    /// What a write has done.
    struct Outcome: Sendable {
        var old: Attributes?
        var new: Attributes?
        /// The larger of the item's sizes before and after: what a write unit counts.
        var size: Int
        /// What it cost in secondary indexes.
        var indexes: [IndexCharge] = []
    }

    /// Carries it out.
    /// - Parameter wantsOld: the caller needs the old item.
    func run(in writer: ItemWriter, wantsOld: Bool) throws -> Outcome {
        try run(in: writer, at: writer.table.key(of: self), wantsOld: wantsOld)
    }

    /// - Parameter key: what ``TableRecord/key(of:)`` gives for it.
    func run(in writer: ItemWriter, at key: ItemKey, wantsOld: Bool) throws -> Outcome {
        let table = writer.table
        let wantsOld = wantsOld || condition != nil
        switch action {
        case .put(let item):
            try table.checkIndexKeys(item)
            let size = item.itemSize
            guard size <= ItemWriter.Limit.itemBytes else { throw DynamoDBFault.itemTooLarge }
            let present = try writer.present(key)
            let old = wantsOld ? try writer.attributes(of: present) : nil
            try checkCondition(old)
            let charges = try writer.replace(present, with: item, size: size, at: key)
            return Outcome(old: old, new: item, size: max(size, try present?.size() ?? 0), indexes: charges)
        case .delete:
            let present = try writer.present(key)
            let old = wantsOld ? try writer.attributes(of: present) : nil
            try checkCondition(old)
            let charges = try writer.replace(present, with: nil, size: 0, at: key)
            return Outcome(old: old, new: nil, size: try present?.size() ?? 0, indexes: charges)
        case .check:
            let present = try writer.present(key)
            let old = try writer.attributes(of: present)
            try checkCondition(old)
            return Outcome(old: old, new: old, size: try present?.size() ?? 0)
        case .update(let named, let update):
            try table.checkLeavesKey(update)
            let present = try writer.present(key)
            let old = try writer.attributes(of: present)
            try checkCondition(old)
            let new = try update.applied(to: old ?? table.keyAttributes(of: named))
            if old == nil, update.onlyRemoves { return Outcome(old: nil, new: nil, size: 0) }
            do throws(DynamoDBFault) { try table.checkIndexKeys(new) } catch {
                if case .emptyIndexKey(let type, _, _) = error { throw DynamoDBFault.emptyIndexKeyUpdate(type: type) }
                throw error
            }
            let size = new.itemSize
            guard size <= ItemWriter.Limit.itemBytes else { throw DynamoDBFault.updatedItemTooLarge }
            guard new.allSatisfy({ $0.value.depth <= AttributeValue.Limit.nesting }) else { throw DynamoDBFault.tooDeep }
            let charges = try writer.replace(present, with: new, size: size, at: key)
            return Outcome(old: old, new: new, size: max(size, try present?.size() ?? 0), indexes: charges)
        }
    }

    private func checkCondition(_ old: Attributes?) throws {
        guard let condition, !condition.holds(for: old ?? [:]) else { return }
        throw DynamoDBFault.conditionFailed(item: returnsOldOnFailure ? old?.document : nil)
    }
}

extension AttributeValue {
    /// Levels of lists and maps.
    fileprivate var depth: Int {
        switch self {
        case .list(let elements): 1 + (elements.map(\.depth).max() ?? 0)
        case .map(let members): 1 + (members.values.map(\.depth).max() ?? 0)
        default: 0
        }
    }
}

extension TableRecord {
    fileprivate func checkLeavesKey(_ update: Update) throws(DynamoDBFault) {
        for path in update.paths where schema.names.contains(path.root) {
            throw .validation(
                "One or more parameter values were invalid: Cannot update attribute \(path.root). This attribute is part of the key"
            )
        }
    }
}

/// Reading what the write operations share out of their inputs.
extension DynamoDBService {
    func returnValues(_ input: Document, allowed: [ReturnValues], _ message: String) throws(DynamoDBFault) -> ReturnValues {
        guard let text = input["ReturnValues"]?.string else { return .none }
        guard let value = ReturnValues(rawValue: text), allowed.contains(value) else { throw .validation(message) }
        return value
    }

    func condition(
        _ input: Document, _ placeholders: inout Placeholders, _ kind: ExpressionKind = .condition
    ) throws(DynamoDBFault) -> Condition? {
        guard let text = input[kind.rawValue]?.string else {
            return kind == .filter ? try LegacyParameters.filter(input) : try LegacyParameters.expected(input)
        }
        let condition = try placeholders.bind(try expressions.condition(text, kind), kind)
        try condition.check(kind)
        return condition
    }

    func returnsOldOnFailure(_ input: Document) -> Bool { input["ReturnValuesOnConditionCheckFailure"]?.string == "ALL_OLD" }

    func putRequest(_ input: Document, isPart: Bool = false) throws(DynamoDBFault) -> WriteRequest {
        try LegacyParameters.checkNotMixed(input)
        let item = try Attributes(input["Item"]?.members ?? [:])
        var placeholders = try Placeholders(
            input, isPart: isPart, expressions: [("ConditionExpression", input["ConditionExpression"] != nil)])
        let condition = try condition(input, &placeholders)
        try placeholders.checkAllUsed()
        return WriteRequest(action: .put(item), condition: condition, returnsOldOnFailure: returnsOldOnFailure(input))
    }

    func deleteRequest(_ input: Document, isCheck: Bool = false, isPart: Bool = false) throws(DynamoDBFault) -> WriteRequest {
        try LegacyParameters.checkNotMixed(input)
        let key = try Attributes(input["Key"]?.members ?? [:])
        var placeholders = try Placeholders(
            input, isPart: isPart, expressions: [("ConditionExpression", input["ConditionExpression"] != nil)])
        let condition = try condition(input, &placeholders)
        try placeholders.checkAllUsed()
        return WriteRequest(
            action: isCheck ? .check(key: key) : .delete(key: key), condition: condition,
            returnsOldOnFailure: returnsOldOnFailure(input))
    }

    func updateRequest(_ input: Document, isPart: Bool = false) throws(DynamoDBFault) -> WriteRequest {
        try LegacyParameters.checkNotMixed(input)
        let key = try Attributes(input["Key"]?.members ?? [:])
        var placeholders = try Placeholders(
            input, isPart: isPart,
            expressions: [
                ("UpdateExpression", input["UpdateExpression"] != nil),
                ("ConditionExpression", input["ConditionExpression"] != nil),
            ])
        var update = Update()
        if let text = input["UpdateExpression"]?.string {
            update = try placeholders.bind(try expressions.update(text))
            try update.check()
        } else if input["AttributeUpdates"] != nil {
            update = try LegacyParameters.update(input)
        }
        let condition = try condition(input, &placeholders)
        try placeholders.checkAllUsed()
        return WriteRequest(
            action: .update(key: key, update), condition: condition, returnsOldOnFailure: returnsOldOnFailure(input))
    }
}
