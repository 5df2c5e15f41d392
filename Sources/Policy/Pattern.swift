/// One action, resource or condition value, compiled for matching against UTF-8 text. A class for the reason that
/// ``Statement`` is one.
final class Pattern: Sendable {
    /// How colons bound wildcards.
    enum Segments: Sendable {
        /// Not at all.
        case none
        /// A Resource: a wildcard stays within its ARN segment, save a `*` that ends one
        /// (IAM User Guide, "IAM JSON policy elements: Resource").
        case resource
        /// An ARN operator: each of the six components is checked separately
        /// (IAM User Guide, "ARN condition operators").
        case arn
    }

    private enum Form: Sendable {
        case any
        case exact([UInt8])
        case prefix([UInt8])
        case glob([UInt16])
        case segmented([UInt16])
        case dynamic(Template, Segments, foldsCase: Bool)
    }
    private let form: Form
    /// What stands before the first wildcard or variable: most patterns are ruled out by it, before anything is built.
    let prefix: [UInt8]

    init(_ text: String, variables: Bool, wildcards: Bool = true, segments: Segments = .none, foldsCase: Bool = false) {
        let template = Template(text, variables: variables, wildcards: wildcards)
        prefix = Self.prefix(template.parts, foldsCase)
        if template.hasVariables {
            form = .dynamic(template, segments, foldsCase: foldsCase)
        } else {
            form = Self.compile(template.parts, segments, foldsCase)
        }
    }

    /// Whether it is `*`.
    var isAny: Bool { if case .any = form { true } else { false } }

    /// Nil if the pattern holds a variable that the request has no single value for.
    func matches(_ text: [UInt8], _ context: ConditionContext) -> Bool? {
        switch form {
        case .any: return true
        case .exact(let bytes): return bytes == text
        case .prefix(let bytes):
            guard text.count >= bytes.count else { return false }
            // From the end: ARNs and actions of one service share their beginnings.
            var index = bytes.count - 1
            while index >= 0 {
                if text[index] != bytes[index] { return false }
                index -= 1
            }
            return true
        case .glob(let units): return begins(text) && Wildcard.matches(units, text)
        case .segmented(let units): return begins(text) && Wildcard.matchesSegmented(units, text)
        case .dynamic(let template, let segments, let foldsCase):
            // No value of the variables could make up for another beginning.
            guard begins(text) else { return false }
            var parts = template.parts
            for index in parts.indices {
                guard case .variable(let key, let fallback) = parts[index] else { continue }
                guard let value = context.single(lowercased: key) ?? fallback else { return nil }
                // A request's value is text: a star in it is a star.
                parts[index] = .literal(value)
            }
            return Pattern(form: Self.compile(parts, segments, foldsCase)).matches(text, context)
        }
    }

    private init(form: Form) { (self.form, prefix) = (form, []) }

    /// From the end: ARNs and actions of one service share their beginnings.
    private func begins(_ text: [UInt8]) -> Bool {
        guard text.count >= prefix.count else { return false }
        var index = prefix.count - 1
        while index >= 0 {
            if text[index] != prefix[index] { return false }
            index -= 1
        }
        return true
    }

    private static func prefix(_ parts: [Template.Part], _ foldsCase: Bool) -> [UInt8] {
        guard case .literal(let text)? = parts.first else { return [] }
        return Array((foldsCase ? text.lowercased() : text).utf8)
    }

    private static func compile(_ parts: [Template.Part], _ segments: Segments, _ foldsCase: Bool) -> Form {
        if parts == [.any] { return .any }
        var units: [UInt16] = []
        var colons = 0
        var isSegmented = false
        var wildcards = 0
        for (index, part) in parts.enumerated() {
            switch part {
            case .literal(let text):
                let bytes = Array((foldsCase ? text.lowercased() : text).utf8)
                colons += bytes.count { $0 == UInt8(ascii: ":") }
                units.append(contentsOf: bytes.map(UInt16.init))
            case .any:
                wildcards += 1
                let bounded = segments != .none && colons < 5 && !(segments == .resource && endsSegment(parts, index))
                isSegmented = isSegmented || bounded
                units.append(bounded ? WildcardUnit.anyInSegment : WildcardUnit.any)
            case .one:
                wildcards += 1
                units.append(segments != .none && colons < 5 ? WildcardUnit.oneInSegment : WildcardUnit.one)
            case .variable: break
            }
        }
        if isSegmented { return .segmented(units) }
        if wildcards == 0 { return .exact(units.map { UInt8(truncatingIfNeeded: $0) }) }
        if wildcards == 1, units.last == WildcardUnit.any {
            return .prefix(units.dropLast().map { UInt8(truncatingIfNeeded: $0) })
        }
        return .glob(units)
    }

    private static func endsSegment(_ parts: [Template.Part], _ index: Int) -> Bool {
        guard index + 1 < parts.count else { return true }
        if case .literal(let text) = parts[index + 1] { return text.utf8.first == UInt8(ascii: ":") }
        return false
    }
}
