import Documents

extension Update {
    /// Holds a bound update to the rules that need no item: disjoint paths, operand types of ADD, DELETE and arithmetic.
    func check() throws(DynamoDBFault) {
        try Path.checkDisjoint(paths, .update)
        for each in add { try Self.requireType(each.value, "ADD", "ALLOWED_FOR_ADD_OPERAND") { $0 == .number || $0.isSet } }
        for each in delete { try Self.requireType(each.value, "DELETE", "ALLOWED_FOR_DELETE_OPERAND") { $0.isSet } }
        for each in set { try Self.checkArithmetic(each.value) }
    }

    private static func requireType(
        _ operand: Operand, _ name: String, _ typeSet: String, _ isAllowed: (AttributeType) -> Bool
    ) throws(DynamoDBFault) {
        guard case .literal(let value) = operand, !isAllowed(value.type) else { return }
        throw ExpressionKind.update.fault(
            "Incorrect operand type for operator or function; operator: \(name), operand type: \(value.type.longName), typeSet: \(typeSet)"
        )
    }

    private static func checkArithmetic(_ operand: Operand) throws(DynamoDBFault) {
        let (name, operands, wanted): (String, [Operand], AttributeType)
        switch operand {
        case .plus(let left, let right): (name, operands, wanted) = ("+", [left, right], .number)
        case .minus(let left, let right): (name, operands, wanted) = ("-", [left, right], .number)
        case .listAppend(let left, let right): (name, operands, wanted) = ("list_append", [left, right], .list)
        case .ifNotExists(_, let other): return try checkArithmetic(other)
        default: return
        }
        for operand in operands {
            try checkArithmetic(operand)
            guard case .literal(let value) = operand, value.type != wanted else { continue }
            throw ExpressionKind.update.fault(
                "Incorrect operand type for operator or function; operator or function: \(name), operand type: \(value.type.rawValue)"
            )
        }
    }

    /// The item after this bound update. All operands are read from the item as it was.
    func applied(to item: Attributes) throws(DynamoDBFault) -> Attributes {
        var result = item
        var values: [(Path, AttributeValue)] = []
        for each in set { values.append((each.path, try each.value.evaluate(in: item))) }
        // Assignments beyond a list's end are appended in the order of their indices.
        values.sort { left, right in
            guard left.0.steps.count == right.0.steps.count, left.0.steps.dropLast() == right.0.steps.dropLast(),
                case .element(let first)? = left.0.steps.last, case .element(let second)? = right.0.steps.last
            else { return false }
            return first < second
        }
        for (path, value) in values { try result.set(value, at: path) }
        for each in add { try Self.add(each, to: &result, original: item) }
        for each in delete { try Self.delete(each, from: &result, original: item) }
        // Higher indices first, so that each one means the element it meant before.
        let removals = remove.sorted { left, right in
            for (first, second) in zip(left.steps, right.steps) {
                if case .element(let first) = first, case .element(let second) = second, first != second { return first > second }
            }
            return false
        }
        for path in removals { try result.remove(at: path) }
        return result
    }

    private static func add(
        _ each: Assignment, to result: inout Attributes, original: Attributes
    ) throws(DynamoDBFault) {
        guard case .literal(let operand) = each.value else { return }
        switch (each.path.value(in: original), operand) {
        case (nil, _): try result.set(operand, at: each.path)
        case (.number(let old)?, .number(let increment)): try result.set(.number(try old + increment), at: each.path)
        case (let old?, _):
            guard let union = old.union(operand) else { throw .wrongOperandType }
            try result.set(union, at: each.path)
        }
    }

    private static func delete(
        _ each: Assignment, from result: inout Attributes, original: Attributes
    ) throws(DynamoDBFault) {
        guard case .literal(let operand) = each.value, let old = each.path.value(in: original) else { return }
        guard let rest = old.subtracting(operand) else { throw .wrongOperandType }
        if let rest { try result.set(rest, at: each.path) } else { try result.remove(at: each.path) }
    }
}

extension DynamoDBFault {
    static let wrongOperandType = DynamoDBFault.validation("An operand in the update expression has an incorrect data type")
    static let invalidPath = DynamoDBFault.validation("The document path provided in the update expression is invalid for update")
    static let noSuchAttribute = DynamoDBFault.validation(
        "The provided expression refers to an attribute that does not exist in the item")
}

extension Operand {
    /// The value that an update assigns.
    fileprivate func evaluate(in item: Attributes) throws(DynamoDBFault) -> AttributeValue {
        switch self {
        case .literal(let value): return value
        case .path(let path):
            guard let value = path.value(in: item) else { throw .noSuchAttribute }
            return value
        case .ifNotExists(let path, let other):
            if let value = path.value(in: item) { return value }
            return try other.evaluate(in: item)
        case .listAppend(let left, let right):
            guard case .list(let first) = try left.evaluate(in: item), case .list(let second) = try right.evaluate(in: item)
            else {
                throw .wrongOperandType
            }
            return .list(first + second)
        case .plus(let left, let right): return .number(try left.number(in: item) + right.number(in: item))
        case .minus(let left, let right): return .number(try left.number(in: item) - right.number(in: item))
        case .value, .size: throw .wrongOperandType
        }
    }

    private func number(in item: Attributes) throws(DynamoDBFault) -> Number {
        guard case .number(let number) = try evaluate(in: item) else { throw .wrongOperandType }
        return number
    }
}

extension Attributes {
    /// Assigns at a bound path. All but the last step must exist; an index beyond a list's end appends.
    mutating func set(_ value: AttributeValue, at path: Path) throws(DynamoDBFault) {
        guard path.steps.count > 1 else { return self[path.root] = value }
        guard var parent = self[path.root] else { throw .invalidPath }
        try parent.set(value, at: path.steps.dropFirst())
        self[path.root] = parent
    }

    /// Removes at a bound path; what is not there is left alone, but its parents must be.
    mutating func remove(at path: Path) throws(DynamoDBFault) {
        guard path.steps.count > 1 else {
            removeValue(forKey: path.root)
            return
        }
        guard var parent = self[path.root] else { throw .invalidPath }
        try parent.remove(at: path.steps.dropFirst())
        self[path.root] = parent
    }
}

extension AttributeValue {
    fileprivate mutating func set(_ value: AttributeValue, at steps: ArraySlice<Path.Step>) throws(DynamoDBFault) {
        guard let step = steps.first else { return self = value }
        let rest = steps.dropFirst()
        switch (step, self) {
        case (.attribute(let name), .map(var members)):
            if rest.isEmpty {
                members[name] = value
            } else {
                guard var child = members[name] else { throw .invalidPath }
                try child.set(value, at: rest)
                members[name] = child
            }
            self = .map(members)
        case (.element(let index), .list(var elements)):
            if index < elements.count {
                try elements[index].set(value, at: rest)
            } else {
                guard rest.isEmpty else { throw .invalidPath }
                elements.append(value)
            }
            self = .list(elements)
        default: throw .invalidPath
        }
    }

    fileprivate mutating func remove(at steps: ArraySlice<Path.Step>) throws(DynamoDBFault) {
        guard let step = steps.first else { return }
        let rest = steps.dropFirst()
        switch (step, self) {
        case (.attribute(let name), .map(var members)):
            if rest.isEmpty {
                members.removeValue(forKey: name)
            } else {
                guard var child = members[name] else { throw .invalidPath }
                try child.remove(at: rest)
                members[name] = child
            }
            self = .map(members)
        case (.element(let index), .list(var elements)):
            guard index < elements.count else { if rest.isEmpty { return } else { throw .invalidPath } }
            if rest.isEmpty { elements.remove(at: index) } else { try elements[index].remove(at: rest) }
            self = .list(elements)
        default: throw .invalidPath
        }
    }
}
