/// A policy value cut at its policy variables
/// (IAM User Guide, "IAM policy elements: Variables and tags"). Variables exist from version 2012-10-17 on.
struct Template: Sendable, Equatable {
    enum Part: Sendable, Equatable {
        /// Text that stands for itself.
        case literal(String)
        /// `*` and `?` outside of `${}`; only where the element knows wildcards.
        case any, one
        /// `${key}` and `${key, 'default'}`; the key in lower case.
        case variable(key: String, fallback: String?)
    }
    var parts: [Part] = []

    init(_ text: String, variables: Bool, wildcards: Bool) {
        var literal = ""
        var rest = Substring(text)
        func flush(_ parts: inout [Part]) {
            if !literal.isEmpty { parts.append(.literal(literal)) }
            literal = ""
        }
        while let scalar = rest.unicodeScalars.first {
            if variables, scalar == "$", let (part, after) = Self.variable(rest) {
                if case .literal(let text) = part {
                    literal += text
                } else {
                    flush(&parts)
                    parts.append(part)
                }
                rest = after
                continue
            }
            rest = rest.unicodeScalars.dropFirst().asSubstring
            if wildcards, scalar == "*" || scalar == "?" {
                flush(&parts)
                parts.append(scalar == "*" ? .any : .one)
            } else {
                literal.unicodeScalars.append(scalar)
            }
        }
        flush(&parts)
    }

    var hasVariables: Bool { parts.contains { if case .variable = $0 { true } else { false } } }

    /// The text with its variables replaced, where it has no wildcards; nil if one has no single value.
    func resolved(_ context: ConditionContext) -> String? {
        var text = ""
        for part in parts {
            switch part {
            case .literal(let literal): text += literal
            case .any: text += "*"
            case .one: text += "?"
            case .variable(let key, let fallback):
                guard let value = context.single(lowercased: key) ?? fallback else { return nil }
                text += value
            }
        }
        return text
    }

    /// Reads `${...}` off the front of a text; nil if it is not a variable, and so plain text.
    private static func variable(_ text: Substring) -> (Part, Substring)? {
        guard text.hasPrefix("${"), let end = text.firstIndex(of: "}") else { return nil }
        let body = text[text.index(text.startIndex, offsetBy: 2)..<end]
        let after = text[text.index(after: end)...]
        // The escapes for the three characters that mean something here.
        if body == "*" || body == "?" || body == "$" { return (.literal(String(body)), after) }
        guard let comma = body.firstIndex(of: ",") else {
            let key = body.trimmed
            return key.isEmpty ? nil : (.variable(key: key.lowercased(), fallback: nil), after)
        }
        let key = body[..<comma].trimmed
        let quoted = body[body.index(after: comma)...].trimmed
        guard !key.isEmpty, quoted.count >= 2, quoted.hasPrefix("'"), quoted.hasSuffix("'") else { return nil }
        return (.variable(key: key.lowercased(), fallback: String(quoted.dropFirst().dropLast())), after)
    }
}

extension Substring {
    var trimmed: Substring {
        var text = self
        while text.first == " " { text = text.dropFirst() }
        while text.last == " " { text = text.dropLast() }
        return text
    }
}

extension Substring.UnicodeScalarView {
    fileprivate var asSubstring: Substring { Substring(self) }
}
