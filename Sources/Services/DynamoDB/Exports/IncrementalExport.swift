import Documents
import Kernel
import Store

/// What an incremental export asks for: the changes from one moment up to, and without, another.
struct IncrementalSpecification: Codable, Sendable, Equatable {
    enum Limit {
        static let shortest = Duration.seconds(900)
        static let longest = Duration.seconds(86_400)
    }
    var from: Timestamp
    var to: Timestamp
    /// `NEW_IMAGE` or `NEW_AND_OLD_IMAGES`
    var view: String

    /// - Throws: AWS's faults for a period that is no period, or lies outside what recovery reaches.
    init(_ given: Document?, _ recovery: Recovery, at now: Timestamp) throws(DynamoDBFault) {
        guard let from = given?["ExportFromTime"]?.timestamp else {
            throw .validation(
                "One or more parameter values were invalid: ExportFromTime must be specified for an incremental export")
        }
        let to = given?["ExportToTime"]?.timestamp ?? now
        guard from >= recovery.earliest(at: now), to <= now else { throw .invalidExportTime }
        guard from < to else {
            throw .validation("One or more parameter values were invalid: ExportFromTime must be earlier than ExportToTime")
        }
        let length = to - from
        guard length >= Limit.shortest else {
            throw .validation(
                "One or more parameter values were invalid: The export period must be at least 15 minutes")
        }
        guard length <= Limit.longest else {
            throw .validation("One or more parameter values were invalid: The export period must be at most 24 hours")
        }
        (self.from, self.to, view) = (from, to, given?["ExportViewType"]?.string ?? "NEW_AND_OLD_IMAGES")
    }

    var document: Document {
        ["ExportFromTime": .timestamp(from), "ExportToTime": .timestamp(to), "ExportViewType": .string(view)]
    }
}

/// One item's change within the period: what it was before the first write, and when the last one was.
private struct PeriodChange: Stored {
    static let tag: UInt8 = 1
    var before: [UInt8]?
    var last: Timestamp
}

/// The changes of a period, gathered from the table's history beside the copy of the table as of the period's end
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html#incremental-export-output).
enum PeriodChanges {
    /// Keeps the history from the period's beginning while the export is under way.
    static func hold(_ id: String) -> String { "\(id)/hold" }
    private static func rows(_ id: String) -> Key { TableCopy.rows("\(id)/changes") }

    static func gather(_ export: ExportRecord, _ period: IncrementalSpecification, on platform: Platform) async throws {
        let entries = TableHistory.entries(export.table.storage)
        let end = entries.appending(.integer(period.to.microseconds))
        var begin = entries.appending(.integer(period.from.microseconds))
        while true {
            let start = begin
            let last = try await platform.store.write { transaction -> Key? in
                var found: [(Key, [UInt8])] = []
                try transaction.scan(from: start, to: end, reverse: false, limit: TableCopy.Limit.batch) { row, bytes in
                    found.append((row, bytes))
                    return true
                }
                for (row, bytes) in found {
                    let elements = try row.elements()
                    guard elements.count >= 2, case .bytes(let suffix) = elements[elements.count - 1],
                        case .integer(let time) = elements[elements.count - 2]
                    else { throw StoreError.corrupt("history key") }
                    let place = rows(export.id).appending(.bytes(suffix))
                    var change =
                        try transaction.record(PeriodChange.self, place)
                        ?? PeriodChange(before: bytes.first == 1 ? Array(bytes.dropFirst()) : nil, last: period.from)
                    change.last = Timestamp(microseconds: time)
                    try transaction.put(place, change)
                }
                return found.last?.0
            }
            guard let last else { return }
            begin = last.successor
        }
    }

    /// One change: what stood before and after, as it is stored.
    struct Change: Sendable {
        var before: [UInt8]?
        var after: [UInt8]?
        var last: Timestamp
    }

    /// A page of the changes, and where the next one begins; those that came to nothing are left out.
    static func page(_ export: ExportRecord, after: Key?, limit: Int, in snapshot: any Snapshot) throws -> ([Change], Key?) {
        var (changes, last, count): ([Change], Key?, Int) = ([], nil, 0)
        try snapshot.records(PeriodChange.self, rows(export.id), after: after, limit: limit) { row, change in
            (last, count) = (row, count + 1)
            guard case .bytes(let suffix)? = try row.elements().last else { throw StoreError.corrupt("change key") }
            let present = try snapshot.value(TableCopy.rows(export.id).appending(.bytes(suffix)))
            if change.before != nil || present != nil {
                changes.append(Change(before: change.before, after: present, last: change.last))
            }
            return true
        }
        return (changes, count == limit ? last : nil)
    }

    static func delete(_ export: ExportRecord, _ tables: TableCache, on platform: Platform) async throws {
        let (all, name, storage, held) = (
            rows(export.id), export.table.tableName, export.table.storage, hold(export.id)
        )
        while try await !platform.store.write({ try $0.deleteSome(all, limit: TableWork.Limit.batch) }) {}
        try await platform.store.write { transaction in
            guard var table = try tables.find(name, in: transaction), table.storage == storage else { return }
            table.copies?.removeAll { $0.id == held }
            if table.copies?.isEmpty == true { table.copies = nil }
            try transaction.put(table.key, table)
        }
    }

    /// The record of one change.
    static func record(
        _ table: TableRecord, before: Attributes?, after: Attributes?, last: Timestamp, view: String
    ) throws -> Attributes {
        var record: Attributes = [
            "Metadata": .map(["WriteTimestampMicros": .number(try Number(text: "\(last.microseconds)"))]),
            "Keys": .map(table.keyAttributes(of: after ?? before ?? [:])),
        ]
        if let after { record["NewImage"] = .map(after) }
        if view == "NEW_AND_OLD_IMAGES", let before { record["OldImage"] = .map(before) }
        return record
    }

    /// In DynamoDB JSON a record's parts stand like items, without a type of their own.
    static func document(_ record: Attributes) -> Document {
        var members: Members = [:]
        for (name, value) in record {
            if case .map(let part) = value { members[name] = part.document } else { members[name] = value.document }
        }
        return .map(members)
    }
}
