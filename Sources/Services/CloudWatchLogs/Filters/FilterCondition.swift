import Documents

/// A comparison of a field's value, as JSON and space-delimited patterns have it.
struct FilterComparison: Sendable {
    enum Sign: String, Sendable, CaseIterable {
        // The longer ones first: they begin like the shorter.
        case notEqual = "!="
        case atLeast = ">="
        case atMost = "<="
        case equal = "="
        case more = ">"
        case less = "<"
    }

    enum Operand: Sendable {
        /// Text with `*` for anything, and its number if it is one and not in quotation marks.
        case text([Substring], Double?)
        case regex(FilterRegex)
    }

    var sign: Sign
    var operand: Operand

    /// Reads the sign and what follows it.
    /// - Parameter ends: characters that end an operand without quotation marks.
    init(_ rest: inout Substring, ends: Set<Character>) throws(LogsFault) {
        guard let sign = Sign.allCases.first(where: { FilterScanner.take($0.rawValue, &rest) }) else { throw .invalidPattern }
        self.sign = sign
        FilterScanner.skipBlanks(&rest)
        if rest.first == "%" {
            operand = .regex(try FilterScanner.regex(&rest))
        } else if rest.first == "\"" {
            operand = .text(Self.pieces(try FilterScanner.quoted(&rest)), nil)
        } else {
            let word = rest.prefix { !ends.contains($0) && $0 != " " }
            guard !word.isEmpty else { throw .invalidPattern }
            rest = rest.dropFirst(word.count)
            operand = .text(Self.pieces(String(word)), Double(word))
        }
        let isOrder = sign != .equal && sign != .notEqual
        if isOrder {
            guard case .text(_, .some) = operand else { throw .invalidPattern }
        }
    }

    private static func pieces(_ text: String) -> [Substring] { text.split(separator: "*", omittingEmptySubsequences: false) }

    /// - Parameter value: of a field that is there.
    func holds(_ value: Document) -> Bool {
        switch operand {
        case .regex(let regex): return regex.matches(Self.text(value)) == (sign != .notEqual)
        case .text(let pieces, let number):
            let own = value.double ?? value.string.flatMap { Double($0) }
            if let number, let own {
                return switch sign {
                case .equal: own == number
                case .notEqual: own != number
                case .more: own > number
                case .less: own < number
                case .atLeast: own >= number
                case .atMost: own <= number
                }
            }
            switch sign {
            case .equal: return Self.fits(Self.text(value), pieces)
            case .notEqual: return !Self.fits(Self.text(value), pieces)
            default: return false
            }
        }
    }

    /// A value as text, as patterns see it.
    static func text(_ value: Document) -> String { value.string ?? JSON.text(value) }

    private static func fits(_ text: String, _ pieces: [Substring]) -> Bool {
        guard let first = pieces.first, let last = pieces.last else { return text.isEmpty }
        guard pieces.count > 1 else { return text == first }
        guard text.hasPrefix(first) else { return false }
        var rest = text.dropFirst(first.count)
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let found = rest.firstRange(of: piece) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}

/// Comparisons with `&&` and `||`; `&&` binds closer.
indirect enum FilterCondition<Leaf: Sendable>: Sendable {
    case leaf(Leaf)
    case all([FilterCondition])
    case any([FilterCondition])

    /// - Parameter leaf: reads one comparison.
    init(_ rest: inout Substring, _ depth: Int = 0, leaf: (inout Substring) throws(LogsFault) -> Leaf) throws(LogsFault) {
        // A pattern has at most 1,024 characters; this bounds the stack.
        guard depth < 32 else { throw .invalidPattern }
        var alternatives: [FilterCondition] = []
        repeat {
            var terms: [FilterCondition] = []
            repeat {
                if FilterScanner.take("(", &rest) {
                    terms.append(try FilterCondition(&rest, depth + 1, leaf: leaf))
                    guard FilterScanner.take(")", &rest) else { throw .invalidPattern }
                } else {
                    FilterScanner.skipBlanks(&rest)
                    terms.append(.leaf(try leaf(&rest)))
                }
            } while FilterScanner.take("&&", &rest)
            alternatives.append(terms.count == 1 ? terms[0] : .all(terms))
        } while FilterScanner.take("||", &rest)
        self = alternatives.count == 1 ? alternatives[0] : .any(alternatives)
    }

    func holds(_ test: (Leaf) -> Bool) -> Bool {
        switch self {
        case .leaf(let leaf): test(leaf)
        case .all(let parts): parts.allSatisfy { $0.holds(test) }
        case .any(let parts): parts.contains { $0.holds(test) }
        }
    }

    var leaves: [Leaf] {
        switch self {
        case .leaf(let leaf): [leaf]
        case .all(let parts), .any(let parts): parts.flatMap(\.leaves)
        }
    }
}
