import Documents

/// For one field in one state: which tests a value passes, found by hashing where that can be.
struct FieldTable: Sendable {
    private var exact: [ValueTest: [Int]] = [:]
    private var folded: [Text: [Int]] = [:]
    private var prefixes = AffixTable()
    private var suffixes = AffixTable()
    private var foldedPrefixes = AffixTable()
    private var foldedSuffixes = AffixTable()
    /// Wildcards by the literal they begin or, failing that, end with.
    private var wildcardHeads = AffixTable()
    private var wildcardTails = AffixTable()
    private var wildcards: [(text: WildcardText, state: Int)] = []
    /// By the number of bits, then by the network's bytes.
    private var blocks: [Int: [[UInt8]: [Int]]] = [:]
    /// In the order of their lower bounds.
    private var ranges: [(range: NumericRange, state: Int)] = []
    private var present: [Int] = []
    private var others: [(test: ValueTest, state: Int)] = []

    mutating func add(_ test: ValueTest, _ state: Int) {
        switch test {
        case .text, .integer, .double, .bool, .null: exact[test, default: []].append(state)
        case .ignoringCase(let text): folded[text, default: []].append(state)
        case .prefix(let text): prefixes.add(text.bytes, state)
        case .suffix(let text): suffixes.add(text.bytes.reversed(), state)
        case .prefixIgnoringCase(let text): foldedPrefixes.add(text.bytes, state)
        case .suffixIgnoringCase(let text): foldedSuffixes.add(text.bytes.reversed(), state)
        case .wildcard(let text):
            // The tables lead to the wildcard's own number, to be tried whole.
            if text.head.bytes.isEmpty, !text.tail.bytes.isEmpty {
                wildcardTails.add(text.tail.bytes.reversed(), wildcards.count)
            } else {
                wildcardHeads.add(text.head.bytes, wildcards.count)
            }
            wildcards.append((text, state))
        case .cidr(let block): blocks[block.bits, default: [:]][block.bytes, default: []].append(state)
        case .numeric(let range):
            let low = range.low ?? -.infinity
            let place = Self.partition(ranges) { ($0.range.low ?? -.infinity) <= low }
            ranges.insert((range, state), at: place)
        case .exists: present.append(state)
        case .absent: break
        case .noneOf: others.append((test, state))
        }
    }

    /// Appends the states that `value` leads to; one may come twice.
    func collect(_ value: LeafValue, into states: inout [Int]) {
        states += present
        if !exact.isEmpty, let test = Self.exactTest(value), let found = exact[test] { states += found }
        if !ranges.isEmpty, let number = value.document.double {
            let end = Self.partition(ranges) { ($0.range.low ?? -.infinity) <= number }
            for entry in ranges[..<end] where entry.range.contains(number) { states.append(entry.state) }
        }
        if let text = value.text { collect(text, folded: value.folded ?? text, into: &states) }
        for entry in others where entry.test.passes(value) { states.append(entry.state) }
    }

    private func collect(_ text: Text, folded lower: Text, into states: inout [Int]) {
        if !folded.isEmpty, let found = folded[lower] { states += found }
        prefixes.collect(text.bytes, into: &states)
        foldedPrefixes.collect(lower.bytes, into: &states)
        if !suffixes.isEmpty { suffixes.collect(text.bytes.reversed(), into: &states) }
        if !foldedSuffixes.isEmpty { foldedSuffixes.collect(lower.bytes.reversed(), into: &states) }
        if !wildcards.isEmpty {
            var candidates: [Int] = []
            wildcardHeads.collect(text.bytes, into: &candidates)
            if !wildcardTails.isEmpty { wildcardTails.collect(text.bytes.reversed(), into: &candidates) }
            for number in candidates where wildcards[number].text.matches(text.bytes) { states.append(wildcards[number].state) }
        }
        if !blocks.isEmpty, let address = CIDRBlock.address(text.string) {
            for (bits, networks) in blocks where bits <= address.count * 8 {
                if let found = networks[CIDRBlock.masked(address, bits)] { states += found }
            }
        }
    }

    private static func exactTest(_ value: LeafValue) -> ValueTest? {
        if let text = value.text { return .text(text) }
        switch value.document {
        case .integer(let number): return .integer(number)
        case .double(let number): return .double(number)
        case .bool(let flag): return .bool(flag)
        case .null: return .null
        default: return nil
        }
    }

    /// How many of the first entries are `low`, which must be a prefix of the array.
    private static func partition<Entry>(_ entries: [Entry], _ isLow: (Entry) -> Bool) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if isLow(entries[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Beginnings of byte strings, found by one hash for each length that occurs.
struct AffixTable: Sendable {
    private var byLength: [Int: [Text: [Int]]] = [:]
    var isEmpty: Bool { byLength.isEmpty }

    mutating func add(_ bytes: [UInt8], _ state: Int) {
        byLength[bytes.count, default: [:]][Text(bytes), default: []].append(state)
    }

    func collect(_ bytes: [UInt8], into states: inout [Int]) {
        for (length, table) in byLength where length <= bytes.count {
            if let found = table[Text(bytes.prefix(length))] { states += found }
        }
    }
}
