/// The regular expressions of filter patterns
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html): no groups, so a text is matched in
/// time that is linear in its length for each item.
struct FilterRegex: Sendable, Hashable {
    private enum Atom: Sendable, Hashable {
        case any
        case byte(UInt8)
        case set([ClosedRange<UInt8>], isNegated: Bool)
        case begin, end

        func holds(_ byte: UInt8) -> Bool {
            switch self {
            case .any: byte != UInt8(ascii: "\n")
            case .byte(let own): own == byte
            case .set(let ranges, let isNegated): ranges.contains { $0.contains(byte) } != isNegated
            case .begin, .end: false
            }
        }
    }

    private struct Item: Sendable, Hashable {
        var atom: Atom
        var least = 1
        /// nil is without end.
        var most: Int? = 1
    }

    private static let repeatsMax = 255
    private static let symbols = Set("_#=@/;,-: ".utf8)
    private static let digits: [ClosedRange<UInt8>] = [UInt8(ascii: "0")...UInt8(ascii: "9")]
    private static let letters: [ClosedRange<UInt8>] = [
        UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    ]
    private static let blanks: [ClosedRange<UInt8>] = [9...13, 32...32]

    /// What `|` separates.
    private var alternatives: [[Item]] = [[]]

    /// nil for what is no such expression.
    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        guard !rest.isEmpty else { return nil }
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "|"): alternatives.append([])
            case UInt8(ascii: "^"): add(.begin)
            case UInt8(ascii: "$"): add(.end)
            case UInt8(ascii: "."): add(.any)
            case UInt8(ascii: "*"): guard repeatLast(0, nil) else { return nil }
            case UInt8(ascii: "+"): guard repeatLast(1, nil) else { return nil }
            case UInt8(ascii: "?"): guard repeatLast(0, 1) else { return nil }
            case UInt8(ascii: "{"): guard let (least, most) = Self.count(&rest), repeatLast(least, most) else { return nil }
            case UInt8(ascii: "["):
                guard let set = Self.set(&rest) else { return nil }
                add(set)
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst(), let atom = Self.escape(escaped) else { return nil }
                add(atom)
            default:
                guard Self.isLiteral(byte) else { return nil }
                add(.byte(byte))
            }
        }
    }

    private static func isLiteral(_ byte: UInt8) -> Bool {
        (digits + letters).contains { $0.contains(byte) } || symbols.contains(byte)
    }

    private mutating func add(_ atom: Atom) { alternatives[alternatives.count - 1].append(Item(atom: atom)) }

    private mutating func repeatLast(_ least: Int, _ most: Int?) -> Bool {
        let last = alternatives.count - 1
        guard var item = alternatives[last].popLast(), item.atom != .begin, item.atom != .end, item.least == 1, item.most == 1
        else { return false }
        (item.least, item.most) = (least, most)
        alternatives[last].append(item)
        return true
    }

    private static func escape(_ byte: UInt8) -> Atom? {
        switch byte {
        case UInt8(ascii: "d"): .set(digits, isNegated: false)
        case UInt8(ascii: "D"): .set(digits, isNegated: true)
        case UInt8(ascii: "w"): .set(digits + letters + [UInt8(ascii: "_")...UInt8(ascii: "_")], isNegated: false)
        case UInt8(ascii: "W"): .set(digits + letters + [UInt8(ascii: "_")...UInt8(ascii: "_")], isNegated: true)
        case UInt8(ascii: "s"): .set(blanks, isNegated: false)
        case UInt8(ascii: "S"): .set(blanks, isNegated: true)
        case let byte where (digits + letters).contains { $0.contains(byte) } || byte >= 0x80: nil
        default: .byte(byte)
        }
    }

    private static func count(_ rest: inout ArraySlice<UInt8>) -> (Int, Int?)? {
        guard let close = rest.firstIndex(of: UInt8(ascii: "}")) else { return nil }
        let parts = rest[..<close].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        rest = rest[(close + 1)...]
        let numbers = parts.map { Int(String(decoding: $0, as: UTF8.self)) }
        guard let least = numbers.first ?? nil, (0...repeatsMax).contains(least), parts.count <= 2 else { return nil }
        if parts.count == 1 { return (least, least) }
        guard !parts[1].isEmpty else { return (least, nil) }
        guard let most = numbers[1], most >= least, most <= repeatsMax else { return nil }
        return (least, most)
    }

    private static func set(_ rest: inout ArraySlice<UInt8>) -> Atom? {
        var ranges: [ClosedRange<UInt8>] = []
        var isNegated = false
        if rest.first == UInt8(ascii: "^") {
            rest.removeFirst()
            isNegated = true
        }
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "]") { return ranges.isEmpty ? nil : .set(ranges, isNegated: isNegated) }
            var low = byte
            if byte == UInt8(ascii: "\\") {
                guard let escaped = rest.popFirst(), let atom = escape(escaped) else { return nil }
                if case .set(let inner, false) = atom {
                    ranges += inner
                    continue
                }
                guard case .byte(let literal) = atom else { return nil }
                low = literal
            }
            guard low < 0x80 else { return nil }
            if rest.first == UInt8(ascii: "-"), let high = rest.dropFirst().first, high != UInt8(ascii: "]") {
                guard high >= low, high < 0x80 else { return nil }
                rest.removeFirst(2)
                ranges.append(low...high)
            } else {
                ranges.append(low...low)
            }
        }
        return nil
    }

    func matches(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return alternatives.contains { Self.matches($0, bytes) }
    }

    /// Keeps the places at which the items so far may end.
    private static func matches(_ items: [Item], _ bytes: [UInt8]) -> Bool {
        var places = [Bool](repeating: true, count: bytes.count + 1)
        for item in items {
            switch item.atom {
            case .begin: for place in places.indices.dropFirst() { places[place] = false }
            case .end: for place in places.indices.dropLast() { places[place] = false }
            default:
                for _ in 0..<item.least { places = step(places, item.atom, bytes) }
                if let most = item.most {
                    var reached = places
                    for _ in item.least..<most {
                        reached = step(reached, item.atom, bytes)
                        for place in places.indices where reached[place] { places[place] = true }
                    }
                } else {
                    for place in bytes.indices where places[place] && item.atom.holds(bytes[place]) { places[place + 1] = true }
                }
            }
            guard places.contains(true) else { return false }
        }
        return true
    }

    private static func step(_ places: [Bool], _ atom: Atom, _ bytes: [UInt8]) -> [Bool] {
        var next = [Bool](repeating: false, count: places.count)
        for place in bytes.indices where places[place] && atom.holds(bytes[place]) { next[place + 1] = true }
        return next
    }
}
