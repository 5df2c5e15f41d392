import RegularExpressions

/// The regular expressions of filter patterns
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html): of what ``FlatRegex`` reads only
/// ASCII letters, digits, a few symbols, classes and plain repeats; no groups, no lazy repeats.
struct FilterRegex: Sendable {
    /// The 1,024 characters of a filter pattern come to 128 such repeats, 512 words of state.
    private static let repeatsMax = 255
    private static let symbols = Set("_#=@/;,-: ".unicodeScalars)

    private let regex: FlatRegex

    /// nil for what is no such expression.
    init?(_ text: String) {
        guard !text.isEmpty, let permitted = Self.permitted(text), let regex = try? FlatRegex(permitted) else { return nil }
        self.regex = regex
    }

    func matches(_ text: String) -> Bool { regex.matches(text) }

    /// The expression as the engine is to read it, nil if filter patterns do not have all of it. What the engine refuses
    /// too is left to it.
    private static func permitted(_ text: String) -> String? {
        var rest = Array(text.unicodeScalars)[...]
        var permitted = String.UnicodeScalarView()
        /// Whether a repeat may follow.
        var isItem = false
        while let scalar = rest.first {
            let before = rest
            rest.removeFirst()
            switch scalar {
            case "|", "^", "$": isItem = false
            case ".": isItem = true
            case "*", "+", "?":
                guard isItem else { return nil }
                isItem = false
            case "{":
                guard isItem, let close = rest.firstIndex(of: "}"), let (least, most) = LinearRegex.times(before[..<close]),
                    max(least, most ?? 0) <= repeatsMax
                else { return nil }
                rest = rest[(close + 1)...]
                // Once is as without it: left out, so that a repeat that follows repeats the item.
                if least == 1, most == 1 { continue }
                isItem = false
            case "[":
                guard skipSet(&rest) else { return nil }
                isItem = true
            case "\\":
                guard let escaped = rest.popFirst(), isEscape(escaped) else { return nil }
                isItem = true
            default:
                guard isAlphanumeric(scalar) || symbols.contains(scalar) else { return nil }
                isItem = true
            }
            permitted.append(contentsOf: before[..<rest.startIndex])
        }
        return String(permitted)
    }

    private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "a"..."z", "A"..."Z": true
        default: false
        }
    }

    private static func isEscape(_ scalar: Unicode.Scalar) -> Bool {
        "dDwWsS".unicodeScalars.contains(scalar) || (scalar.isASCII && !isAlphanumeric(scalar))
    }

    /// Steps over a set up to its end as the engine does; one without members is refused.
    private static func skipSet(_ rest: inout ArraySlice<Unicode.Scalar>) -> Bool {
        if rest.first == "^" { rest.removeFirst() }
        guard rest.first != "]" else { return false }
        while let scalar = rest.popFirst() {
            if scalar == "]" { return true }
            guard scalar.isASCII else { return false }
            if scalar == "\\" {
                guard let escaped = rest.popFirst(), isEscape(escaped) else { return false }
                // A class is no end of a range.
                if isAlphanumeric(escaped) { continue }
            }
            if rest.first == "-", let high = rest.dropFirst().first, high != "]" {
                guard high.isASCII else { return false }
                rest.removeFirst(2)
            }
        }
        return false
    }
}
