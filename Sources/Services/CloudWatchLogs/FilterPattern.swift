/// Unstructured filter patterns
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html): plain terms must all be there,
/// of the `?terms` one at least, of the `-terms` none. Terms in quotes may hold spaces. Case counts.
struct FilterPattern: Sendable {
    private var all: [String] = []
    private var any: [String] = []
    private var none: [String] = []

    /// - Throws: ``LogsFault/notBuilt(_:)`` for JSON, space-delimited and regular-expression patterns.
    init(_ text: String) throws(LogsFault) {
        let trimmed = text.drop { $0 == " " }
        if trimmed.hasPrefix("{") { throw .notBuilt("filterPattern for JSON") }
        if trimmed.hasPrefix("[") { throw .notBuilt("filterPattern for space-delimited events") }
        var rest = trimmed
        while let first = rest.first {
            if first == " " {
                rest.removeFirst()
                continue
            }
            var sign: Character?
            if first == "?" || first == "-" {
                sign = first
                rest.removeFirst()
            }
            let term = try Self.term(&rest)
            guard !term.isEmpty else { throw .invalid("Invalid filter pattern") }
            switch sign {
            case "?": any.append(term)
            case "-": none.append(term)
            default: all.append(term)
            }
        }
    }

    private static func term(_ rest: inout Substring) throws(LogsFault) -> String {
        if rest.first == "%" { throw .notBuilt("filterPattern with regular expressions") }
        guard rest.first == "\"" else {
            let term = rest.prefix { $0 != " " }
            rest = rest.dropFirst(term.count)
            return String(term)
        }
        rest.removeFirst()
        var term = ""
        while let next = rest.popFirst() {
            if next == "\"" { return term }
            if next == "\\", let escaped = rest.popFirst() { term.append(escaped) } else { term.append(next) }
        }
        throw .invalid("Invalid filter pattern")
    }

    func matches(_ message: String) -> Bool {
        all.allSatisfy { message.contains($0) } && !none.contains { message.contains($0) }
            && (any.isEmpty || any.contains { message.contains($0) })
    }
}
