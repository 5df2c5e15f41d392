/// What has a resource policy of statements that come and go one by one: a function, a version, an alias, a layer's version.
protocol PolicyStatements {
    var statements: [FunctionRecord.Statement] { get set }
    /// Another with each change.
    var revision: String { get set }
}

extension PolicyStatements {
    /// The policy as GetPolicy shows it; nil without statements.
    var policy: String? {
        guard !statements.isEmpty else { return nil }
        return #"{"Version":"2012-10-17","Id":"default","Statement":["# + statements.map(\.json).joined(separator: ",") + "]}"
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
}
