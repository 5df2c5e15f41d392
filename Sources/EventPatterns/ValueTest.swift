import Documents

/// One test of a pattern's leaf: what a single JSON value must be
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html).
enum ValueTest: Hashable, Sendable {
    case text(Text)
    case integer(Int64)
    case double(Double)
    case bool(Bool)
    case null
    case prefix(Text)
    case suffix(Text)
    /// The text, in lower case; likewise in the next two.
    case ignoringCase(Text)
    case prefixIgnoringCase(Text)
    case suffixIgnoringCase(Text)
    case wildcard(WildcardText)
    case numeric(NumericRange)
    case cidr(CIDRBlock)
    case exists
    /// The field is missing: no value passes.
    case absent
    /// `anything-but`: the value passes none of these.
    case noneOf([ValueTest])
}

/// `numeric`: bounds, each of which may lack.
struct NumericRange: Hashable, Sendable {
    var low: Double?
    var includesLow = false
    var high: Double?
    var includesHigh = false

    func contains(_ value: Double) -> Bool {
        if let low, value < low || (value == low && !includesLow) { return false }
        if let high, value > high || (value == high && !includesHigh) { return false }
        return true
    }
}

/// A leaf value of an event, with the forms that tests ask for.
struct LeafValue: Sendable {
    let document: Document
    let text: Text?
    let folded: Text?

    /// - Parameter folds: whether some test asks for lower case.
    init(_ document: Document, folds: Bool = true) {
        self.document = document
        if case .string(let string) = document {
            text = Text(string)
            folded = folds ? Text(string.lowercased()) : nil
        } else {
            (text, folded) = (nil, nil)
        }
    }
}

extension ValueTest {
    /// Whether a value that is there passes.
    func passes(_ value: LeafValue) -> Bool {
        switch self {
        case .text(let wanted): value.text == wanted
        case .integer(let wanted): value.document == .integer(wanted)
        case .double(let wanted): value.document == .double(wanted)
        case .bool(let wanted): value.document == .bool(wanted)
        case .null: value.document == .null
        case .prefix(let wanted): value.text?.bytes.starts(with: wanted.bytes) ?? false
        case .suffix(let wanted): value.text?.bytes.reversed().starts(with: wanted.bytes.reversed()) ?? false
        case .ignoringCase(let wanted): value.folded == wanted
        case .prefixIgnoringCase(let wanted): value.folded?.bytes.starts(with: wanted.bytes) ?? false
        case .suffixIgnoringCase(let wanted): value.folded?.bytes.reversed().starts(with: wanted.bytes.reversed()) ?? false
        case .wildcard(let wanted): value.text.map { wanted.matches($0.bytes) } ?? false
        case .numeric(let range): value.document.double.map(range.contains) ?? false
        case .cidr(let block): value.text.map { block.contains($0.string) } ?? false
        case .exists: true
        case .absent: false
        case .noneOf(let tests): !tests.contains { $0.passes(value) }
        }
    }

    /// How many values the test is likely to let through: the automaton asks the narrow ones first.
    var breadth: Int {
        switch self {
        case .text, .integer, .double, .ignoringCase: 0
        case .cidr, .wildcard, .prefix, .suffix, .prefixIgnoringCase, .suffixIgnoringCase, .null, .bool: 1
        case .numeric: 2
        case .exists, .absent, .noneOf: 3
        }
    }
}
