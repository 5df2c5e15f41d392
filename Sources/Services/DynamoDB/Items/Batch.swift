import Documents
import Kernel
import Store

/// BatchGetItem and BatchWriteItem.
extension DynamoDBService {
    enum BatchLimit {
        static let gets = 100
        static let writes = 25
        /// Bytes of items in one answer.
        static let responseBytes = 16 * 1_024 * 1_024
    }

    /// All writes of a batch go in one transaction: AWS promises less. What a table's throughput leaves no room for is
    /// handed back unprocessed; a batch of which nothing goes in is refused.
    func batchWrite(_ input: Document, _ context: Context) async throws -> Document {
        let requests = try Self.batchedWrites(input, context)
        let asksForCollections = input.asksForCollections
        let (tables, meter, platform, now) = (tables, meter, context.platform, context.now)
        let (all, unprocessed, collections) = try await context.store.write { transaction in
            // Within the transaction, so that history and stream records stand in the order of the changes.
            let now = platform.clock.now()
            var (all, unprocessed): ([Consumption], Members) = ([], [:])
            var collections = ItemCollection.PerTable()
            var (excess, isAnyDone): (DynamoDBFault?, Bool) = (nil, false)
            for request in requests {
                let table = try tables.table(request.name, in: transaction, for: context)
                var seen: Set<ItemKey> = []
                for write in request.writes {
                    guard seen.insert(try table.key(ofBatched: write)).inserted else {
                        throw DynamoDBFault.validation("Provided list of item keys contains duplicates")
                    }
                }
                let writer = ItemWriter(
                    transaction: transaction, table: table, twins: try tables.twins(of: table, at: now, in: transaction),
                    platform: platform,
                    now: now)
                let left = meter.left(table, nil, isWrite: true, at: now) ?? .infinity
                var (used, rest): (Consumption, [Document]) = (Consumption(table), [])
                do throws(DynamoDBFault) { try meter.admit(table, isWrite: true, at: now) } catch {
                    excess = error
                    rest = request.documents
                }
                if rest.isEmpty {
                    for (write, document) in zip(request.writes, request.documents) {
                        guard used.own.writes < left else {
                            rest.append(document)
                            continue
                        }
                        used.add(try write.run(in: writer, wantsOld: false))
                        isAnyDone = true
                    }
                }
                if !rest.isEmpty { unprocessed[request.label] = .list(rest) }
                all.append(used)
                if asksForCollections { try collections.add(request.writes, of: table, as: request.label, in: transaction) }
            }
            if let excess, !isAnyDone { throw excess }
            return (all, unprocessed, collections.document)
        }
        meter.charge(all, at: now)
        var output: Members = ["UnprocessedItems": .map(unprocessed)]
        output["ConsumedCapacity"] = Consumption.documents(all, for: input)
        output["ItemCollectionMetrics"] = collections
        return .map(output)
    }

    /// The writes that a batch asks of one table.
    private struct BatchedWrites: Sendable {
        var name: TableName
        /// As the request named it: answers use the same.
        var label: String
        var writes: [WriteRequest]
        var documents: [Document]
    }

    private static func batchedWrites(_ input: Document, _ context: Context) throws -> [BatchedWrites] {
        let batches = input["RequestItems"]?.members ?? [:]
        guard !batches.isEmpty else {
            throw DynamoDBFault.validation("The batch write request list for a table cannot be null or empty")
        }
        var requests: [BatchedWrites] = []
        var count = 0
        for (table, list) in batches {
            let name = try TableName(table, context)
            let documents = list.list ?? []
            guard !documents.isEmpty else {
                throw DynamoDBFault.validation("The batch write request list for a table cannot be null or empty: \(name.name)")
            }
            count += documents.count
            let writes = try documents.map { try batchedWrite($0) }
            requests.append(BatchedWrites(name: name, label: table, writes: writes, documents: documents))
        }
        guard count <= BatchLimit.writes else {
            throw DynamoDBFault.validation("Too many items requested for the BatchWriteItem call")
        }
        return requests
    }

    private static func batchedWrite(_ request: Document) throws(DynamoDBFault) -> WriteRequest {
        switch (request["PutRequest"], request["DeleteRequest"]) {
        case (let put?, nil):
            return WriteRequest(
                action: .put(try Attributes(put["Item"]?.members ?? [:])), condition: nil, returnsOldOnFailure: false)
        case (nil, let delete?):
            return WriteRequest(
                action: .delete(key: try Attributes(delete["Key"]?.members ?? [:])), condition: nil, returnsOldOnFailure: false)
        case (nil, nil):
            throw .validation(
                "Supplied AttributeValue has no PutRequest or DeleteRequest, must contain exactly one of the supported write requests"
            )
        default:
            throw .validation(
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
        }
    }

    private struct Get: Sendable {
        var name: TableName
        /// As the request named it: answers use the same.
        var label: String
        var keys: [(given: Document, attributes: Attributes)]
        var rest: Document
        var projection: Projection?
        var isConsistent: Bool
    }

    func batchGet(_ input: Document, _ context: Context) async throws -> Document {
        let asked = input["RequestItems"]?.members ?? [:]
        // One request speaks one language, over all its tables.
        if let old = asked.values.first(where: { $0["AttributesToGet"] != nil }),
            let new = asked.values.first(where: { $0["ProjectionExpression"] != nil })
        {
            try LegacyParameters.checkNotMixed(
                [
                    "AttributesToGet": old["AttributesToGet"] ?? .null,
                    "ProjectionExpression": new["ProjectionExpression"] ?? .null,
                ])
        }
        let gets = try asked.map { try get($0.key, $0.value, context) }
        guard gets.reduce(0, { $0 + $1.keys.count }) <= BatchLimit.gets else {
            throw DynamoDBFault.validation("Too many items requested for the BatchGetItem call")
        }
        let (tables, meter, now) = (tables, meter, context.now)
        let found = try await context.store.read { snapshot in
            var (bytes, isFull) = (0, false)
            var results: [Found] = []
            for get in gets {
                let table = try tables.table(get.name, in: snapshot, for: context)
                try meter.admit(table, isWrite: false, at: now)
                var (rows, unprocessed): ([[UInt8]], [Document]) = ([], [])
                var seen: Set<ItemKey> = []
                for (given, attributes) in get.keys {
                    let key = try table.key(attributes)
                    guard seen.insert(key).inserted else {
                        throw DynamoDBFault.validation("Provided list of item keys contains duplicates")
                    }
                    guard !isFull else {
                        unprocessed.append(given)
                        continue
                    }
                    guard let row = try snapshot.value(key.row(under: TableKey.items(table.storage))) else { continue }
                    if bytes + row.count > BatchLimit.responseBytes, bytes > 0 {
                        isFull = true
                        unprocessed.append(given)
                    } else {
                        bytes += row.count
                        rows.append(row)
                    }
                }
                results.append(Found(table: table, rows: rows, unprocessed: unprocessed))
            }
            return results
        }
        let used = try zip(gets, found).map { try $1.consumption($0.keys.count, isConsistent: $0.isConsistent) }
        meter.charge(used, at: now)
        var output = try Self.batchGetOutput(gets, found)
        output["ConsumedCapacity"] = Consumption.documents(used, for: input)
        return .map(output)
    }

    private func get(_ table: String, _ request: Document, _ context: Context) throws -> Get {
        let name = try TableName(table, context)
        let keys = request["Keys"]?.list ?? []
        guard !keys.isEmpty else {
            throw DynamoDBFault.validation(
                "1 validation error detected: Value at 'requestItems.\(table).member.keys' failed to satisfy constraint: Member must have length greater than or equal to 1"
            )
        }
        var rest = request.members ?? [:]
        rest.removeValue(forKey: "Keys")
        return Get(
            name: name, label: table, keys: try keys.map { ($0, try Attributes($0.members ?? [:])) }, rest: .map(rest),
            projection: try projection(request), isConsistent: request["ConsistentRead"]?.bool ?? false)
    }

    /// What a batch found in one table.
    private struct Found: Sendable {
        var table: TableRecord
        var rows: [[UInt8]]
        var unprocessed: [Document]

        func consumption(_ keys: Int, isConsistent: Bool) throws -> Consumption {
            var used = Consumption(table)
            for row in rows { used.own.reads += Capacity.reads(try ItemCoding.size(row), isConsistent: isConsistent) }
            let missing = keys - rows.count - unprocessed.count
            used.own.reads += Double(missing) * Capacity.reads(0, isConsistent: isConsistent)
            return used
        }
    }

    private static func batchGetOutput(_ gets: [Get], _ found: [Found]) throws -> Members {
        var (responses, unprocessed): (Members, Members) = ([:], [:])
        for (get, result) in zip(gets, found) {
            responses[get.label] = .list(
                try result.rows.map { row in
                    let item = try result.table.decode(row)
                    return (get.projection?.apply(to: item) ?? item).document
                })
            guard !result.unprocessed.isEmpty else { continue }
            var again = get.rest.members ?? [:]
            again["Keys"] = .list(result.unprocessed)
            unprocessed[get.label] = .map(again)
        }
        return ["Responses": .map(responses), "UnprocessedKeys": .map(unprocessed)]
    }
}

extension TableRecord {
    /// The key that a write of a batch touches: a put whose key is none is refused like any other wrong key.
    fileprivate func key(ofBatched write: WriteRequest) throws(DynamoDBFault) -> ItemKey {
        guard case .put(let item) = write.action else { return try key(of: write) }
        return try key(keyAttributes(of: item))
    }

    /// The key that a write touches.
    func key(of write: WriteRequest) throws(DynamoDBFault) -> ItemKey {
        switch write.action {
        case .put(let item): try key(ofItem: item)
        case .delete(let given), .check(let given), .update(let given, _): try key(given)
        }
    }
}
