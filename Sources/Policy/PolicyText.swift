import Documents

/// What explanations and the policy simulator read from a policy's text. Nothing here is on a request's way.
extension PolicyDocument {
    /// A place in a policy's text as IAM's simulator counts: lines from 1, and the column behind the bracket, from 1.
    public struct Position: Sendable, Equatable {
        public var line: Int
        public var column: Int
        public init(line: Int, column: Int) { (self.line, self.column) = (line, column) }
    }

    /// A statement as it stands in the document.
    public func statement(_ index: Int) -> Document? {
        guard let found = try? JSON.parse(source)["Statement"] else { return nil }
        let list = found.list ?? [found]
        // Not in one expression with nil, which is a document, too.
        guard list.indices.contains(index) else { return nil }
        return list[index]
    }

    /// The condition keys and policy variables that the document reads, each once, in the spelling of its first use.
    public var contextKeys: [String] {
        guard let found = try? JSON.parse(source)["Statement"] else { return [] }
        var keys: [String] = []
        var seen: Set<String> = []
        func add(_ key: String) {
            if seen.insert(key.lowercased()).inserted { keys.append(key) }
        }
        func addVariables(_ value: Document?) {
            guard version == "2012-10-17" else { return }
            for text in value?.list?.compactMap(\.string) ?? [value?.string].compactMap({ $0 }) {
                Template.variables(text).forEach(add)
            }
        }
        for statement in found.list ?? [found] {
            addVariables(statement["Resource"])
            addVariables(statement["NotResource"])
            for (_, block) in statement["Condition"]?.members ?? [:] {
                for (key, value) in block.members ?? [:] {
                    add(key)
                    addVariables(value)
                }
            }
        }
        return keys
    }

    /// Where each statement begins and ends: behind its opening bracket and behind its closing one.
    public var statementPositions: [(start: Position, end: Position)] {
        var scanner = StatementScanner()
        for scalar in source.unicodeScalars { scanner.take(scalar) }
        return scanner.found
    }
}

/// Finds the statements in the text of a policy that is known to be well formed.
private struct StatementScanner {
    private(set) var found: [(start: PolicyDocument.Position, end: PolicyDocument.Position)] = []
    private var line = 1
    private var column = 1
    private var depth = 0
    private var inString = false
    private var escaped = false
    private var text = ""
    /// The member of the outermost object whose value is being read.
    private var member = ""
    private var expectsName = false
    private var start: (position: PolicyDocument.Position, depth: Int)?

    mutating func take(_ scalar: Unicode.Scalar) {
        column += 1
        if scalar == "\n" { (line, column) = (line + 1, 1) }
        if inString {
            if escaped { escaped = false } else if scalar == "\\" { escaped = true } else if scalar == "\"" { endString() }
            if depth == 1, inString { text.unicodeScalars.append(scalar) }
            return
        }
        switch scalar {
        case "\"": (inString, text) = (true, "")
        case "{", "[":
            depth += 1
            if depth == 1 { expectsName = true }
            guard scalar == "{", start == nil, member == "Statement", depth == 2 || depth == 3 else { return }
            start = (PolicyDocument.Position(line: line, column: column), depth)
        case "}", "]":
            if let begun = start, begun.depth == depth {
                found.append((begun.position, PolicyDocument.Position(line: line, column: column)))
                start = nil
            }
            depth -= 1
        case "," where depth == 1: expectsName = true
        default: break
        }
    }

    private mutating func endString() {
        inString = false
        if depth == 1, expectsName { (member, expectsName) = (text, false) }
    }
}

extension Template {
    /// The keys of a text's variables, as they are spelt.
    static func variables(_ text: String) -> [String] {
        var keys: [String] = []
        var rest = Substring(text)
        while let start = rest.range(of: "${") {
            rest = rest[start.upperBound...]
            guard let end = rest.firstIndex(of: "}") else { break }
            let key = rest[..<end].prefix { $0 != "," }.trimmed
            if key.contains(":") { keys.append(String(key)) }
            rest = rest[rest.index(after: end)...]
        }
        return keys
    }
}

extension Substring {
    /// Where `text` first stands.
    fileprivate func range(of text: String) -> Range<Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(text) { return index..<self.index(index, offsetBy: text.count) }
            index = self.index(after: index)
        }
        return nil
    }
}
