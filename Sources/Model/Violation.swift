/// A value of an input that breaks a constraint of the model.
public struct Violation: Sendable, Equatable {
    /// What a constraint asks, in the words AWS's services use.
    public enum Constraint: Sendable, Equatable, CustomStringConvertible {
        case notNull
        case pattern(String)
        case enumeration([String])
        case lengthMin(Shape.Bound)
        case lengthMax(Shape.Bound)
        case valueMin(Shape.Bound)
        case valueMax(Shape.Bound)
        /// Some element of a list of simple values breaks one of these.
        indirect case elements([Constraint])
        indirect case mapKeys([Constraint])
        indirect case mapValues([Constraint])

        public var description: String {
            switch self {
            case .notNull: "Member must not be null"
            case .pattern(let pattern): "Member must satisfy regular expression pattern: \(pattern)"
            case .enumeration(let values): "Member must satisfy enum value set: [\(values.joined(separator: ", "))]"
            case .lengthMin(let bound): "Member must have length greater than or equal to \(bound)"
            case .lengthMax(let bound): "Member must have length less than or equal to \(bound)"
            case .valueMin(let bound): "Member must have value greater than or equal to \(bound)"
            case .valueMax(let bound): "Member must have value less than or equal to \(bound)"
            case .elements(let all): "Member must satisfy constraint: \(Self.text(all))"
            case .mapKeys(let all): "Map keys must satisfy constraint: \(Self.text(all))"
            case .mapValues(let all): "Map value must satisfy constraint: \(Self.text(all))"
            }
        }

        private static func text(_ all: [Constraint]) -> String {
            "[\(all.map(\.description).joined(separator: ", "))]"
        }
    }

    /// The offending value as a message shows it.
    public enum Value: Sendable, Equatable {
        case absent
        case text(String)
        /// A sensitive value is never shown: `Value at 'plaintext' failed ...`.
        case hidden
    }

    /// In AWS's way: first letters small, elements from 1, `attributeDefinitions.1.member.attributeType`.
    public let path: String
    public let value: Value
    public let constraint: Constraint

    /// `Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3`
    public var message: String {
        let shown =
            switch value {
            case .absent: "null "
            case .text(let text): "'\(text)' "
            case .hidden: ""
            }
        return "Value \(shown)at '\(path)' failed to satisfy constraint: \(constraint)"
    }
}
