import Kernel
import SQLEngine

/// EXPLAIN (https://docs.aws.amazon.com/athena/latest/ug/athena-explain-statement.html).
///
/// Whether a SELECT is valid is the engine's to say, as it would before a run. Plans are refused: the engine's are not Trino's.
extension QueryExecution {
    func explain(_ statement: ParsedStatement, _ query: inout QueryRecord) async throws {
        guard statement.analyze != true, statement.properties?["type"] == "validate" else {
            throw QueryFailure.unsupported("EXPLAIN shows no plans; EXPLAIN (TYPE VALIDATE) says whether a query is valid")
        }
        let inner = try await engine.parse(statement.query ?? "", on: platform)
        guard inner.kind == "select" else {
            throw QueryFailure.unsupported("EXPLAIN (TYPE VALIDATE) of statements other than SELECT; this is \(inner.kind)")
        }
        _ = try await ask(Bound(statement: statement, sql: query.sql, parameters: query.parameters ?? []), &query) {
            $0.describeOnly = true
        }
        var lines = DDL.Lines()
        lines.columns = [SQLResult.Column(name: "Valid", type: "boolean", precision: 0, scale: 0)]
        lines.rows = ["true"]
        try await finish(lines, &query)
    }
}
