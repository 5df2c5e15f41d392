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

    /// All writes of a batch go in one transaction: AWS promises less, and nothing is ever left unprocessed.
    func batchWrite(_ input: Document, _ context: Context) async throws -> Document {
        let batches = input["RequestItems"]?.members ?? [:]
        guard !batches.isEmpty else {
            throw DynamoDBFault.validation("The batch write request list for a table cannot be null or empty")
        }
        var requests: [(name: TableName, writes: [WriteRequest])] = []
        var count = 0
        for (table, list) in batches {
            let name = try TableName(table, context)
            let writes = list.list ?? []
            guard !writes.isEmpty else {
                throw DynamoDBFault.validation("The batch write request list for a table cannot be null or empty: \(name.name)")
            }
            count += writes.count
            requests.append((name, try writes.map { try Self.batchedWrite($0) }))
        }
        guard count <= BatchLimit.writes else {
            throw DynamoDBFault.validation("Too many items requested for the BatchWriteItem call")
        }
        let asksForCollections = input.asksForCollections
        let (all, tables, platform, now) = (requests, tables, context.platform, context.now)
        let units = try await context.store.write { transaction in
            var units: [(String, Double)] = []
            for (name, writes) in all {
                let table = try tables.table(name, in: transaction)
                if asksForCollections { try table.refuseCollectionMetrics() }
                var seen: Set<ItemKey> = []
                for write in writes {
                    guard seen.insert(try table.key(of: write)).inserted else {
                        throw DynamoDBFault.validation("Provided list of item keys contains duplicates")
                    }
                }
                let writer = ItemWriter(transaction: transaction, table: table, platform: platform, now: now)
                var sum = 0.0
                for write in writes { sum += Capacity.writes(try write.run(in: writer, wantsOld: false).size) }
                units.append((name.name, sum))
            }
            return units
        }
        var output: Members = ["UnprocessedItems": [:]]
        output["ConsumedCapacity"] = Self.capacities(input, units)
        return .map(output)
    }

    private static func capacities(_ input: Document, _ units: [(String, Double)]) -> Document? {
        let documents = units.compactMap { Capacity.document(input, $0.0, $0.1) }
        return documents.isEmpty ? nil : .list(documents)
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
        let gets = try (input["RequestItems"]?.members ?? [:]).map { try get($0.key, $0.value, context) }
        guard gets.reduce(0, { $0 + $1.keys.count }) <= BatchLimit.gets else {
            throw DynamoDBFault.validation("Too many items requested for the BatchGetItem call")
        }
        let tables = tables
        let found = try await context.store.read { snapshot in
            var (bytes, isFull) = (0, false)
            var results: [(rows: [[UInt8]], unprocessed: [Document])] = []
            for get in gets {
                let table = try tables.table(get.name, in: snapshot)
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
                results.append((rows, unprocessed))
            }
            return results
        }
        return try Self.batchGetOutput(input, gets, found)
    }

    private func get(_ table: String, _ request: Document, _ context: Context) throws -> Get {
        let name = try TableName(table, context)
        try refuseLegacy(request, ["AttributesToGet"])
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

    private static func batchGetOutput(
        _ input: Document, _ gets: [Get], _ found: [(rows: [[UInt8]], unprocessed: [Document])]
    ) throws -> Document {
        var (responses, unprocessed): (Members, Members) = ([:], [:])
        var units: [(String, Double)] = []
        for (get, result) in zip(gets, found) {
            var sum = 0.0
            responses[get.label] = .list(
                try result.rows.map { row in
                    let item = try ItemCoding.decode(row)
                    sum += Capacity.reads(try ItemCoding.size(row), isConsistent: get.isConsistent)
                    return (get.projection?.apply(to: item) ?? item).document
                })
            let missing = get.keys.count - result.rows.count - result.unprocessed.count
            sum += Double(missing) * Capacity.reads(0, isConsistent: get.isConsistent)
            units.append((get.name.name, sum))
            guard !result.unprocessed.isEmpty else { continue }
            var again = get.rest.members ?? [:]
            again["Keys"] = .list(result.unprocessed)
            unprocessed[get.label] = .map(again)
        }
        var output: Members = ["Responses": .map(responses), "UnprocessedKeys": .map(unprocessed)]
        output["ConsumedCapacity"] = capacities(input, units)
        return .map(output)
    }
}

extension TableRecord {
    /// The key that a write touches.
    func key(of write: WriteRequest) throws(DynamoDBFault) -> ItemKey {
        switch write.action {
        case .put(let item): try key(ofItem: item)
        case .delete(let given), .check(let given), .update(let given, _): try key(given)
        }
    }
}
