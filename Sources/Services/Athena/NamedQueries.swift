import Documents
import Kernel
import Store

/// A query that is kept under a name, to be run by whoever finds it.
struct NamedQueryRecord: Stored {
    static let tag: UInt8 = 1
    var id: String
    var name: String
    var description: String?
    var database: String
    var sql: String
    var workGroup: String
    var token: String?

    var document: Document {
        var members: Members = [
            "NamedQueryId": .string(id), "Name": .string(name), "Database": .string(database), "QueryString": .string(sql),
            "WorkGroup": .string(workGroup),
        ]
        members["Description"] = description.map { .string($0) }
        return .map(members)
    }
}

extension Place {
    func namedQuery(_ id: String) -> Key { Key(.athenaNamedQuery, .text(account), .text(region), .text(id)) }
    /// Their values are the queries' ids.
    func namedQueries(of workGroup: String) -> Key {
        Key(.athenaNamedQueryByGroup, .text(account), .text(region), .text(workGroup))
    }
    fileprivate func namedToken(_ token: String) -> Key { self.token("named/\(token)") }
}

/// https://docs.aws.amazon.com/athena/latest/ug/saved-queries.html
enum NamedQueries {
    struct CreateInput: Codable, Sendable {
        var Name: String
        var Description: String?
        var Database: String
        var QueryString: String
        var ClientRequestToken: String?
        var WorkGroup: String?
    }
    struct ID: Codable, Sendable { var NamedQueryId: String }
    struct GetOutput: Codable, Sendable { var NamedQuery: Document }
    struct UpdateInput: Codable, Sendable {
        var NamedQueryId: String
        var Name: String
        var Description: String?
        var QueryString: String
    }
    struct ListInput: Codable, Sendable {
        var NextToken: String?
        var MaxResults: Int?
        var WorkGroup: String?
    }
    struct ListOutput: Codable, Sendable {
        var NamedQueryIds: [String]
        var NextToken: String?
    }
    struct BatchInput: Codable, Sendable { var NamedQueryIds: [String] }
    struct BatchOutput: Codable, Sendable {
        struct Unprocessed: Codable, Sendable {
            var NamedQueryId: String
            var ErrorCode: String
            var ErrorMessage: String
        }
        var NamedQueries: [Document]
        var UnprocessedNamedQueryIds: [Unprocessed]
    }

    static func create(_ input: CreateInput, _ context: Context) async throws -> ID {
        let place = Place(context)
        let record = NamedQueryRecord(
            id: Identifier.uuid(), name: input.Name, description: input.Description, database: input.Database,
            sql: input.QueryString, workGroup: input.WorkGroup ?? WorkGroupRecord.primary, token: input.ClientRequestToken)
        let id = try await context.store.write { transaction -> String in
            _ = try transaction.requireWorkGroup(place, record.workGroup)
            if let token = record.token, let known = try transaction.value(place.namedToken(token)) {
                let id = String(decoding: known, as: UTF8.self)
                if var earlier = try transaction.record(NamedQueryRecord.self, place.namedQuery(id)) {
                    earlier.id = record.id
                    guard earlier == record else { throw AthenaFault.tokenReused }
                    return id
                }
            }
            try transaction.put(place.namedQuery(record.id), record)
            let listed = place.namedQueries(of: record.workGroup).appending(.text(record.id))
            try transaction.put(listed, Array(record.id.utf8))
            if let token = record.token { try transaction.put(place.namedToken(token), Array(record.id.utf8)) }
            return record.id
        }
        return ID(NamedQueryId: id)
    }

    static func get(_ input: ID, _ context: Context) async throws -> GetOutput {
        let place = Place(context)
        return GetOutput(
            NamedQuery: try await context.store.read { try $0.requireNamedQuery(place, input.NamedQueryId).document })
    }

    static func batchGet(_ input: BatchInput, _ context: Context) async throws -> BatchOutput {
        let place = Place(context)
        return try await context.store.read { snapshot in
            var output = BatchOutput(NamedQueries: [], UnprocessedNamedQueryIds: [])
            for id in input.NamedQueryIds {
                if let record = try snapshot.record(NamedQueryRecord.self, place.namedQuery(id)) {
                    output.NamedQueries.append(record.document)
                } else {
                    let text = AthenaFault.namedQueryNotFound(id).wire.message
                    output.UnprocessedNamedQueryIds.append(
                        .init(NamedQueryId: id, ErrorCode: "INVALID_INPUT", ErrorMessage: text))
                }
            }
            return output
        }
    }

    static func list(_ input: ListInput, _ context: Context) async throws -> ListOutput {
        let place = Place(context)
        let group = input.WorkGroup ?? WorkGroupRecord.primary
        let all = try await context.store.read { snapshot -> [String] in
            _ = try snapshot.requireWorkGroup(place, group)
            return try snapshot.namedQueryIDs(of: group, place)
        }
        let page = try ListPage(
            all, after: input.NextToken, limit: input.MaxResults ?? AthenaLimit.page, by: { $0 },
            of: context.list(group), refusing: AthenaFault.invalid("Invalid NextToken"))
        return ListOutput(NamedQueryIds: page.items, NextToken: page.next)
    }

    static func update(_ input: UpdateInput, _ context: Context) async throws -> Nothing {
        let place = Place(context)
        try await context.store.write { transaction in
            var record = try transaction.requireNamedQuery(place, input.NamedQueryId)
            (record.name, record.sql) = (input.Name, input.QueryString)
            record.description = input.Description ?? record.description
            try transaction.put(place.namedQuery(record.id), record)
        }
        return Nothing()
    }

    static func delete(_ input: ID, _ context: Context) async throws -> Nothing {
        let place = Place(context)
        try await context.store.write { transaction in
            try transaction.remove(try transaction.requireNamedQuery(place, input.NamedQueryId), place)
        }
        return Nothing()
    }
}

extension NamedQueryRecord: Equatable {}

extension Snapshot {
    func requireNamedQuery(_ place: Place, _ id: String) throws -> NamedQueryRecord {
        guard let record = try record(NamedQueryRecord.self, place.namedQuery(id)) else {
            throw AthenaFault.namedQueryNotFound(id)
        }
        return record
    }

    func namedQueryIDs(of group: String, _ place: Place) throws -> [String] {
        var ids: [String] = []
        try scan(place.namedQueries(of: group)) { _, value in
            ids.append(String(decoding: value, as: UTF8.self))
            return true
        }
        return ids
    }
}

extension Transaction {
    fileprivate func remove(_ record: NamedQueryRecord, _ place: Place) throws {
        try delete(place.namedQuery(record.id))
        try delete(place.namedQueries(of: record.workGroup).appending(.text(record.id)))
        if let token = record.token { try delete(place.namedToken(token)) }
    }

    /// What goes with a work group.
    func removeNamedQueries(of group: String, _ place: Place) throws {
        for id in try namedQueryIDs(of: group, place) {
            guard let record = try record(NamedQueryRecord.self, place.namedQuery(id)) else { continue }
            try remove(record, place)
        }
    }
}
