import Documents

/// Reads statements by the grammar of their policy's kind.
struct StatementParser {
    let grammar: PolicyGrammar
    let variables: Bool
    let pool = ConditionPool()

    private static let fields: Set<String> = [
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
    ]

    func statement(_ document: Document) throws(MalformedPolicy) -> Statement {
        guard case .map(let members) = document else { throw .syntax(element: "Statement") }
        for name in members.keys where !Self.fields.contains(name) { throw .syntax(element: name) }
        // Said before all else that may be wrong with the statement.
        if grammar == .identity, members["Principal"] != nil || members["NotPrincipal"] != nil { throw .principalNotAllowed }
        let effect = try effect(members["Effect"])
        let (actions, actionsAreNegated) = try actions(members)
        let (resources, resourcesAreNegated) = try resources(members)
        let conditions: [Condition]
        if let value = members["Condition"] {
            conditions = try Condition.parse(value, variables: variables, pool)
        } else {
            conditions = []
        }
        return Statement(
            sid: try sid(members["Sid"]), effect: effect, principal: try principal(members),
            actions: actions, actionsAreNegated: actionsAreNegated,
            resources: resources, resourcesAreNegated: resourcesAreNegated, conditions: conditions)
    }

    private func sid(_ value: Document?) throws(MalformedPolicy) -> String? {
        guard let value else { return nil }
        guard case .string(let text) = value else { throw .syntax(element: "Sid") }
        // Services with resource policies take any text (IAM User Guide, "Sid").
        guard grammar == .resource || text.utf8.allSatisfy(isAlphanumeric) else { throw .invalidSid(text) }
        return text
    }

    private func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    private func effect(_ value: Document?) throws(MalformedPolicy) -> Effect {
        guard let value else { throw .missingField("Effect") }
        guard case .string(let text) = value else { throw .syntax(element: "Effect") }
        guard let effect = Effect(rawValue: text) else { throw .invalidEffect(text) }
        return effect
    }

    private func principal(_ members: Members) throws(MalformedPolicy) -> PrincipalElement? {
        let (value, isNegated) = try choice(members, "Principal", "NotPrincipal")
        if grammar == .identity {
            guard value == nil else { throw .principalNotAllowed }
            return nil
        }
        guard let value else { throw .missingField("Principal") }
        // NotPrincipal has no place in a trust policy (IAM User Guide, "NotPrincipal").
        if isNegated, grammar == .trust { throw .prohibitedField("NotPrincipal") }
        return try PrincipalElement(value, isNegated: isNegated, field: isNegated ? "NotPrincipal" : "Principal")
    }

    private func actions(_ members: Members) throws(MalformedPolicy) -> ([Pattern], Bool) {
        let (value, isNegated) = try choice(members, "Action", "NotAction")
        guard let value else { throw .missingActions }
        let texts = try strings(value, "Action")
        guard !texts.isEmpty else { throw .missingActions }
        var patterns: [Pattern] = []
        for text in texts {
            try check(action: text)
            // Actions know no variables, so a dollar sign is one.
            patterns.append(Pattern(text, variables: false, foldsCase: true))
        }
        return (patterns, isNegated)
    }

    private func check(action: String) throws(MalformedPolicy) {
        guard action != "*" else {
            if grammar == .trust { throw .notSTSAction(action) }
            return
        }
        guard let colon = action.firstIndex(of: ":"), colon != action.startIndex, action.index(after: colon) != action.endIndex
        else { throw .actionWithoutVendor(action) }
        let vendor = action[..<colon]
        guard vendor.utf8.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: "-") }) else {
            throw .invalidVendor(String(vendor))
        }
        guard !action[action.index(after: colon)...].contains(":") else { throw .actionWithColons(action) }
        if grammar == .trust, vendor.lowercased() != "sts" { throw .notSTSAction(action) }
    }

    private func resources(_ members: Members) throws(MalformedPolicy) -> ([Pattern]?, Bool) {
        let (value, isNegated) = try choice(members, "Resource", "NotResource")
        if grammar == .trust {
            guard value == nil else { throw .prohibitedField(isNegated ? "NotResource" : "Resource") }
            return (nil, false)
        }
        guard let value else {
            throw grammar == .identity ? .missingResources : .missingField("Resource")
        }
        let texts = try strings(value, "Resource")
        guard !texts.isEmpty else { throw .missingResources }
        var patterns: [Pattern] = []
        for text in texts {
            try check(resource: text)
            patterns.append(Pattern(text, variables: variables, segments: .resource))
        }
        return (patterns, isNegated)
    }

    /// What IAM refuses in a Resource. Whether there is such a thing is nobody's business here.
    private func check(resource text: String) throws(MalformedPolicy) {
        guard text != "*" else { return }
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts[0] == "arn", parts.count > 2 else { throw .invalidResource(text) }
        // A wildcard or variable may stand for all that is missing behind it.
        func isOpen(_ part: Substring) -> Bool { part.contains("*") || part.contains("?") || part.contains("${") }
        guard parts.count == 6 || parts.last.map(isOpen) == true else { throw .invalidResource(text) }
        guard isOpen(parts[1]) || Self.partitions.contains(String(parts[1])) else {
            throw .invalidPartition(String(parts[1]), resource: text)
        }
        guard !parts[2].isEmpty else { throw .invalidVendor("") }
        guard grammar != .identity || parts[2] == "*" || !isOpen(parts[2]) else { throw .resourceVendor }
        guard parts.count == 6, parts[2] == "s3" || parts[2] == "iam", parts[5] != "*" else { return }
        guard grammar == .identity || parts[2] == "iam", !parts[3].isEmpty, !isOpen(parts[3]) else { return }
        // Access points have a Region; buckets and objects have none.
        let isAccessPoint = ["accesspoint", "outpost", "job", "storage-lens"].contains { parts[5].hasPrefix($0) }
        if parts[2] == "iam" || (parts[4].isEmpty && !isAccessPoint) {
            throw .regionInResource(text, vendor: parts[2] == "iam" ? "IAM resource" : "Resource")
        }
    }

    /// IAM User Guide, "Amazon Resource Names (ARNs)".
    private static let partitions: Set<String> = [
        "aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc",
    ]

    /// An element or its Not form; both at once are refused.
    private func choice(_ members: Members, _ plain: String, _ negated: String) throws(MalformedPolicy) -> (Document?, Bool) {
        switch (members[plain], members[negated]) {
        case (let value?, nil): return (value, false)
        case (nil, let value?): return (value, true)
        case (nil, nil): return (nil, false)
        case (_?, _?): throw .conflictingFields(plain, negated)
        }
    }
}
