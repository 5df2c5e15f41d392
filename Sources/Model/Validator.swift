import Documents

/// Holds inputs against the constraints of their shapes, and says what is wrong in AWS's own words.
///
/// Types are the wire decoder's matter: a value of another type than its shape's isn't judged here.
public enum Validator {
    public enum Limit {
        /// Past these the rest of an input isn't looked at: its answer is an error already.
        public static let violations = 100
        /// Characters of one value shown in a message.
        public static let shown = 4096
    }

    /// - Parameters:
    ///   - input: what the wire decoder made of a request.
    ///   - shape: the operation's input.
    /// - Returns: in the model's order; empty for a good input.
    public static func validate(_ input: Document, shape: Shape) -> [Violation] {
        // Nearly every input is good: paths and messages are made only for one that isn't.
        if isGood(input, shape) { return [] }
        var check = Check()
        check.value(input, shape, path: "", isSensitive: false)
        return check.found
    }

    /// Whether nothing is to be found in `value`: the same rules as ``Check``, without saying what breaks them.
    private static func isGood(_ value: Document, _ shape: Shape) -> Bool {
        guard Constraints.hold(value, shape) else { return false }
        switch (shape.kind, value) {
        case (.structure, .map(let members)):
            for member in shape.members where member.isRequired && !member.isStreaming {
                guard let value = members[member.name], value != .null else { return false }
            }
            for (name, value) in members {
                guard let member = shape.member(name) else { continue }
                if member.isStreaming || value == .null { continue }
                guard isGood(value, member.shape) else { return false }
            }
        case (.list, .list(let elements)):
            guard let element = shape.element?.shape else { return true }
            let isComposite = element.isComposite
            for value in elements where !isComposite || value != .null {
                guard isGood(value, element) else { return false }
            }
        case (.map, .map(let entries)):
            guard let key = shape.key?.shape, let element = shape.value?.shape else { return true }
            let isComposite = element.isComposite
            for (name, value) in entries {
                guard Constraints.hold(name, key) else { return false }
                if isComposite, value == .null { continue }
                guard isGood(value, element) else { return false }
            }
        default: break
        }
        return true
    }

    /// `1 validation error detected: Value ...`, or `2 validation errors detected: Value ...; Value ...`.
    public static func format(_ violations: [Violation]) -> String {
        "\(violations.count) validation error\(violations.count == 1 ? "" : "s") detected: "
            + violations.map(\.message).joined(separator: "; ")
    }
}

private struct Check {
    var found: [Violation] = []
    var isFull: Bool { found.count >= Validator.Limit.violations }

    mutating func report(
        _ constraint: Violation.Constraint, _ value: Document, _ shape: Shape, _ path: String, _ isSensitive: Bool
    ) {
        guard !isFull else { return }
        found.append(
            Violation(
                path: path,
                value: isSensitive || shape.isSensitive ? .hidden : .text(ValueText.text(value, shape)),
                constraint: constraint))
    }

    mutating func value(_ value: Document, _ shape: Shape, path: String, isSensitive: Bool) {
        guard !isFull else { return }
        for broken in Constraints.broken(value, shape) { report(broken, value, shape, path, isSensitive) }
        let isSensitive = isSensitive || shape.isSensitive
        switch (shape.kind, value) {
        case (.structure, .map(let members)): structure(members, shape, path: path, isSensitive: isSensitive)
        case (.list, .list(let elements)): list(elements, value, shape, path: path, isSensitive: isSensitive)
        case (.map, .map(let entries)): map(entries, value, shape, path: path, isSensitive: isSensitive)
        default: break
        }
    }

    private mutating func structure(_ members: Members, _ shape: Shape, path: String, isSensitive: Bool) {
        for member in shape.members {
            let inner = (path.isEmpty ? "" : path + ".") + ValueText.decapitalised(member.name)
            guard let value = members[member.name], value != .null else {
                if member.isRequired, !member.isStreaming, !isFull {
                    found.append(Violation(path: inner, value: .absent, constraint: .notNull))
                }
                continue
            }
            if member.isStreaming { continue }
            self.value(value, member.shape, path: inner, isSensitive: isSensitive)
        }
    }

    private mutating func list(_ elements: [Document], _ list: Document, _ shape: Shape, path: String, isSensitive: Bool) {
        guard let element = shape.element?.shape else { return }
        guard element.isComposite else {
            // Simple elements are told of together, at the list, with all that is asked of them.
            if elements.contains(where: { !Constraints.broken($0, element).isEmpty }) {
                report(.elements(Constraints.all(element)), list, shape, path, isSensitive || element.isSensitive)
            }
            return
        }
        for (position, value) in elements.enumerated() where value != .null {
            self.value(value, element, path: "\(path).\(position + 1).member", isSensitive: isSensitive)
        }
    }

    private mutating func map(_ entries: Members, _ map: Document, _ shape: Shape, path: String, isSensitive: Bool) {
        guard let key = shape.key?.shape, let element = shape.value?.shape else { return }
        if entries.keys.contains(where: { !Constraints.broken(.string($0), key).isEmpty }) {
            report(.mapKeys(Constraints.all(key)), map, shape, path, isSensitive || key.isSensitive)
        }
        guard element.isComposite else {
            if entries.values.contains(where: { !Constraints.broken($0, element).isEmpty }) {
                report(.mapValues(Constraints.all(element)), map, shape, path, isSensitive || element.isSensitive)
            }
            return
        }
        // Lists of a wrong length are told of together too.
        if element.kind == .list, entries.values.contains(where: { !Constraints.broken($0, element).isEmpty }) {
            return report(.mapValues(Constraints.all(element)), map, shape, path, isSensitive || element.isSensitive)
        }
        for (name, value) in entries where value != .null {
            self.value(value, element, path: "\(path).\(name).member", isSensitive: isSensitive)
        }
    }
}

extension Shape {
    var isComposite: Bool { kind == .structure || kind == .list || kind == .map }
}

/// The constraints of one shape, without those of what it holds.
enum Constraints {
    /// In the order AWS lists them for elements.
    static func all(_ shape: Shape) -> [Violation.Constraint] {
        var all: [Violation.Constraint] = []
        if let max = shape.max { all.append(shape.isNumber ? .valueMax(max) : .lengthMax(max)) }
        if let min = shape.min { all.append(shape.isNumber ? .valueMin(min) : .lengthMin(min)) }
        if let pattern = shape.pattern { all.append(.pattern(pattern)) }
        if !shape.enumValues.isEmpty { all.append(.enumeration(shape.enumValues)) }
        return all
    }

    /// Whether ``broken(_:_:)`` is empty, without making an array.
    static func hold(_ value: Document, _ shape: Shape) -> Bool {
        if case .string(let text) = value { return hold(text, shape) }
        if shape.min == nil, shape.max == nil { return true }
        return broken(value, shape).isEmpty
    }

    static func hold(_ text: String, _ shape: Shape) -> Bool {
        guard shape.kind == .string else { return true }
        if shape.min == nil, shape.max == nil, shape.pattern == nil, shape.enumValues.isEmpty { return true }
        if !shape.enumValues.isEmpty, !shape.enumValues.contains(text) { return false }
        if let pattern = shape.pattern, !Pattern.of(pattern).fits(text) { return false }
        // A scalar has one to four bytes: most texts need no counting.
        let bytes = text.utf8.count
        let isLongEnough = shape.min.map { Double((bytes + 3) / 4) >= $0.double } ?? true
        let isShortEnough = shape.max.map { Double(bytes) <= $0.double } ?? true
        return isLongEnough && isShortEnough ? true : length(text.unicodeScalars.count, shape).isEmpty
    }

    /// In the order AWS reports them.
    static func broken(_ value: Document, _ shape: Shape) -> [Violation.Constraint] {
        switch (shape.kind, value) {
        case (.string, .string(let text)):
            var broken: [Violation.Constraint] = []
            if !shape.enumValues.isEmpty, !shape.enumValues.contains(text) { broken.append(.enumeration(shape.enumValues)) }
            if let pattern = shape.pattern, !Pattern.of(pattern).fits(text) { broken.append(.pattern(pattern)) }
            return shape.min == nil && shape.max == nil ? broken : broken + length(text.unicodeScalars.count, shape)
        case (.blob, .blob(let bytes)): return length(bytes.count, shape)
        case (.list, .list(let elements)): return length(elements.count, shape)
        case (.map, .map(let entries)): return length(entries.count, shape)
        case (_, .integer(let number)) where shape.isNumber: return magnitude(Double(number), exact: number, shape)
        case (_, .double(let number)) where shape.isNumber: return magnitude(number, exact: nil, shape)
        default: return []
        }
    }

    private static func length(_ count: Int, _ shape: Shape) -> [Violation.Constraint] {
        var broken: [Violation.Constraint] = []
        if let min = shape.min, Double(count) < min.double { broken.append(.lengthMin(min)) }
        if let max = shape.max, Double(count) > max.double { broken.append(.lengthMax(max)) }
        return broken
    }

    private static func magnitude(_ number: Double, exact: Int64?, _ shape: Shape) -> [Violation.Constraint] {
        func isLess(_ bound: Shape.Bound) -> Bool {
            if case .integer(let bound) = bound, let exact { exact < bound } else { number < bound.double }
        }
        func isMore(_ bound: Shape.Bound) -> Bool {
            if case .integer(let bound) = bound, let exact { exact > bound } else { number > bound.double }
        }
        var broken: [Violation.Constraint] = []
        if let min = shape.min, isLess(min) { broken.append(.valueMin(min)) }
        if let max = shape.max, isMore(max) { broken.append(.valueMax(max)) }
        return broken
    }
}

extension Shape {
    var isNumber: Bool {
        switch kind {
        case .integer, .long, .float, .double: true
        default: false
        }
    }
}
