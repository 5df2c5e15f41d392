import Documents

/// Filter patterns for space-delimited events: `[ip, user, ..., status_code = 4*, bytes > 1000]`.
struct FilterFields: Sendable {
    struct Field: Sendable {
        var name: String
        var condition: FilterCondition<FilterComparison>?
    }

    private var fields: [Field] = []
    /// Where `...` stands: the number of fields before it.
    private var gap: Int?

    /// - Parameter text: with its brackets.
    init(_ text: Substring) throws(LogsFault) {
        var rest = text.dropFirst()
        while true {
            FilterScanner.skipBlanks(&rest)
            if FilterScanner.take("...", &rest) {
                guard gap == nil else { throw .invalidPattern }
                gap = fields.count
            } else {
                fields.append(try Self.field(&rest, number: fields.count + 1))
            }
            if FilterScanner.take(",", &rest) { continue }
            guard FilterScanner.take("]", &rest) else { throw .invalidPattern }
            break
        }
        guard rest.allSatisfy({ $0 == " " }) else { throw .invalidPattern }
    }

    private static func name(_ rest: inout Substring) -> String? {
        FilterScanner.skipBlanks(&rest)
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
        rest = rest.dropFirst(name.count)
        return name.isEmpty ? nil : String(name)
    }

    private static func field(_ rest: inout Substring, number: Int) throws(LogsFault) -> Field {
        let begin = rest
        let own = name(&rest)
        FilterScanner.skipBlanks(&rest)
        // A field without a condition is a place; one without a name has its number.
        if rest.first == "," || rest.first == "]" { return Field(name: own ?? "\(number)", condition: nil) }
        rest = begin
        let condition: FilterCondition<FilterComparison> = try FilterCondition(&rest) { (rest) throws(LogsFault) in
            guard name(&rest) == own else { throw .invalidPattern }
            return try FilterComparison(&rest, ends: [",", "]", ")", "&", "|"])
        }
        return Field(name: own ?? "\(number)", condition: condition)
    }

    /// The values of the fields by their names; nil where the event does not match.
    func values(of message: String) -> [String: String]? {
        let words = Self.words(message)
        guard gap == nil ? words.count == fields.count : words.count >= fields.count else { return nil }
        var values: [String: String] = [:]
        for (index, field) in fields.enumerated() {
            let place = index < (gap ?? fields.count) ? index : words.count - fields.count + index
            let word = String(words[place])
            if let condition = field.condition, !condition.holds({ $0.holds(.string(word)) }) { return nil }
            values["$\(field.name)"] = word
        }
        return values
    }

    /// Words that blanks separate; what stands in brackets or quotation marks is one.
    static func words(_ message: String) -> [Substring] {
        var words: [Substring] = []
        var rest = Substring(message)
        while let first = rest.first {
            if first.isWhitespace {
                rest.removeFirst()
                continue
            }
            let close: Character? = first == "[" ? "]" : first == "\"" ? "\"" : nil
            if let close, let end = rest.dropFirst().firstIndex(of: close) {
                words.append(rest[..<end].dropFirst())
                rest = rest[rest.index(after: end)...]
            } else {
                let word = rest.prefix { !$0.isWhitespace }
                words.append(word)
                rest = rest.dropFirst(word.count)
            }
        }
        return words
    }
}
