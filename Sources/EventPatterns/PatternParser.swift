import Documents

/// Reads a pattern. The texts of refusals are the event ruler's.
struct PatternParser {
    private static let operators: Set<String> = [
        "exists", "anything-but", "prefix", "suffix", "equals-ignore-case", "numeric", "cidr", "wildcard", "exactly",
    ]

    mutating func object(_ members: Members, depth: Int) throws(InvalidEventPattern) -> PatternObject {
        guard depth < PatternLimit.depth else { throw InvalidEventPattern("Pattern is nested too deeply") }
        guard !members.isEmpty else { throw InvalidEventPattern("Empty objects are not allowed") }
        var object = PatternObject()
        for (name, value) in members {
            switch value {
            case .map(let inner):
                object.fields.append(.init(name: name, value: .object(try self.object(inner, depth: depth + 1))))
            case .list(let items):
                if name == "$or", let choices = Self.choices(items) {
                    var alternatives: [PatternObject] = []
                    for choice in choices { alternatives.append(try self.object(choice, depth: depth + 1)) }
                    object.alternatives.append(alternatives)
                } else {
                    object.fields.append(.init(name: name, value: .tests(try tests(items))))
                }
            default: throw InvalidEventPattern("\"\(name)\" must be an object or an array")
            }
        }
        return object
    }

    /// A `$or` is the operator when it has two objects or more and none of them is a match expression; else it is a field
    /// of that name.
    private static func choices(_ items: [Document]) -> [Members]? {
        let objects = items.compactMap(\.members)
        guard objects.count == items.count, objects.count >= 2, objects.allSatisfy({ !$0.isEmpty }),
            !objects.contains(where: { $0.keys.contains(where: operators.contains) })
        else { return nil }
        return objects
    }

    private func tests(_ items: [Document]) throws(InvalidEventPattern) -> [ValueTest] {
        guard !items.isEmpty else { throw InvalidEventPattern("Empty arrays are not allowed") }
        var tests: [ValueTest] = []
        for item in items {
            if case .map(let expression) = item {
                tests.append(try test(expression))
            } else {
                tests.append(try exact(item, "Match value must be String, number, true, false, or null"))
            }
        }
        return tests
    }

    private func exact(_ value: Document, _ reason: String) throws(InvalidEventPattern) -> ValueTest {
        switch value {
        case .string(let text): .text(Text(text))
        case .integer(let number): .integer(number)
        case .double(let number): .double(number)
        case .bool(let flag): .bool(flag)
        case .null: .null
        default: throw InvalidEventPattern(reason)
        }
    }

    private func test(_ expression: Members) throws(InvalidEventPattern) -> ValueTest {
        guard let (name, value) = expression.elements.first else { throw InvalidEventPattern("Match expression name not found") }
        guard expression.count == 1 else { throw InvalidEventPattern("Only one key allowed in match expression") }
        switch name {
        case "exactly": return .text(Text(try string(value, name)))
        case "prefix", "suffix": return try affix(name, value)
        case "equals-ignore-case": return .ignoringCase(Text(try string(value, name).lowercased()))
        case "wildcard": return .wildcard(try WildcardText(try string(value, name)))
        case "cidr": return .cidr(try CIDRBlock(try string(value, "prefix")))
        case "numeric": return try numeric(value)
        case "exists":
            guard case .bool(let flag) = value else {
                throw InvalidEventPattern("exists match pattern must be either true or false.")
            }
            return flag ? .exists : .absent
        case "anything-but": return try anythingBut(value)
        default: throw InvalidEventPattern("Unrecognized match type \(name)")
        }
    }

    private func string(_ value: Document, _ name: String) throws(InvalidEventPattern) -> String {
        guard case .string(let text) = value else { throw InvalidEventPattern("\(name) match pattern must be a string") }
        return text
    }

    /// `prefix` and `suffix`, of a text or of `{"equals-ignore-case": text}`.
    private func affix(_ name: String, _ value: Document) throws(InvalidEventPattern) -> ValueTest {
        if case .map(let inner) = value {
            guard let (key, text) = inner.elements.first, key == "equals-ignore-case", inner.count == 1 else {
                throw InvalidEventPattern("Unsupported \(name) match pattern: \(inner.keys.first ?? "")")
            }
            let folded = Text(try string(text, key).lowercased())
            return name == "prefix" ? .prefixIgnoringCase(folded) : .suffixIgnoringCase(folded)
        }
        let text = Text(try string(value, name))
        return name == "prefix" ? .prefix(text) : .suffix(text)
    }

    private func anythingBut(_ value: Document) throws(InvalidEventPattern) -> ValueTest {
        switch value {
        case .map(let inner):
            guard let (name, what) = inner.elements.first else {
                throw InvalidEventPattern("Anything-But expression name not found")
            }
            guard inner.count == 1 else { throw InvalidEventPattern("Only one key allowed in match expression") }
            var values = [what]
            if case .list(let several) = what { values = several }
            guard !values.isEmpty else { throw InvalidEventPattern("Empty arrays are not allowed") }
            var tests: [ValueTest] = []
            for value in values {
                switch name {
                case "prefix", "suffix":
                    if case .string("") = value {
                        throw InvalidEventPattern("Null prefix/suffix not allowed")
                    }
                    tests.append(try affix(name, value))
                case "equals-ignore-case": tests.append(.ignoringCase(Text(try string(value, name).lowercased())))
                case "wildcard": tests.append(.wildcard(try WildcardText(try string(value, name))))
                default: throw InvalidEventPattern("Unsupported anything-but pattern: \(name)")
                }
            }
            return .noneOf(tests)
        case .list(let items):
            guard !items.isEmpty else { throw InvalidEventPattern("Empty arrays are not allowed") }
            let texts = items.filter { $0.string != nil }.count
            let numbers = items.filter { $0.double != nil }.count
            guard texts + numbers == items.count else {
                throw InvalidEventPattern("Inside anything but list, start|null|boolean is not supported.")
            }
            guard texts == 0 || numbers == 0 else {
                throw InvalidEventPattern(
                    "Inside anything but list, either all values are number or string, mixed type is not supported")
            }
            var tests: [ValueTest] = []
            for item in items { tests.append(try exact(item, "")) }
            return .noneOf(tests)
        case .string, .integer, .double: return .noneOf([try exact(value, "")])
        default: throw InvalidEventPattern("Value of anything-but must be an array or single string/number value.")
        }
    }

    /// `["=", 100]`, `[">", 10]`, `[">", 10, "<=", 20]`.
    private func numeric(_ value: Document) throws(InvalidEventPattern) -> ValueTest {
        guard case .list(let items) = value else { throw InvalidEventPattern("Value of numeric must be an array.") }
        guard items.count == 2 || items.count == 4 else {
            throw InvalidEventPattern(
                items.count > 4 ? "Too many elements in numeric expression" : "Invalid member in numeric match")
        }
        var range = NumericRange()
        for index in stride(from: 0, to: items.count, by: 2) {
            guard case .string(let name) = items[index] else {
                throw InvalidEventPattern("Invalid member in numeric match: \(JSON.text(items[index]))")
            }
            guard ["=", ">", ">=", "<", "<="].contains(name) else {
                throw InvalidEventPattern("Unrecognized numeric range operator: \(name)")
            }
            guard let number = items[index + 1].double else {
                throw InvalidEventPattern("Value of \(name == "=" ? "equals" : name) must be numeric")
            }
            guard abs(number) <= PatternLimit.number else {
                throw InvalidEventPattern("Value must be between -5.0E9 and 5.0E9, inclusive")
            }
            switch name {
            case "=":
                guard items.count == 2 else { throw InvalidEventPattern("Too many terms in numeric range") }
                range = NumericRange(low: number, includesLow: true, high: number, includesHigh: true)
            case ">", ">=":
                guard index == 0 else { throw InvalidEventPattern("Bad numeric range operator: \(name)") }
                (range.low, range.includesLow) = (number, name == ">=")
            default:
                guard range.high == nil else { throw InvalidEventPattern("Too many terms in numeric range") }
                (range.high, range.includesHigh) = (number, name == "<=")
            }
        }
        if let low = range.low, let high = range.high, items.count == 4, low >= high {
            throw InvalidEventPattern("Bottom must be less than top")
        }
        return .numeric(range)
    }
}
