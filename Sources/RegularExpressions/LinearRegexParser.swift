/// Reads a regular expression into a tree.
struct LinearRegexParser {
    indirect enum Node {
        case empty
        case step(LinearRegex.Step)
        case sequence([Node])
        case either([Node])
        /// Without a number it only holds together.
        case group(Node, Int?)
        case repeated(Node, least: Int, most: Int?, isLazy: Bool)
    }

    struct Class {
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        var isNegated = false
    }

    private enum Escape {
        case scalar(Unicode.Scalar)
        case set(Class)
    }

    private static let depthMax = 64
    private static let repeatsMax = 1_000
    static let digit: [ClosedRange<Unicode.Scalar>] = ["0"..."9"]
    static let word: [ClosedRange<Unicode.Scalar>] = ["0"..."9", "a"..."z", "A"..."Z", "_"..."_"]
    static let blank: [ClosedRange<Unicode.Scalar>] = ["\t"..."\r", " "..." "]

    private var rest: ArraySlice<Unicode.Scalar>
    private(set) var names: [String: Int] = [:]
    private(set) var groups = 0
    private(set) var sets: [Class] = []
    private(set) var ignoresCase = false

    init(_ pattern: String) { rest = Array(pattern.unicodeScalars)[...] }

    mutating func read() throws(LinearRegex.Failure) -> Node {
        let node = try either(0)
        guard rest.isEmpty else { throw .notValid }
        return node
    }

    private mutating func take(_ text: String) -> Bool {
        guard rest.starts(with: text.unicodeScalars) else { return false }
        rest = rest.dropFirst(text.unicodeScalars.count)
        return true
    }

    private mutating func either(_ depth: Int) throws(LinearRegex.Failure) -> Node {
        guard depth < Self.depthMax else { throw .notValid }
        var nodes = [try sequence(depth)]
        while take("|") { nodes.append(try sequence(depth)) }
        return nodes.count == 1 ? nodes[0] : .either(nodes)
    }

    private mutating func sequence(_ depth: Int) throws(LinearRegex.Failure) -> Node {
        var nodes: [Node] = []
        while let first = rest.first, first != "|", first != ")" {
            if take("(?i)") {
                ignoresCase = true
                continue
            }
            nodes.append(try repeated(try atom(depth)))
        }
        return nodes.isEmpty ? .empty : .sequence(nodes)
    }

    private mutating func repeated(_ node: Node) throws(LinearRegex.Failure) -> Node {
        let (least, most): (Int, Int?)
        if take("*") {
            (least, most) = (0, nil)
        } else if take("+") {
            (least, most) = (1, nil)
        } else if take("?") {
            (least, most) = (0, 1)
        } else if rest.first == "{", let close = rest.firstIndex(of: "}"), let count = Self.count(rest[rest.startIndex..<close]) {
            rest = rest[(close + 1)...]
            (least, most) = count
        } else {
            return node
        }
        guard least <= Self.repeatsMax, most.map({ $0 >= least && $0 <= Self.repeatsMax }) ?? true else { throw .notValid }
        return .repeated(node, least: least, most: most, isLazy: take("?"))
    }

    /// `{2}`, `{2,}`, `{2,5}`, without the closing brace; nil for what is none and stands for itself.
    static func count(_ text: ArraySlice<Unicode.Scalar>) -> (Int, Int?)? {
        let parts = text.dropFirst().split(separator: ",", omittingEmptySubsequences: false).map {
            String(String.UnicodeScalarView($0))
        }
        guard (1...2).contains(parts.count), let least = Int(parts[0]), least >= 0 else { return nil }
        if parts.count == 1 { return (least, least) }
        if parts[1].isEmpty { return (least, nil) }
        return Int(parts[1]).map { (least, $0) }
    }

    private mutating func atom(_ depth: Int) throws(LinearRegex.Failure) -> Node {
        guard let first = rest.popFirst() else { throw .notValid }
        switch first {
        case ".": return .step(.any)
        case "^": return .step(.begin)
        case "$": return .step(.end)
        case "[": return add(try set())
        case "*", "+", "?": throw .notValid
        case "\\":
            guard let escaped = rest.popFirst() else { throw .notValid }
            switch escaped {
            case "b", "B": return .step(.wordEdge(escaped == "b"))
            case "A": return .step(.begin)
            case "z": return .step(.end)
            case "x": return .step(.scalar(try number(digits: 2)))
            case "u": return .step(.scalar(try number(digits: 4)))
            default: break
            }
            switch try Self.escape(escaped) {
            case .scalar(let scalar): return .step(.scalar(scalar))
            case .set(let own): return add(own)
            }
        case "(":
            var number: Int?
            if !take("?:") {
                groups += 1
                number = groups
                if take("?<") || take("?P<") {
                    guard let close = rest.firstIndex(of: ">") else { throw .notValid }
                    let name = String(String.UnicodeScalarView(rest[..<close]))
                    guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else { throw .notValid }
                    names[name] = groups
                    rest = rest[(close + 1)...]
                } else if rest.first == "?" {
                    throw .notValid
                }
            }
            let node = try either(depth + 1)
            guard take(")") else { throw .notValid }
            return .group(node, number)
        default: return .step(.scalar(first))
        }
    }

    /// `\x41`, `\u0041`.
    private mutating func number(digits: Int) throws(LinearRegex.Failure) -> Unicode.Scalar {
        let text = String(String.UnicodeScalarView(rest.prefix(digits)))
        guard text.utf8.count == digits, text.allSatisfy(\.isHexDigit), let value = UInt32(text, radix: 16),
            let scalar = Unicode.Scalar(value)
        else { throw .notValid }
        rest = rest.dropFirst(digits)
        return scalar
    }

    private static func escape(_ scalar: Unicode.Scalar) throws(LinearRegex.Failure) -> Escape {
        switch scalar {
        case "d", "D": return .set(Class(ranges: digit, isNegated: scalar == "D"))
        case "w", "W": return .set(Class(ranges: word, isNegated: scalar == "W"))
        case "s", "S": return .set(Class(ranges: blank, isNegated: scalar == "S"))
        case "n": return .scalar("\n")
        case "t": return .scalar("\t")
        case "r": return .scalar("\r")
        default:
            guard scalar == "_" || !word.contains(where: { $0.contains(scalar) }) else { throw .notValid }
            return .scalar(scalar)
        }
    }

    private mutating func add(_ set: Class) -> Node {
        sets.append(set)
        return .step(.set(sets.count - 1))
    }

    private mutating func set() throws(LinearRegex.Failure) -> Class {
        var set = Class(isNegated: take("^"))
        var isFirst = true
        while let scalar = rest.popFirst() {
            if scalar == "]", !isFirst { return set }
            isFirst = false
            var low = scalar
            if scalar == "\\" {
                guard let escaped = rest.popFirst() else { throw .notValid }
                switch try Self.escape(escaped) {
                case .set(let inner) where !inner.isNegated:
                    set.ranges += inner.ranges
                    continue
                case .scalar(let literal): low = literal
                case .set: throw .notValid
                }
            }
            if rest.first == "-", let high = rest.dropFirst().first, high != "]" {
                guard high >= low else { throw .notValid }
                rest = rest.dropFirst(2)
                set.ranges.append(low...high)
            } else {
                set.ranges.append(low...low)
            }
        }
        throw .notValid
    }
}
