import Documents

/// What policies reach by their actions alone, whatever the resource and the conditions: IAM's reports on unused
/// permissions ask this, and nothing on a request's way does.
public struct ActionReach: Sendable {
    private let levels: [[PolicyDocument]]
    /// An action for each pattern that an Allow names, `s3:get` for `s3:Get*`: in lower case, without wildcards.
    public let named: Set<String>

    /// - Parameter levels: each must allow, as the levels of an organization must. One level for identity policies.
    public init(_ levels: [[PolicyDocument]]) {
        self.levels = levels
        named = Set(levels.joined().flatMap(Self.samples))
    }

    /// Whether an Allow names the action and no Deny takes it away from every resource on every condition.
    /// - Parameter action: `s3:GetObject`; its case does not matter.
    public func allows(_ action: String) -> Bool {
        let action = Array(action.lowercased().utf8)
        return levels.allSatisfy { level in
            let statements = level.lazy.flatMap(\.statements).filter { $0.reaches(action) }
            return statements.contains { $0.effect == .allow } && !statements.contains { $0.effect == .deny && $0.isUnlimited }
        }
    }

    private static func samples(_ policy: PolicyDocument) -> [String] {
        guard let found = try? JSON.parse(policy.source)["Statement"] else { return [] }
        return (found.list ?? [found]).flatMap { statement -> [String] in
            guard statement["Effect"]?.string == "Allow", let actions = statement["Action"] else { return [] }
            return (actions.list ?? [actions]).compactMap(\.string).filter { $0.contains(":") }.map { text in
                // A star stands for nothing, too; a question mark for one character.
                text.lowercased().filter { $0 != "*" }.replacing("?", with: "x")
            }
        }
    }
}

extension Statement {
    fileprivate func reaches(_ action: [UInt8]) -> Bool {
        let isNamed = actions.contains { $0.matches(action, ConditionContext()) ?? false }
        return isNamed != actionsAreNegated
    }

    /// Whether it speaks about every resource at all times.
    fileprivate var isUnlimited: Bool {
        conditions.isEmpty && !resourcesAreNegated && (resources ?? []).contains(where: \.isAny)
    }
}
