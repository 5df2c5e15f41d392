import Synchronization

/// Parsed expressions by their text: programs send the same few over and over.
final class ExpressionCache: Sendable {
    enum Limit {
        /// Expressions of each kind; an expression has at most 4 KB.
        static let entries = 512
    }

    private let conditions = Generations<Condition>()
    private let projections = Generations<[Path]>()
    private let updates = Generations<Update>()

    func condition(_ text: String, _ kind: ExpressionKind) throws(DynamoDBFault) -> Condition {
        // Kinds share a grammar, and only successes are kept.
        if let known = conditions[text] { return known }
        let parsed = try Parser.condition(text, kind)
        conditions[text] = parsed
        return parsed
    }

    func projection(_ text: String) throws(DynamoDBFault) -> [Path] {
        if let known = projections[text] { return known }
        let parsed = try Parser.projection(text)
        projections[text] = parsed
        return parsed
    }

    func update(_ text: String) throws(DynamoDBFault) -> Update {
        if let known = updates[text] { return known }
        let parsed = try Parser.update(text)
        updates[text] = parsed
        return parsed
    }
}

/// A bounded map that forgets what was not used lately: when the young half is full it becomes the old half, and what was
/// in the old half and not asked for since is dropped.
private final class Generations<Value: Sendable>: Sendable {
    private let state = Mutex<(young: [String: Value], old: [String: Value])>(([:], [:]))

    subscript(_ key: String) -> Value? {
        get {
            state.withLock { state in
                if let value = state.young[key] { return value }
                guard let value = state.old[key] else { return nil }
                Self.insert(key, value, &state)
                return value
            }
        }
        set {
            guard let newValue else { return }
            state.withLock { Self.insert(key, newValue, &$0) }
        }
    }

    private static func insert(_ key: String, _ value: Value, _ state: inout (young: [String: Value], old: [String: Value])) {
        if state.young.count >= ExpressionCache.Limit.entries / 2 { state = ([:], state.young) }
        state.young[key] = value
    }
}
