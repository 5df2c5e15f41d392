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
        guard !isMistaken, let regex = try? Regex(source) else {
            state = .untranslatable
            return
        }
        state = .compiled(
            regex.asciiOnlyDigits().asciiOnlyWordCharacters().asciiOnlyWhitespace().matchingSemantics(.unicodeScalar))
    }
}
