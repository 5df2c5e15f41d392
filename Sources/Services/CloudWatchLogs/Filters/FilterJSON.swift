import Documents

/// Filter patterns for JSON events: `{ ($.user.id = 1) && ($.users[0].email = "a*") }`.
struct FilterJSON: Sendable {
    /// `$.a.b[0]`, `$.a[*]`, `$['a-b']`.
    struct Selector: Sendable {
        enum Step: Sendable {
            case name(String)
            case index(Int)
            case all
        }
        var text: String
        var steps: [Step] = []

        init(_ rest: inout Substring) throws(LogsFault) {
            let begin = rest
            guard FilterScanner.take("$", &rest) else { throw .invalidPattern }
            reading: while let first = rest.first {
                switch first {
                case ".":
                    rest.removeFirst()
                    if rest.first == "[" { continue }
                    if rest.first == "*" {
                        rest.removeFirst()
                        steps.append(.all)
                        continue
                    }
                    let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" || $0 == "@" }
                    guard !name.isEmpty else { throw .invalidPattern }
                    rest = rest.dropFirst(name.count)
                    steps.append(.name(String(name)))
                case "[":
                    guard let close = rest.firstIndex(of: "]") else { throw .invalidPattern }
                    let inner = rest[rest.index(after: rest.startIndex)..<close]
                    rest = rest[rest.index(after: close)...]
                    if inner == "*" {
                        steps.append(.all)
                    } else if let index = Int(inner), index >= 0 {
                        steps.append(.index(index))
                    } else if let quote = inner.first, quote == "'" || quote == "\"", inner.count > 2, inner.last == quote {
                        steps.append(.name(String(inner.dropFirst().dropLast())))
                    } else {
                        throw .invalidPattern
                    }
                default: break reading
                }
            }
            guard !steps.isEmpty else { throw .invalidPattern }
            text = String(begin[..<rest.startIndex]).trimming()
        }

        func values(in document: Document) -> [Document] {
            var values = [document]
            for step in steps {
                values = values.flatMap { value -> [Document] in
                    switch (step, value) {
                    case (.name(let name), .map(let members)): members[name].map { [$0] } ?? []
                    case (.index(let index), .list(let items)): index < items.count ? [items[index]] : []
                    case (.all, .list(let items)): items
                    case (.all, .map(let members)): Array(members.values)
                    default: []
                    }
                }
            }
            return values
        }
    }

    enum Test: Sendable {
        case compare(FilterComparison)
        case isNull, isTrue, isFalse, exists, notExists
    }

    struct Leaf: Sendable {
        var selector: Selector
        var test: Test
    }

    let condition: FilterCondition<Leaf>

    /// - Parameter text: with its braces.
    init(_ text: Substring) throws(LogsFault) {
        guard let close = text.lastIndex(of: "}"), text[close...].dropFirst().allSatisfy({ $0 == " " }) else {
            throw .invalidPattern
        }
        var rest = text[..<close].dropFirst()
        condition = try FilterCondition(&rest, leaf: Self.leaf)
        FilterScanner.skipBlanks(&rest)
        guard rest.isEmpty else { throw .invalidPattern }
    }

    private static func leaf(_ rest: inout Substring) throws(LogsFault) -> Leaf {
        let selector = try Selector(&rest)
        let words: [([String], Test)] = [
            (["IS", "NULL"], .isNull), (["IS", "TRUE"], .isTrue), (["IS", "FALSE"], .isFalse), (["NOT", "EXISTS"], .notExists),
            (["EXISTS"], .exists),
        ]
        for (names, test) in words {
            var ahead = rest
            if names.allSatisfy({ FilterScanner.take($0, &ahead) }) {
                rest = ahead
                return Leaf(selector: selector, test: test)
            }
        }
        return Leaf(selector: selector, test: .compare(try FilterComparison(&rest, ends: [")", "&", "|"])))
    }

    func matches(_ event: Document) -> Bool {
        condition.holds { leaf in
            let values = leaf.selector.values(in: event)
            return switch leaf.test {
            case .isNull: values.contains(.null)
            case .isTrue: values.contains(.bool(true))
            case .isFalse: values.contains(.bool(false))
            case .exists: !values.isEmpty
            case .notExists: values.isEmpty
            case .compare(let comparison): values.contains { comparison.holds($0) }
            }
        }
    }

    /// The values that the pattern's selectors have.
    func values(of event: Document) -> [String: String] {
        var values: [String: String] = [:]
        for leaf in condition.leaves {
            if let value = leaf.selector.values(in: event).first {
                values[leaf.selector.text] = FilterComparison.text(value)
            }
        }
        return values
    }
}

extension String {
    /// Without blanks at its ends.
    func trimming() -> String {
        var rest = Substring(self)
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
