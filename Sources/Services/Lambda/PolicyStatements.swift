import Documents

/// What has a resource policy of statements that come and go one by one: a function, a version, an alias, a layer's version.
protocol PolicyStatements {
    var statements: [FunctionRecord.Statement] { get set }
    /// Another with each change.
    var revision: String { get set }
    /// What stands around the statements, where that was given with them; nil for the usual.
    var frame: FunctionRecord.PolicyFrame? { get set }
}

extension PolicyStatements {
    /// The policy as GetPolicy shows it; nil without statements.
    var policy: String? {
        guard !statements.isEmpty else { return nil }
        let frame = frame ?? .usual
        var members: [String] = []
        if let version = frame.version { members.append(#""Version":"# + JSON.text(.string(version))) }
        if let id = frame.id { members.append(#""Id":"# + JSON.text(.string(id))) }
        members.append(#""Statement":["# + statements.map(\.json).joined(separator: ",") + "]")
        return "{" + members.joined(separator: ",") + "}"
    }

    /// - Parameter expected: the revision that the caller knows of, where they name one.
    /// - Throws: ``LambdaFault/revisionMismatch``, ``LambdaFault/statementExists(_:)``.
    mutating func add(
        _ statement: FunctionRecord.Statement, expected: String?, revision: String
    ) throws(LambdaFault) {
        if let expected, expected != self.revision { throw .revisionMismatch }
        guard !statements.contains(where: { $0.id == statement.id }) else { throw .statementExists(statement.id) }
        statements.append(statement)
        self.revision = revision
    }

    /// - Throws: ``LambdaFault/revisionMismatch``, ``LambdaFault/statementNotFound(_:)``.
    mutating func remove(statement id: String, expected: String?, revision: String) throws(LambdaFault) {
        if let expected, expected != self.revision { throw .revisionMismatch }
        guard let index = statements.firstIndex(where: { $0.id == id }) else { throw .statementNotFound(id) }
        statements.remove(at: index)
        self.revision = revision
    }

    /// Puts a whole policy in place of what there is.
    /// - Parameter policy: one that has been found well formed, as it is kept.
    /// - Throws: ``LambdaFault/revisionMismatch``.
    mutating func replace(with policy: Document, expected: String?, revision: String) throws(LambdaFault) {
        if let expected, expected != self.revision { throw .revisionMismatch }
        let all = policy["Statement"]?.list ?? policy["Statement"].map { [$0] } ?? []
        // RemovePermission finds a statement by its id; one without has none that a client could name.
        statements = all.map { .init(id: $0["Sid"]?.string ?? "", json: JSON.text($0)) }
        frame = .init(version: policy["Version"]?.string, id: policy["Id"]?.string)
        self.revision = revision
    }

    /// - Throws: ``LambdaFault/revisionMismatch``.
    mutating func removeAll(expected: String?, revision: String) throws(LambdaFault) {
        if let expected, expected != self.revision { throw .revisionMismatch }
        (statements, frame, self.revision) = ([], nil, revision)
    }
}
