import Documents
import Kernel
import Store

/// Reads a stretch of a table or of an index, page by page: what Query and Scan share.
struct PageReader: Sendable {
    enum Limit {
        /// Bytes of items looked at for one page.
        static let bytes = 1_024 * 1_024
    }
    let table: TableRecord
    let index: IndexRecord?
    let filter: Condition?
    let projection: Projection?
    let select: Select
    let limit: Int?
    let startKey: Attributes?
    let isReversed: Bool
    var isConsistent = false
    /// A scan has a longer word for a start key that its table does not fit.
    var isScan = false

    enum Select: String, Sendable {
        case all = "ALL_ATTRIBUTES", projected = "ALL_PROJECTED_ATTRIBUTES", specific = "SPECIFIC_ATTRIBUTES", count = "COUNT"
    }

    struct Page: Sendable {
        var items: [Document] = []
        var count = 0
        var scanned = 0
        var bytes = 0
        /// Units for what a local index had to fetch from its table.
        var fetched = 0.0
        var last: Attributes?
    }

    /// What the rows read stand under.
    var rows: Key { index.map { TableKey.index(table.storage, $0.number) } ?? TableKey.items(table.storage) }

    /// The row that a start key names.
    /// - Throws: the fault for a start key that does not fit the table or index.
    func startRow() throws(DynamoDBFault) -> Key? {
        guard let startKey else { return nil }
        let names = Set(table.schema.names + (index?.schema.names ?? []))
        guard startKey.count == names.count, names.allSatisfy({ startKey[$0]?.type == table.type(of: $0) }) else {
            throw .validation(
                "The provided starting key is invalid"
                    + (isScan && index == nil ? ": The provided key element does not match the schema" : ""))
        }
        var own: Attributes = [:]
        for name in table.schema.names { own[name] = startKey[name] }
        let key: ItemKey
        do { key = try table.key(own) } catch { throw .validation("The provided starting key is invalid: \(error.message)") }
        guard let index else { return key.row(under: rows) }
        return table.entryKey(of: startKey, in: index, itemKey: key)
    }

    /// The rows from `begin` to `end`, after the start key.
    func page(from begin: Key, to end: Key, in snapshot: any Snapshot) throws -> Page {
        var (begin, end) = (begin, end)
        if let start = try startRow() {
            if isReversed { end = min(end, start) } else { begin = max(begin, start.successor) }
        }
        var page = Page()
        guard begin < end else { return page }
        var (lastItem, isCut): (Attributes?, Bool) = (nil, false)
        try snapshot.scan(from: begin, to: end, reverse: isReversed, limit: nil) { row, bytes in
            let size = try ItemCoding.size(bytes)
            if page.scanned > 0, page.bytes + size > Limit.bytes {
                isCut = true
                return false
            }
            let entry = try table.decode(bytes)
            page.scanned += 1
            page.bytes += size
            lastItem = entry
            if filter?.holds(for: entry) ?? true {
                page.count += 1
                if let item = try selected(entry, &page, in: snapshot) { page.items.append(item) }
            }
            isCut = page.scanned == limit
            return !isCut
        }
        if isCut, let lastItem {
            var last: Attributes = [:]
            for name in (index?.schema.names ?? []) + table.schema.names { last[name] = lastItem[name] }
            page.last = last
        }
        return page
    }

    private func selected(_ entry: Attributes, _ page: inout Page, in snapshot: any Snapshot) throws -> Document? {
        switch select {
        case .count: return nil
        case .projected: return entry.document
        case .all:
            guard let index, index.projection != "ALL" else { return entry.document }
            return try whole(entry, &page, in: snapshot).document
        case .specific:
            guard let projection else { return entry.document }
            guard let index, !index.isGlobal, !covers(index, projection) else { return projection.apply(to: entry).document }
            return projection.apply(to: try whole(entry, &page, in: snapshot)).document
        }
    }

    /// A local index fetches what it does not hold from the table.
    private func whole(_ entry: Attributes, _ page: inout Page, in snapshot: any Snapshot) throws -> Attributes {
        let key = try table.key(ofItem: entry)
        guard let bytes = try snapshot.value(key.row(under: TableKey.items(table.storage))) else { return entry }
        page.fetched += Capacity.reads(try ItemCoding.size(bytes), isConsistent: isConsistent)
        return try table.decode(bytes)
    }

    private func covers(_ index: IndexRecord, _ projection: Projection) -> Bool {
        table.missing(in: index, of: projection).isEmpty
    }
}

extension TableRecord {
    /// The attributes of a projection that an index does not hold.
    fileprivate func missing(in index: IndexRecord, of projection: Projection) -> [String] {
        guard index.projection != "ALL" else { return [] }
        let held = Set(schema.names + index.schema.names + (index.nonKeyAttributes ?? []))
        return projection.attributes.filter { !held.contains($0) }
    }

    /// - Throws: AWS's fault for a global index that has not what is asked of it; a local one fetches it.
    func checkHolds(_ index: IndexRecord, _ projection: Projection) throws(DynamoDBFault) {
        guard index.isGlobal else { return }
        let missing = missing(in: index, of: projection)
        guard missing.isEmpty else {
            throw .validation(
                "One or more parameter values were invalid: Global secondary index \(index.name) does not project [\(missing.joined(separator: ", "))]"
            )
        }
    }
}

extension DynamoDBService {
    /// What a Query or Scan asks for but its stretch.
    struct PageRequest: Sendable {
        var indexName: String?
        var filter: Condition?
        var projection: Projection?
        var select: String?
        var limit: Int?
        var startKey: Attributes?
        var isReversed: Bool
        var isConsistent: Bool
        /// The parameter that the projection comes from.
        var projectionName = "ProjectionExpression"
        var isScan = false

        func reader(_ table: TableRecord) throws(DynamoDBFault) -> PageReader {
            let index = try index(of: table)
            if index?.isGlobal == true, isConsistent {
                throw .validation("Consistent reads are not supported on global secondary indexes")
            }
            let select = try selection(index)
            if let index, let projection { try table.checkHolds(index, projection) }
            return PageReader(
                table: table, index: index, filter: filter, projection: projection, select: select, limit: limit,
                startKey: startKey, isReversed: isReversed, isConsistent: isConsistent, isScan: isScan)
        }

        private func index(of table: TableRecord) throws(DynamoDBFault) -> IndexRecord? {
            guard let indexName else { return nil }
            guard let index = table.indexes.first(where: { $0.name == indexName }), index.work != .deleting else {
                throw .validation("The table does not have the specified index: \(indexName)")
            }
            guard index.isActive else {
                throw .validation("Cannot read from backfilling global secondary index: \(indexName)")
            }
            return index
        }

        private func selection(_ index: IndexRecord?) throws(DynamoDBFault) -> PageReader.Select {
            let given = select.flatMap(PageReader.Select.init)
            switch given {
            case nil: return projection != nil ? .specific : index == nil ? .all : .projected
            case .projected where index == nil:
                throw .validation("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
            case .specific where projection == nil:
                throw .validation(
                    "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
            case .all where index?.isGlobal == true && index?.projection != "ALL":
                throw .validation(
                    "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index \(index?.name ?? "") because its projection type is not ALL"
                )
            case .some(let given):
                if projection != nil, given != .specific {
                    let wanted = given == .count ? "only the Count" : given.rawValue
                    throw .validation("Cannot specify the \(projectionName) when choosing to get \(wanted)")
                }
                return given
            }
        }
    }

    func pageRequest(
        _ input: Document, _ placeholders: inout Placeholders, isScan: Bool = false
    ) throws(DynamoDBFault) -> PageRequest {
        let limit = input["Limit"]?.integer
        if let limit, limit < 1 { throw .validation("Limit must be greater than or equal to 1") }
        var startKey: Attributes?
        if let given = input["ExclusiveStartKey"]?.members {
            do { startKey = try Attributes(given) } catch {
                throw .validation("The provided starting key is invalid: \(error.message)")
            }
        }
        let filter = try condition(input, &placeholders, .filter)
        let projection = try projection(input, &placeholders)
        return PageRequest(
            indexName: input["IndexName"]?.string, filter: filter, projection: projection, select: input["Select"]?.string,
            limit: limit.map { Int($0) }, startKey: startKey, isReversed: input["ScanIndexForward"]?.bool == false,
            isConsistent: input["ConsistentRead"]?.bool ?? false,
            projectionName: input["ProjectionExpression"] == nil ? "AttributesToGet" : "ProjectionExpression", isScan: isScan)
    }

    func output(_ input: Document, _ page: PageReader.Page, _ reader: PageReader, _ now: Timestamp) -> Document {
        var output: Members = [:]
        if input["Select"]?.string != "COUNT" { output["Items"] = .list(page.items) }
        output["Count"] = .integer(Int64(page.count))
        output["ScannedCount"] = .integer(Int64(page.scanned))
        if let last = page.last { output["LastEvaluatedKey"] = last.document }
        var used = Consumption(reader.table)
        used.add(page, of: reader.index, isConsistent: reader.isConsistent)
        meter.charge(used, at: now)
        output["ConsumedCapacity"] = used.document(for: input)
        return .map(output)
    }
}
