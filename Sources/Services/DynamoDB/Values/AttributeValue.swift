import Documents

/// A value of an attribute (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html).
/// Sets are kept sorted and without duplicates, so that order does not matter to equality.
enum AttributeValue: Sendable {
    case string(String)
    case number(Number)
    case binary([UInt8])
    case bool(Bool)
    case null
    case stringSet([String])
    case numberSet([Number])
    case binarySet([[UInt8]])
    case list([AttributeValue])
    case map(Attributes)
}

/// The attributes of an item or map, by name.
typealias Attributes = OrderedDictionary<String, AttributeValue>

/// DynamoDB's type descriptors.
enum AttributeType: String, Sendable, Codable, CaseIterable {
    case string = "S", number = "N", binary = "B", bool = "BOOL", null = "NULL"
    case stringSet = "SS", numberSet = "NS", binarySet = "BS", list = "L", map = "M"

    /// The long name that messages about ADD and DELETE use.
    var longName: String {
        switch self {
        case .string: "STRING"
        case .number: "NUMBER"
        case .binary: "BINARY"
        case .bool: "BOOLEAN"
        case .null: "NULL"
        case .stringSet: "STRING_SET"
        case .numberSet: "NUMBER_SET"
        case .binarySet: "BINARY_SET"
        case .list: "LIST"
        case .map: "MAP"
        }
    }

    var isSet: Bool { self == .stringSet || self == .numberSet || self == .binarySet }
    /// Types that `<`, `BETWEEN` and keys know.
    var isOrdered: Bool { self == .string || self == .number || self == .binary }
}

extension AttributeValue {
    var type: AttributeType {
        switch self {
        case .string: .string
        case .number: .number
        case .binary: .binary
        case .bool: .bool
        case .null: .null
        case .stringSet: .stringSet
        case .numberSet: .numberSet
        case .binarySet: .binarySet
        case .list: .list
        case .map: .map
        }
    }

    /// Bytes that it counts for, without its name
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html).
    var size: Int {
        switch self {
        case .string(let text): text.utf8.count
        case .number(let number): number.size
        case .binary(let bytes): bytes.count
        case .bool, .null: 1
        case .stringSet(let elements): elements.reduce(0) { $0 + $1.utf8.count }
        case .numberSet(let elements): elements.reduce(0) { $0 + $1.size }
        case .binarySet(let elements): elements.reduce(0) { $0 + $1.count }
        case .list(let elements): elements.reduce(3) { $0 + $1.size + 1 }
        case .map(let members): members.reduce(3) { $0 + $1.key.utf8.count + $1.value.size + 1 }
        }
    }

    /// The value of `size()`; nil for types that have none.
    var sizeOperand: Int? {
        switch self {
        case .string(let text): text.utf8.count
        case .binary(let bytes): bytes.count
        case .stringSet(let elements): elements.count
        case .numberSet(let elements): elements.count
        case .binarySet(let elements): elements.count
        case .list(let elements): elements.count
        case .map(let members): members.count
        case .number, .bool, .null: nil
        }
    }

    /// Whether it sorts before `other`; nil when the two can't be ordered.
    func isLess(than other: AttributeValue) -> Bool? {
        switch (self, other) {
        case (.string(let left), .string(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.number(let left), .number(let right)): left < right
        case (.binary(let left), .binary(let right)): left.lexicographicallyPrecedes(right)
        default: nil
        }
    }
}

extension AttributeValue: Equatable {
    /// Text is compared by its bytes: DynamoDB knows no Unicode equivalence.
    static func == (left: AttributeValue, right: AttributeValue) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.number(let left), .number(let right)): left == right
        case (.binary(let left), .binary(let right)): left == right
        case (.bool(let left), .bool(let right)): left == right
        case (.null, .null): true
        case (.stringSet(let left), .stringSet(let right)): left.elementsEqual(right) { $0.utf8.elementsEqual($1.utf8) }
        case (.numberSet(let left), .numberSet(let right)): left == right
        case (.binarySet(let left), .binarySet(let right)): left == right
        case (.list(let left), .list(let right)): left == right
        case (.map(let left), .map(let right)): left.hasSameAttributes(as: right)
        default: false
        }
    }
}

extension Attributes {
    /// Equality without regard to the order of attributes.
    func hasSameAttributes(as other: Attributes) -> Bool {
        count == other.count && allSatisfy { name, value in other[name] == value }
    }

    /// The bytes that an item of these attributes counts for.
    var itemSize: Int { reduce(0) { $0 + $1.key.utf8.count + $1.value.size } }
}

extension AttributeValue {
    /// The union of two sets of one kind; nil for anything else.
    func union(_ other: AttributeValue) -> AttributeValue? {
        switch (self, other) {
        case (.stringSet(let left), .stringSet(let right)): .stringSet(Self.sorted(left + right))
        case (.numberSet(let left), .numberSet(let right)): .numberSet(Array(Set(left + right)).sorted())
        case (.binarySet(let left), .binarySet(let right)): .binarySet(Self.sorted(left + right))
        default: nil
        }
    }

    /// This set without the elements of another of the same kind; nil for anything else. The outer optional tells a wrong
    /// kind, the inner an empty result, which is no value at all.
    func subtracting(_ other: AttributeValue) -> AttributeValue?? {
        switch (self, other) {
        case (.stringSet(let left), .stringSet(let right)):
            let rest = left.filter { element in !right.contains { $0.utf8.elementsEqual(element.utf8) } }
            return .some(rest.isEmpty ? nil : .stringSet(rest))
        case (.numberSet(let left), .numberSet(let right)):
            let rest = left.filter { !right.contains($0) }
            return .some(rest.isEmpty ? nil : .numberSet(rest))
        case (.binarySet(let left), .binarySet(let right)):
            let rest = left.filter { !right.contains($0) }
            return .some(rest.isEmpty ? nil : .binarySet(rest))
        default: return nil
        }
    }

    static func sorted(_ elements: [String]) -> [String] {
        var unique: [String] = []
        for element in elements.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        where !(unique.last?.utf8.elementsEqual(element.utf8) ?? false) {
            unique.append(element)
        }
        return unique
    }

    static func sorted(_ elements: [[UInt8]]) -> [[UInt8]] {
        var unique: [[UInt8]] = []
        for element in elements.sorted(by: { $0.lexicographicallyPrecedes($1) }) where unique.last != element {
            unique.append(element)
        }
        return unique
    }
}
