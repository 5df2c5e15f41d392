/// A pattern's units: a byte is itself, the numbers past 255 are wildcards.
///
/// The wildcards that do not cross a colon serve the first five segments of an ARN pattern.
enum WildcardUnit {
    static let any: UInt16 = 256
    static let one: UInt16 = 257
    static let anyInSegment: UInt16 = 258
    static let oneInSegment: UInt16 = 259
}

/// Matches text against `*` and `?` without recursion or exponential backtracking.
enum Wildcard {
    private static let colon = UInt8(ascii: ":")

    /// Whether one unit takes the character at `index`; gives the index after it. `?` takes one UTF-8 scalar.
    @inline(__always)
    private static func step(_ unit: UInt16, _ text: [UInt8], _ index: Int) -> Int? {
        let byte = text[index]
        if unit < 256 { return UInt16(byte) == unit ? index + 1 : nil }
        if unit == WildcardUnit.oneInSegment, byte == colon { return nil }
        if byte & 0xC0 == 0x80 { return nil }
        var next = index + 1
        while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
        return next
    }

    /// At most (pattern x text) steps; linear for the patterns of practice. Only for units without `anyInSegment`: when
    /// every star takes anything, only the last one ever needs to be taken back.
    static func matches(_ pattern: [UInt16], _ text: [UInt8]) -> Bool {
        var (unit, index) = (0, 0)
        var (starUnit, starIndex) = (-1, 0)
        while index < text.count {
            if unit < pattern.count, pattern[unit] == WildcardUnit.any {
                (starUnit, starIndex) = (unit, index)
                unit += 1
            } else if unit < pattern.count, let next = step(pattern[unit], text, index) {
                index = next
                unit += 1
            } else if starUnit >= 0 {
                starIndex += 1
                (unit, index) = (starUnit + 1, starIndex)
            } else {
                return false
            }
        }
        while unit < pattern.count, pattern[unit] == WildcardUnit.any { unit += 1 }
        return unit == pattern.count
    }

    /// The same for patterns in which some stars stop at a colon: all positions that the pattern may be in are carried
    /// along the text, so the cost is (pattern x text) at worst and nothing is ever taken back.
    static func matchesSegmented(_ pattern: [UInt16], _ text: [UInt8]) -> Bool {
        let count = pattern.count
        var current = [Bool](repeating: false, count: count + 1)
        current[0] = true
        skipStars(pattern, &current)
        for byte in text {
            var next = [Bool](repeating: false, count: count + 1)
            var alive = false
            // A byte that continues a UTF-8 scalar stays with the `?` that took its first byte.
            let continues = byte & 0xC0 == 0x80
            for unit in 0...count where current[unit] {
                if continues, unit > 0, pattern[unit - 1] == WildcardUnit.one || pattern[unit - 1] == WildcardUnit.oneInSegment {
                    next[unit] = true
                    alive = true
                }
                guard unit < count else { continue }
                switch pattern[unit] {
                case WildcardUnit.any: next[unit] = true
                case WildcardUnit.anyInSegment where byte != colon: next[unit] = true
                case WildcardUnit.one where !continues: next[unit + 1] = true
                case WildcardUnit.oneInSegment where !continues && byte != colon: next[unit + 1] = true
                case UInt16(byte): next[unit + 1] = true
                default: continue
                }
                alive = true
            }
            guard alive else { return false }
            skipStars(pattern, &next)
            current = next
        }
        return current[count]
    }

    private static func skipStars(_ pattern: [UInt16], _ states: inout [Bool]) {
        for unit in pattern.indices where states[unit] {
            if pattern[unit] == WildcardUnit.any || pattern[unit] == WildcardUnit.anyInSegment { states[unit + 1] = true }
        }
    }
}
