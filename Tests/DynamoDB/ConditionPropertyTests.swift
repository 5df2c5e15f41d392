import Documents
import Testing

@testable import DynamoDB

/// Random conditions on random items, against an evaluator that is as plain as can be.
struct ConditionPropertyTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func holdsAsThePlainEvaluatorSays(seed: UInt64) throws {
        var random = Seed(seed)
        var (held, refused) = (0, 0)
        for _ in 0..<1_500 {
            let item = Dictionary(uniqueKeysWithValues: ["a", "b", "name"].map { ($0, Plain.random(&random, depth: 0)) })
            let present = item.filter { _ in Int.random(in: 0..<4, using: &random) > 0 }
            let rule = Rule.random(&random, depth: 3)
            var writer = RuleWriter()
            let text = writer.text(rule)
            var input: Members = ["ExpressionAttributeNames": writer.names]
            if !writer.values.isEmpty { input["ExpressionAttributeValues"] = .map(writer.values) }
            var placeholders = try Placeholders(.map(input), expressions: [("ConditionExpression", true)])
            guard let condition = try bound(text, &placeholders) else {
                refused += 1
                continue
            }
            let attributes = try Attributes(Members(uniqueKeysWithValues: present.map { ($0.key, $0.value.wire) }))
            let holds = condition.holds(for: attributes)
            #expect(holds == rule.holds(present), "\(text) on \(present) with \(writer.values)")
            held += holds ? 1 : 0
        }
        // The test says something only if both answers are common.
        #expect(held > 300 && held < 1_200 && refused < 500, "\(held) \(refused)")
    }
}

/// nil for a condition that compares a path with itself, which is refused.
private func bound(_ text: String, _ placeholders: inout Placeholders) throws(DynamoDBFault) -> Condition? {
    let condition = try placeholders.bind(try Parser.condition(text, .condition), .condition)
    let result = Result { () throws(DynamoDBFault) in try condition.check(.condition) }
    if case .failure(let fault) = result {
        guard fault.message.contains("must be distinct") else { throw fault }
        return nil
    }
    return condition
}

/// A value without DynamoDB's code.
private indirect enum Plain: Hashable, CustomStringConvertible {
    case number(Int), text(String), bytes([UInt8]), bool(Bool), null
    case texts(Set<String>), numbers(Set<Int>), list([Plain]), map([String: Plain])

    static func random(_ random: inout Seed, depth: Int) -> Plain {
        switch Int.random(in: 0...(depth < 2 ? 10 : 5), using: &random) {
        case 0, 1: .number(Int.random(in: -2...2, using: &random))
        case 2, 3: .text(["", "a", "ab", "b", "é"].randomElement(using: &random) ?? "")
        case 4: .bytes([[], [1], [1, 2], [255]].randomElement(using: &random) ?? [])
        case 5: Bool.random(using: &random) ? .null : .bool(Bool.random(using: &random))
        case 6: .texts(["a", Bool.random(using: &random) ? "ab" : "b"])
        case 7: .numbers([1, Int.random(in: -1...0, using: &random)])
        case 8: .map(["x": Plain.random(&random, depth: depth + 1)])
        default: .list((0..<Int.random(in: 0...2, using: &random)).map { _ in Plain.random(&random, depth: depth + 1) })
        }
    }

    var kind: String {
        switch self {
        case .number: "N"
        case .text: "S"
        case .bytes: "B"
        case .bool: "BOOL"
        case .null: "NULL"
        case .texts: "SS"
        case .numbers: "NS"
        case .list: "L"
        case .map: "M"
        }
    }

    var wire: Document {
        switch self {
        case .number(let value): ["N": .string("\(value)0e-1")]
        case .text(let value): ["S": .string(value)]
        case .bytes(let value): ["B": .blob(value)]
        case .bool(let value): ["BOOL": .bool(value)]
        case .null: ["NULL": true]
        case .texts(let values): ["SS": .list(values.map { .string($0) })]
        case .numbers(let values): ["NS": .list(values.map { .string("\($0)") })]
        case .list(let values): ["L": .list(values.map(\.wire))]
        case .map(let values): ["M": .map(Members(uniqueKeysWithValues: values.map { ($0.key, $0.value.wire) }))]
        }
    }

    var size: Int? {
        switch self {
        case .text(let value): value.utf8.count
        case .bytes(let value): value.count
        case .texts(let values): values.count
        case .numbers(let values): values.count
        case .list(let values): values.count
        case .map(let values): values.count
        case .number, .bool, .null: nil
        }
    }

    func isBefore(_ other: Plain) -> Bool {
        switch (self, other) {
        case (.number(let left), .number(let right)): left < right
        case (.text(let left), .text(let right)): Array(left.utf8).lexicographicallyPrecedes(Array(right.utf8))
        case (.bytes(let left), .bytes(let right)): left.lexicographicallyPrecedes(right)
        default: false
        }
    }

    var isOrdered: Bool { ["N", "S", "B"].contains(kind) }
    var description: String { JSON.text(wire) }
}

private enum Term: Hashable {
    case path([String]), value(Plain), size([String])

    func evaluated(_ item: [String: Plain]) -> Plain? {
        switch self {
        case .value(let value): return value
        case .size(let path): return Term.path(path).evaluated(item)?.size.map { .number($0) }
        case .path(let steps):
            guard var found = item[steps[0]] else { return nil }
            for step in steps.dropFirst() {
                switch found {
                case .map(let members): guard let next = members[step] else { return nil }; found = next
                case .list(let elements):
                    guard let index = Int(step), index < elements.count else { return nil }
                    found = elements[index]
                default: return nil
                }
            }
            return found
        }
    }

    static func randomPath(_ random: inout Seed) -> [String] {
        let root = ["a", "b", "name", "absent"].randomElement(using: &random) ?? "a"
        return [[root], [root], [root, "x"], [root, "0"], [root, "1"]].randomElement(using: &random) ?? [root]
    }

    static func random(_ random: inout Seed) -> Term {
        switch Int.random(in: 0...4, using: &random) {
        case 0: .size(randomPath(&random))
        case 1, 2: .path(randomPath(&random))
        default: .value(.random(&random, depth: 1))
        }
    }
}

private indirect enum Rule {
    case compare(String, Term, Term), between(Term, Plain, Plain), isIn(Term, [Term])
    case exists([String], Bool), type([String], String), begins([String], Plain), contains([String], Plain)
    case and(Rule, Rule), or(Rule, Rule), not(Rule)

    static func random(_ random: inout Seed, depth: Int) -> Rule {
        if depth > 0 {
            switch Int.random(in: 0...5, using: &random) {
            case 0: return .and(.random(&random, depth: depth - 1), .random(&random, depth: depth - 1))
            case 1: return .or(.random(&random, depth: depth - 1), .random(&random, depth: depth - 1))
            case 2: return .not(.random(&random, depth: depth - 1))
            default: break
            }
        }
        let path = Term.randomPath(&random)
        let value = Plain.random(&random, depth: 2)
        switch Int.random(in: 0...7, using: &random) {
        case 0: return .exists(path, Bool.random(using: &random))
        case 1: return .type(path, ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "L", "M"].randomElement(using: &random) ?? "S")
        case 2: return .begins(path, Bool.random(using: &random) ? .text("a") : .bytes([1]))
        case 3: return .contains(path, value)
        case 4:
            let bounds: [Plain] =
                [[.number(-1), .number(1)], [.text("a"), .text("b")], [.bytes([]), .bytes([1, 2])]].randomElement(
                    using: &random) ?? []
            return .between(Bool.random(using: &random) ? .path(path) : .size(path), bounds[0], bounds[1])
        case 5: return .isIn(.path(path), (0..<Int.random(in: 1...3, using: &random)).map { _ in Term.random(&random) })
        case 6: return .compare(Bool.random(using: &random) ? "=" : "<>", .path(path), .random(&random))
        default:
            let literal = value.isOrdered ? value : .number(0)
            let operand: Term = Bool.random(using: &random) ? .path(path) : .size(path)
            return .compare(["<", "<=", ">", ">="].randomElement(using: &random) ?? "<", operand, .value(literal))
        }
    }

    func holds(_ item: [String: Plain]) -> Bool {
        switch self {
        case .and(let left, let right): return left.holds(item) && right.holds(item)
        case .or(let left, let right): return left.holds(item) || right.holds(item)
        case .not(let inner): return !inner.holds(item)
        case .exists(let path, let isWanted): return (Term.path(path).evaluated(item) != nil) == isWanted
        case .type(let path, let kind): return Term.path(path).evaluated(item)?.kind == kind
        case .compare(let sign, let left, let right):
            let (one, other) = (left.evaluated(item), right.evaluated(item))
            guard let first = one, let second = other else { return sign == "<>" && (one == nil) != (other == nil) }
            switch sign {
            case "=": return first == second
            case "<>": return first != second
            case "<": return first.isBefore(second)
            case ">": return second.isBefore(first)
            case "<=": return first.isBefore(second) || (first.isOrdered && first == second)
            default: return second.isBefore(first) || (first.isOrdered && first == second)
            }
        case .between(let term, let low, let high):
            guard let value = term.evaluated(item), value.kind == low.kind else { return false }
            return !value.isBefore(low) && !high.isBefore(value)
        case .isIn(let term, let others):
            guard let value = term.evaluated(item) else { return false }
            return others.contains { $0.evaluated(item) == value }
        case .begins(let path, let start):
            switch (Term.path(path).evaluated(item), start) {
            case (.text(let text)?, .text(let start)): return text.hasPrefix(start)
            case (.bytes(let bytes)?, .bytes(let start)): return bytes.starts(with: start)
            default: return false
            }
        case .contains(let path, let part):
            switch (Term.path(path).evaluated(item), part) {
            case (.text(let text)?, .text(let part)): return part.isEmpty || text.contains(part)
            case (.bytes(let bytes)?, .bytes(let part)):
                return part.isEmpty || bytes.indices.contains { bytes[$0...].starts(with: part) }
            case (.texts(let texts)?, .text(let part)): return texts.contains(part)
            case (.numbers(let numbers)?, .number(let part)): return numbers.contains(part)
            case (.list(let elements)?, let part): return elements.contains(part)
            default: return false
            }
        }
    }
}

/// A rule as an expression, with no more parentheses than it needs.
private struct RuleWriter {
    var values = Members()
    let names: Document = ["#n": "name"]

    mutating func text(_ rule: Rule) -> String {
        // Every placeholder must be used; the name's is, in a part that always holds.
        text(.and(rule, .or(.exists(["name"], true), .exists(["name"], false))), within: 0)
    }

    private mutating func text(_ rule: Rule, within strength: Int) -> String {
        func enclosed(_ text: String, _ own: Int) -> String { own < strength ? "(\(text))" : text }
        switch rule {
        case .or(let left, let right): return enclosed("\(text(left, within: 1)) OR \(text(right, within: 2))", 1)
        case .and(let left, let right): return enclosed("\(text(left, within: 2)) AND \(text(right, within: 3))", 2)
        case .not(let inner): return enclosed("NOT \(text(inner, within: 3))", 3)
        case .compare(let sign, let left, let right): return "\(text(left)) \(sign) \(text(right))"
        case .between(let term, let low, let high): return "\(text(term)) BETWEEN \(text(.value(low))) AND \(text(.value(high)))"
        case .isIn(let term, let others):
            var parts: [String] = []
            for other in others { parts.append(text(other)) }
            return "\(text(term)) IN (\(parts.joined(separator: ", ")))"
        case .exists(let path, let isWanted): return "attribute_\(isWanted ? "" : "not_")exists(\(text(.path(path))))"
        case .type(let path, let kind): return "attribute_type(\(text(.path(path))), \(text(.value(.text(kind)))))"
        case .begins(let path, let start): return "begins_with(\(text(.path(path))), \(text(.value(start))))"
        case .contains(let path, let part): return "contains(\(text(.path(path))), \(text(.value(part))))"
        }
    }

    private mutating func text(_ term: Term) -> String {
        switch term {
        case .size(let path): return "size(\(text(.path(path))))"
        case .value(let value):
            let name = ":v\(values.count)"
            values[name] = value.wire
            return name
        case .path(let steps):
            var text = steps[0] == "name" ? "#n" : steps[0]
            for step in steps.dropFirst() { text += Int(step) == nil ? ".\(step)" : "[\(step)]" }
            return text
        }
    }
}
