/// Regular expressions without groups, each item with a counted repeat, that say only whether they match. A repeat costs a
/// bit for each time, all of which are moved on at once (R. Baeza-Yates and G. Gonnet, "A New Approach to Text Searching";
/// G. Navarro and M. Raffinot, "Flexible Pattern Matching in Strings", 4.3): so the worst of expressions costs a scalar of
/// the text no more than its bits come to in words.
public struct FlatRegex: Sendable {
    private struct Item: Sendable {
        enum Kind: Sendable { case begin, end, any, scalar(Unicode.Scalar), set(Int) }
        var kind: Kind
        var least = 1
        /// Nil for any number.
        var most: Int? = 1
        /// Where its bits begin in the state. Bit n stands for n + 1 scalars of it that were taken; where there may be any
        /// number, the last one for as many or more.
        var word = 0

        var bits: Int { most ?? max(least, 1) }
        var words: Int { (bits + 63) / 64 }
    }

    /// One after the other for each alternative.
    private var alternatives: [[Item]] = []
    private var sets: [ScalarSet] = []
    private var words = 0
    /// The scalars of ASCII that a match may begin with, nil if that says nothing.
    private var begins: ASCIISet?

    /// - Throws: ``LinearRegex/Failure/notValid`` for what is no such expression.
    public init(_ pattern: String) throws(LinearRegex.Failure) {
        var parser = LinearRegexParser(pattern)
        let node = try parser.read()
        guard !parser.ignoresCase else { throw .notValid }
        sets = parser.sets.map { ScalarSet($0.ranges, isNegated: $0.isNegated, ignoresCase: false) }
        if case .either(let nodes) = node {
            for node in nodes { alternatives.append(try items(node)) }
        } else {
            alternatives.append(try items(node))
        }
        begins = firsts()
    }

    private func firsts() -> ASCIISet? {
        var firsts = ASCIISet()
        next: for items in alternatives {
            for item in items {
                switch item.kind {
                case .begin, .end: continue
                case .any: firsts.formUnion(.all)
                case .scalar(let scalar): if scalar.isASCII { firsts.insert(scalar.value) }
                case .set(let index): firsts.formUnion(sets[index].ascii)
                }
                if item.least > 0 { continue next }
            }
            // A match may be empty.
            return nil
        }
        return firsts
    }

    private mutating func items(_ node: LinearRegexParser.Node) throws(LinearRegex.Failure) -> [Item] {
        var items: [Item] = []
        switch node {
        case .empty: break
        case .sequence(let nodes): for node in nodes { items += try self.items(node) }
        case .step(let step): items.append(Item(kind: try Self.kind(step)))
        case .repeated(.step(let step), let least, let most, isLazy: _):
            guard most != 0 else { break }
            items.append(Item(kind: try Self.kind(step), least: least, most: most, word: words))
        case .group, .either, .repeated: throw .notValid
        }
        if case .sequence = node { return items }
        for index in items.indices {
            items[index].word = words
            words += items[index].words
        }
        return items
    }

    private static func kind(_ step: LinearRegex.Step) throws(LinearRegex.Failure) -> Item.Kind {
        switch step {
        case .any: return .any
        case .scalar(let scalar): return .scalar(scalar)
        case .set(let index): return .set(index)
        case .begin: return .begin
        case .end: return .end
        case .wordEdge, .split, .jump, .save, .match: throw .notValid
        }
    }

    public func matches(_ text: String) -> Bool {
        var state = [UInt64](repeating: 0, count: words)
        return state.withUnsafeMutableBufferPointer { state in
            var (isBegin, live) = (true, UInt64(0))
            for scalar in text.unicodeScalars {
                if live != 0 || begins.map({ !scalar.isASCII || $0.contains(scalar.value) }) ?? true {
                    live = 0
                    for items in alternatives where advance(items, by: scalar, isBegin: isBegin, state, &live) { return true }
                }
                isBegin = false
            }
            return alternatives.contains { advance($0, by: nil, isBegin: isBegin, state, &live) }
        }
    }

    /// Moves an alternative on by a scalar.
    /// - Parameters:
    ///   - scalar: nil at the end of the text.
    ///   - live: gets the bits that are set afterwards.
    /// - Returns: whether there was a match before it.
    private func advance(
        _ items: [Item], by scalar: Unicode.Scalar?, isBegin: Bool, _ state: UnsafeMutableBufferPointer<UInt64>,
        _ live: inout UInt64
    ) -> Bool {
        /// Whether what stands before the item has matched up to here. A match may begin anywhere.
        var isOpen = true
        for item in items {
            switch item.kind {
            case .begin: isOpen = isOpen && (isBegin || item.least == 0)
            case .end: isOpen = isOpen && (scalar == nil || item.least == 0)
            case .any, .scalar, .set:
                isOpen = advance(item, by: scalar, isOpen: isOpen, state, &live)
            }
        }
        return isOpen
    }

    /// - Returns: whether the item has matched up to this place, before the scalar.
    private func advance(
        _ item: Item, by scalar: Unicode.Scalar?, isOpen: Bool, _ state: UnsafeMutableBufferPointer<UInt64>,
        _ live: inout UInt64
    ) -> Bool {
        let (first, last) = (item.word, item.word + item.words - 1)
        var held: UInt64 = 0
        for word in first...last { held |= state[word] }
        guard isOpen || held != 0 else { return false }
        let enough = max(item.least, 1) - 1
        var done: UInt64 = held == 0 ? 0 : state[first + enough / 64] >> UInt64(enough % 64)
        if held != 0, first + enough / 64 < last { for word in (first + enough / 64 + 1)...last { done |= state[word] } }
        guard let scalar, takes(item.kind, scalar) else {
            if held != 0 { for word in first...last { state[word] = 0 } }
            return done != 0 || (isOpen && item.least == 0)
        }
        let top = UInt64(1) << UInt64((item.bits - 1) % 64)
        let stays = item.most == nil ? state[last] & top : 0
        var carry: UInt64 = isOpen ? 1 : 0
        for word in first...last {
            let old = state[word]
            state[word] = old << 1 | carry
            carry = old >> 63
            live |= state[word]
        }
        state[last] = state[last] & (top | (top - 1)) | stays
        live |= stays
        return done != 0 || (isOpen && item.least == 0)
    }

    private func takes(_ kind: Item.Kind, _ scalar: Unicode.Scalar) -> Bool {
        switch kind {
        case .any: scalar != "\n"
        case .scalar(let own): own == scalar
        case .set(let index): sets[index].contains(scalar)
        case .begin, .end: false
        }
    }
}
