import Documents
import Kernel
import Store

/// A statement with question marks for values, kept in a work group.
struct PreparedStatementRecord: Stored {
    static let tag: UInt8 = 1
    var name: String
    var sql: String
    var description: String?
    var workGroup: String
    var modified: Timestamp

    var document: Document {
        var members: Members = [
            "StatementName": .string(name), "QueryStatement": .string(sql), "WorkGroupName": .string(workGroup),
            "LastModifiedTime": .timestamp(modified),
        ]
        members["Description"] = description.map { .string($0) }
        return .map(members)
    }
}

extension Place {
    func preparedStatements(of workGroup: String) -> Key {
        Key(.athenaPreparedStatement, .text(account), .text(region), .text(workGroup))
    }
    fileprivate func preparedStatement(_ name: String, _ workGroup: String) -> Key {
        preparedStatements(of: workGroup).appending(.text(name))
    }
}

/// https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html
enum PreparedStatements {
    struct DefinitionInput: Codable, Sendable {
        var StatementName: String
        var WorkGroup: String
        var QueryStatement: String
        var Description: String?
    }
    struct NameInput: Codable, Sendable {
        var StatementName: String
        var WorkGroup: String
    }
    struct GetOutput: Codable, Sendable { var PreparedStatement: Document }
    struct ListInput: Codable, Sendable {
        var WorkGroup: String
        var NextToken: String?
        var MaxResults: Int?
    }
    struct ListOutput: Codable, Sendable {
        struct Summary: Codable, Sendable {
            var StatementName: String
            var LastModifiedTime: Timestamp
        }
        var PreparedStatements: [Summary]
        var NextToken: String?
    }
    struct BatchInput: Codable, Sendable {
        var PreparedStatementNames: [String]
        var WorkGroup: String
    }
    struct BatchOutput: Codable, Sendable {
        struct Unprocessed: Codable, Sendable {
            var StatementName: String
            var ErrorCode: String
            var ErrorMessage: String
        }
        var PreparedStatements: [Document]
        var UnprocessedPreparedStatementNames: [Unprocessed]
    }

    static func create(_ input: DefinitionInput, _ context: Context) async throws -> Nothing {
        let place = Place(context)
        let record = PreparedStatementRecord(
            name: input.StatementName, sql: input.QueryStatement, description: input.Description, workGroup: input.WorkGroup,
            modified: context.now)
        try await context.store.write { transaction in
            _ = try transaction.requireWorkGroup(place, record.workGroup)
            let key = place.preparedStatement(record.name, record.workGroup)
            guard try !transaction.contains(key) else { throw AthenaFault.statementExists(record.name, record.workGroup) }
            let count = try transaction.count(
                place.preparedStatements(of: record.workGroup), limit: AthenaLimit.preparedStatements)
            guard count < AthenaLimit.preparedStatements else { throw AthenaFault.tooManyStatements }
            try transaction.put(key, record)
        }
        return Nothing()
    }

    static func get(_ input: NameInput, _ context: Context) async throws -> GetOutput {
        let place = Place(context)
        let record = try await context.store.read { try $0.requireStatement(input.StatementName, input.WorkGroup, place) }
        return GetOutput(PreparedStatement: record.document)
    }

    static func batchGet(_ input: BatchInput, _ context: Context) async throws -> BatchOutput {
        let place = Place(context)
        return try await context.store.read { snapshot in
            _ = try snapshot.requireWorkGroup(place, input.WorkGroup)
            var output = BatchOutput(PreparedStatements: [], UnprocessedPreparedStatementNames: [])
            for name in input.PreparedStatementNames {
                let key = place.preparedStatement(name, input.WorkGroup)
                if let record = try snapshot.record(PreparedStatementRecord.self, key) {
                    output.PreparedStatements.append(record.document)
                } else {
                    let wire = AthenaFault.statementNotFound(name, input.WorkGroup).wire
                    output.UnprocessedPreparedStatementNames.append(
                        .init(StatementName: name, ErrorCode: "STATEMENT_NOT_FOUND", ErrorMessage: wire.message))
                }
            }
            return output
        }
    }

    static func list(_ input: ListInput, _ context: Context) async throws -> ListOutput {
        let place = Place(context)
        let page = try await context.store.read { snapshot in
            _ = try snapshot.requireWorkGroup(place, input.WorkGroup)
            return try snapshot.page(
                PreparedStatementRecord.self, place.preparedStatements(of: input.WorkGroup), after: input.NextToken,
                limit: input.MaxResults ?? AthenaLimit.page, of: context.list(input.WorkGroup),
                refusing: AthenaFault.invalid("Invalid NextToken")
            ) { record -> ListOutput.Summary? in
                .init(StatementName: record.name, LastModifiedTime: record.modified)
            }
        }
        return ListOutput(PreparedStatements: page.items, NextToken: page.next)
    }

    static func update(_ input: DefinitionInput, _ context: Context) async throws -> Nothing {
        let place = Place(context)
        try await context.store.write { transaction in
            var record = try transaction.requireStatement(input.StatementName, input.WorkGroup, place)
            (record.sql, record.modified) = (input.QueryStatement, context.now)
            record.description = input.Description ?? record.description
            try transaction.put(place.preparedStatement(record.name, record.workGroup), record)
        }
        return Nothing()
    }

    static func delete(_ input: NameInput, _ context: Context) async throws -> Nothing {
        let place = Place(context)
        try await context.store.write { transaction in
            let record = try transaction.requireStatement(input.StatementName, input.WorkGroup, place)
            try transaction.delete(place.preparedStatement(record.name, record.workGroup))
        }
        return Nothing()
    }
}

extension Snapshot {
    fileprivate func requireStatement(_ name: String, _ group: String, _ place: Place) throws -> PreparedStatementRecord {
        _ = try requireWorkGroup(place, group)
        guard let record = try record(PreparedStatementRecord.self, place.preparedStatement(name, group)) else {
            throw AthenaFault.statementNotFound(name, group)
        }
        return record
    }
}
