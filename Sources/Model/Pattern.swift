import Synchronization

/// A model's regular expression, which is Java's, compiled when first used.
///
/// A pattern that Swift doesn't take fits everything, as does a text past ``textMax``: a service then accepts more than
/// AWS's would, never less.
final class Pattern: Sendable {
    /// Bytes. Patterns over longer texts (policies, templates) allow all of some large class of characters, and
    /// matching costs more than it tells.
    static let textMax = 4096

    private static let known = Mutex<[String: Pattern]>([:])

    /// As many are kept as the models have.
    static func of(_ text: String) -> Pattern {
        known.withLock { known in
            if let pattern = known[text] { return pattern }
            let pattern = Pattern(text)
            known[text] = pattern
            return pattern
        }
    }

    private enum State {
        case source(String)
        case compiled(Regex<AnyRegexOutput>)
        case untranslatable
    }

    private let state: Mutex<State>
    /// AWS's older models have patterns without anchors, and mean the whole text; one with an anchor says itself what
    /// it means.
    private let isWhole: Bool

    private init(_ text: String) {
        state = Mutex(.source(text))
        isWhole = !text.hasPrefix("^") && !text.hasSuffix("$")
    }

    /// False: the pattern is never checked.
    var isTranslatable: Bool {
        state.withLock { state in
            Self.compile(&state)
            if case .compiled = state { return true }
            return false
        }
    }

    func fits(_ text: String) -> Bool {
        guard text.utf8.count <= Self.textMax else { return true }
        return state.withLock { state in
            Self.compile(&state)
            guard case .compiled(let regex) = state else { return true }
            do {
                return try isWhole ? regex.wholeMatch(in: text) != nil : regex.firstMatch(in: text) != nil
            } catch {
                return true
            }
        }
    }

    private static func compile(_ state: inout State) {
        guard case .source(let source) = state else { return }
        // Escaped twice in the model by mistake: taken at its word it would refuse every good value.
        let isMistaken = ["\\\\d", "\\\\w", "\\\\s", "\\\\S", "\\\\."].contains { source.contains($0) }
        guard !isMistaken, let regex = try? Regex(translated(source)) else {
            state = .untranslatable
            return
        }
        state = .compiled(
            regex.asciiOnlyDigits().asciiOnlyWordCharacters().asciiOnlyWhitespace().matchingSemantics(.unicodeScalar))
    }

    /// The same in Swift's syntax, which has no surrogates and wants a hyphen after a class escaped.
    private static func translated(_ java: String) -> String {
        var out: [UInt8] = []
        let text = Array(java.utf8)
        var at = 0
        while at < text.count {
            if let high = unit(text, at), (0xD800..<0xDC00).contains(high), let low = unit(text, at + 6),
                (0xDC00..<0xE000).contains(low)
            {
                out += Array("\\u{\(String(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00), radix: 16))}".utf8)
                at += 12
            } else if text[at] == UInt8(ascii: "\\"), at + 1 < text.count {
                out += text[at...(at + 1)]
                at += 2
                let isClass = [UInt8(ascii: "w"), UInt8(ascii: "d"), UInt8(ascii: "s")].contains(text[at - 1])
                if isClass, at < text.count, text[at] == UInt8(ascii: "-") { out.append(UInt8(ascii: "\\")) }
            } else {
                out.append(text[at])
                at += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The code unit of a `\uXXXX` at that place.
    private static func unit(_ text: [UInt8], _ at: Int) -> Int? {
        guard at + 6 <= text.count, text[at] == UInt8(ascii: "\\"), text[at + 1] == UInt8(ascii: "u") else { return nil }
        return Int(String(decoding: text[(at + 2)..<(at + 6)], as: UTF8.self), radix: 16)
    }
}
