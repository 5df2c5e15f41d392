import Documents

/// What a policy is attached to, which decides its grammar.
public enum PolicyGrammar: Sendable, Equatable {
    /// Identity, boundary, session and service control policies: no Principal, with Resource.
    case identity
    /// Bucket, queue, key, endpoint and other resource policies: Principal and Resource.
    case resource
    /// A role's trust policy: Principal and `sts:` actions, no Resource.
    case trust
}

/// A policy, read and compiled once (IAM User Guide, "Grammar of the IAM JSON policy language").
public struct PolicyDocument: Sendable {
    public let grammar: PolicyGrammar
    public let version: String
    public let id: String?
    let statements: [Statement]
    let screen: StatementScreen
    /// The text it was read from, for explanations.
    public let source: String

    public var statementCount: Int { statements.count }

    /// - Parameters:
    ///   - json: the policy's text.
    ///   - bytesMax: the holder's limit, at most ``PolicyLimit/documentBytesMax``.
    /// - Throws: ``MalformedPolicy``.
    public init(
        json: String, kind grammar: PolicyGrammar, bytesMax: Int = PolicyLimit.documentBytesMax
    ) throws(MalformedPolicy) {
        let bytes = json.utf8.count
        guard bytes <= bytesMax else { throw .tooLarge(bytes: bytes, limit: bytesMax) }
        let document: Document
        do {
            document = try JSON.parse(Array(json.utf8), uniqueNames: true)
        } catch {
            throw .notJSON
        }
        try self.init(document, grammar, source: json)
    }

    init(_ document: Document, _ grammar: PolicyGrammar, source: String) throws(MalformedPolicy) {
        guard case .map(let members) = document else { throw .syntax(element: "") }
        for name in members.keys where !["Version", "Id", "Statement"].contains(name) { throw .syntax(element: name) }
        (self.grammar, self.source) = (grammar, source)
        version = try Self.version(members["Version"])
        if let value = members["Id"] {
            guard case .string(let text) = value else { throw .syntax(element: "Id") }
            id = text
        } else {
            id = nil
        }
        let list: [Document]
        switch members["Statement"] {
        case .list(let statements)?: list = statements
        case .map(let statement)?: list = [.map(statement)]
        case nil: throw .missingField("Statement")
        default: throw .syntax(element: "Statement")
        }
        guard !list.isEmpty else { throw .noStatements }
        guard list.count <= PolicyLimit.statementsMax else { throw .tooManyStatements(list.count) }
        var sids: Set<String> = []
        var statements: [Statement] = []
        statements.reserveCapacity(list.count)
        let parser = StatementParser(grammar: grammar, variables: version == "2012-10-17")
        for element in list {
            let statement = try parser.statement(element)
            if let sid = statement.sid, !sid.isEmpty, !sids.insert(sid).inserted { throw .duplicateSid(sid) }
            statements.append(statement)
        }
        self.statements = statements
        screen = StatementScreen(statements)
    }

    /// Without a version the older one holds, which has no policy variables.
    private static func version(_ value: Document?) throws(MalformedPolicy) -> String {
        guard let value else { return "2008-10-17" }
        guard case .string(let text) = value else { throw .syntax(element: "Version") }
        guard text == "2012-10-17" || text == "2008-10-17" else { throw .unsupportedVersion(text) }
        return text
    }

    /// A text's size as IAM's quotas count it: characters without white space.
    public static func sizeWithoutWhitespace(_ json: String) -> Int {
        json.unicodeScalars.count { !$0.properties.isWhitespace }
    }
}
