import Documents

/// A value of a policy's condition, read once by its operator's type.
enum ConditionOperand: Sendable {
    case pattern(Pattern)
    case folded(Template)
    case number(Double)
    case date(Timestamp)
    case bool(Bool)
    case bytes([UInt8])
    case range(IPRange)

    /// Nil if the text is not of the operator's type.
    init?(_ text: String, _ comparison: ConditionOperator.Comparison, variables: Bool) {
        switch comparison {
        case .string: self = .pattern(Pattern(text, variables: variables, wildcards: false))
        case .stringIgnoringCase: self = .folded(Template(text, variables: variables, wildcards: false))
        case .stringLike: self = .pattern(Pattern(text, variables: variables))
        case .arn: self = .pattern(Pattern(text, variables: variables, segments: .arn))
        case .numeric:
            guard let number = Self.number(text) else { return nil }
            self = .number(number)
        case .date:
            guard let date = Self.date(text) else { return nil }
            self = .date(date)
        case .bool, .null:
            guard let bool = Self.bool(text) else { return nil }
            self = .bool(bool)
        case .binary:
            guard let bytes = Base64.decode(text) else { return nil }
            self = .bytes(bytes)
        case .ip:
            guard let range = IPRange(text) else { return nil }
            self = .range(range)
        }
    }

    /// Whether a request's value is this one, in the operator's sense. A request's value of another type is not.
    func accepts(_ value: ConditionInput, _ comparison: ConditionOperator.Comparison, _ context: ConditionContext) -> Bool {
        switch (self, value) {
        case (.pattern(let pattern), .text(let bytes)): return pattern.matches(bytes, context) ?? false
        case (.folded(let template), .folded(let text)):
            return template.resolved(context).map { $0.lowercased() == text } ?? false
        case (.number(let own), .number(let other)):
            guard case .numeric(let order) = comparison else { return false }
            return order.holds(other, own)
        case (.date(let own), .date(let other)):
            guard case .date(let order) = comparison else { return false }
            return order.holds(other, own)
        case (.bool(let own), .bool(let other)): return own == other
        case (.bytes(let own), .bytes(let other)): return own == other
        case (.range(let own), .range(let other)): return own.contains(other)
        default: return false
        }
    }

    static func number(_ text: String) -> Double? {
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }

    static func bool(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// A W3C date and time, a date alone (midnight UTC), or epoch seconds (page above, "Date condition operators").
    static func date(_ text: String) -> Timestamp? {
        if let full = Timestamp(iso8601: text) { return full }
        let bytes = Array(text.utf8)
        if bytes.count == 10, bytes[4] == UInt8(ascii: "-"), let day = Timestamp(iso8601: text + "T00:00:00Z") { return day }
        guard let seconds = Double(text) else { return nil }
        return Timestamp(epochSeconds: seconds)
    }
}

/// A request's value, read once by the operator's type; nil readings are `other`.
enum ConditionInput {
    case text([UInt8])
    case folded(String)
    case number(Double)
    case date(Timestamp)
    case bool(Bool)
    case bytes([UInt8])
    case range(IPRange)
    case other

    init(_ text: String, _ comparison: ConditionOperator.Comparison) {
        switch comparison {
        case .string, .stringLike, .arn: self = .text(Array(text.utf8))
        case .stringIgnoringCase: self = .folded(text.lowercased())
        case .numeric: self = ConditionOperand.number(text).map { .number($0) } ?? .other
        case .date: self = ConditionOperand.date(text).map { .date($0) } ?? .other
        case .bool, .null: self = ConditionOperand.bool(text).map { .bool($0) } ?? .other
        case .binary: self = Base64.decode(text).map { .bytes($0) } ?? .other
        case .ip: self = IPRange(text).map { .range($0) } ?? .other
        }
    }
}

/// The request's values as the operators read them, each read once for all statements that ask for it.
final class ConditionInputs {
    private enum Family { case text, folded, number, date, bool, bytes, range }
    /// Past so many a policy is odd, and its further keys are read each time.
    private static let keysMax = 32
    private var known: [(key: String, family: Family, values: [ConditionInput]?)] = []

    /// Nil if the request lacks the key.
    func values(
        _ key: String, _ comparison: ConditionOperator.Comparison, _ context: ConditionContext
    ) -> [ConditionInput]? {
        let family = Self.family(comparison)
        // A request is asked for a handful of keys: looking along them is faster than hashing.
        for entry in known where entry.family == family && entry.key == key { return entry.values }
        let values = context.values(lowercased: key)?.map { ConditionInput($0, comparison) }
        if known.count < Self.keysMax { known.append((key, family, values)) }
        return values
    }

    private static func family(_ comparison: ConditionOperator.Comparison) -> Family {
        switch comparison {
        case .string, .stringLike, .arn: .text
        case .stringIgnoringCase: .folded
        case .numeric: .number
        case .date: .date
        case .bool, .null: .bool
        case .binary: .bytes
        case .ip: .range
        }
    }
}
