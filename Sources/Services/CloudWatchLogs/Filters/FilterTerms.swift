/// Unstructured filter patterns
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html): plain terms must all be there,
/// of the `?terms` one at least, of the `-terms` none. Terms in quotes may hold spaces. Case counts.
struct FilterTerms: Sendable {
    enum Term: Sendable {
        case text(String)
        case regex(FilterRegex)

        func isIn(_ message: String) -> Bool {
            switch self {
            case .text(let text): message.contains(text)
            case .regex(let regex): regex.matches(message)
            }
        }
    }

    private var all: [Term] = []
    private var any: [Term] = []
    private var none: [Term] = []

    /// - Throws: ``LogsFault/invalid(_:)``.
    init(_ text: String) throws(LogsFault) {
        var rest = text.drop { $0 == " " }
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
            switch sign {
            case "?": any.append(term)
            case "-": none.append(term)
            default: all.append(term)
            }
        }
    }

    private static func term(_ rest: inout Substring) throws(LogsFault) -> Term {
        if rest.first == "%" { return .regex(try FilterScanner.regex(&rest)) }
        guard rest.first == "\"" else {
            let term = rest.prefix { $0 != " " }
            rest = rest.dropFirst(term.count)
            guard !term.isEmpty else { throw .invalidPattern }
            return .text(String(term))
        }
        let text = try FilterScanner.quoted(&rest)
        guard !text.isEmpty else { throw .invalidPattern }
        return .text(text)
    }

    func matches(_ message: String) -> Bool {
        all.allSatisfy { $0.isIn(message) } && !none.contains { $0.isIn(message) }
            && (any.isEmpty || any.contains { $0.isIn(message) })
    }
}

/// What all kinds of patterns write alike.
enum FilterScanner {
    /// Text between quotation marks, where `\` takes the next character as it is.
    static func quoted(_ rest: inout Substring) throws(LogsFault) -> String {
        rest.removeFirst()
        var text = ""
        while let next = rest.popFirst() {
            if next == "\"" { return text }
            if next == "\\", let escaped = rest.popFirst() { text.append(escaped) } else { text.append(next) }
        }
        throw .invalidPattern
    }

    /// An expression between `%` and `%`.
    static func regex(_ rest: inout Substring) throws(LogsFault) -> FilterRegex {
        rest.removeFirst()
        guard let end = rest.firstIndex(of: "%"), let regex = FilterRegex(String(rest[..<end])) else { throw .invalidPattern }
        rest = rest[rest.index(after: end)...]
        return regex
    }

    static func skipBlanks(_ rest: inout Substring) {
        while let first = rest.first, first == " " || first == "\t" || first == "\n" { rest.removeFirst() }
    }

    /// Takes a mark off the front if it is there.
    static func take(_ mark: String, _ rest: inout Substring) -> Bool {
        skipBlanks(&rest)
        guard rest.hasPrefix(mark) else { return false }
        rest = rest.dropFirst(mark.count)
        return true
    }
}
