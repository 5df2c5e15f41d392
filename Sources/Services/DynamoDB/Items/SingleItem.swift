import Documents
import Kernel
import Store

/// PutItem, GetItem, UpdateItem and DeleteItem.
extension DynamoDBService {
    func putItem(_ input: Document, _ context: Context) async throws -> Document {
        let name = try TableName(in: input, context)
        let returned = try returnValues(input, allowed: [.none, .allOld], "ReturnValues can only be ALL_OLD or NONE")
        let request = try putRequest(input)
        let (outcome, used, collection) = try await write(request, input, name, context, wantsOld: returned == .allOld)
        var output: Members = [:]
        if returned == .allOld, let old = outcome.old { output["Attributes"] = old.document }
        output["ConsumedCapacity"] = used.document(for: input)
        output["ItemCollectionMetrics"] = collection
        return .map(output)
    }

    func deleteItem(_ input: Document, _ context: Context) async throws -> Document {
        let name = try TableName(in: input, context)
        let returned = try returnValues(input, allowed: [.none, .allOld], "ReturnValues can only be ALL_OLD or NONE")
        let request = try deleteRequest(input)
        let (outcome, used, collection) = try await write(request, input, name, context, wantsOld: returned == .allOld)
        var output: Members = [:]
        if returned == .allOld, let old = outcome.old { output["Attributes"] = old.document }
        output["ConsumedCapacity"] = used.document(for: input)
        output["ItemCollectionMetrics"] = collection
        return .map(output)
    }

    func updateItem(_ input: Document, _ context: Context) async throws -> Document {
        let name = try TableName(in: input, context)
        let all: [ReturnValues] = [.none, .allOld, .updatedOld, .allNew, .updatedNew]
        let returned = try returnValues(input, allowed: all, "ReturnValues is not valid")
        let request = try updateRequest(input)
        let (outcome, used, collection) = try await write(request, input, name, context, wantsOld: true)
        var output: Members = [:]
        if let attributes = Self.attributes(returned, request, outcome) { output["Attributes"] = attributes.document }
        output["ConsumedCapacity"] = used.document(for: input)
        output["ItemCollectionMetrics"] = collection
        return .map(output)
    }

    static func attributes(_ returned: ReturnValues, _ request: WriteRequest, _ outcome: WriteRequest.Outcome)
        -> Attributes?
    {
        guard case .update(_, let update) = request.action else { return nil }
        switch returned {
        case .none: return nil
        case .allOld: return outcome.old
        case .allNew: return outcome.new
        case .updatedOld, .updatedNew:
            let item = returned == .updatedOld ? outcome.old : outcome.new
            let part = item.map { Projection(update.paths).apply(to: $0) }
            return part?.isEmpty == true ? nil : part
        }
    }

    func write(
        _ request: WriteRequest, _ input: Document, _ name: TableName, _ context: Context, wantsOld: Bool
    ) async throws -> (WriteRequest.Outcome, Consumption, Document?) {
        let asksForCollections = input.asksForCollections
        let (tables, meter, platform, now) = (tables, meter, context.platform, context.now)
        let done = try await platform.store.write { transaction in
            // Within the transaction, so that history and stream records stand in the order of the changes.
            let now = platform.clock.now()
            let table = try tables.table(name, in: transaction, for: context)
            try meter.admit(table, isWrite: true, at: now)
            let writer = ItemWriter(
                transaction: transaction, table: table, twins: try tables.twins(of: table, at: now, in: transaction),
                platform: platform,
                now: now)
            let outcome = try request.run(in: writer, wantsOld: wantsOld)
            var used = Consumption(table)
            used.add(outcome)
            let collection = asksForCollections ? try ItemCollection.metrics(request, table, in: transaction) : nil
            return (outcome, used, collection)
        }
        meter.charge(done.1, at: now)
        return done
    }

    func getItem(_ input: Document, _ context: Context) async throws -> Document {
        let name = try TableName(in: input, context)
        let given = try Attributes(input["Key"]?.members ?? [:])
        let projection = try projection(input)
        let (tables, meter, now) = (tables, meter, context.now)
        let (bytes, table) = try await context.store.read { snapshot in
            let table = try tables.table(name, in: snapshot, for: context)
            let key = try table.key(given)
            try meter.admit(table, isWrite: false, at: now)
            return (try snapshot.value(key.row(under: TableKey.items(table.storage))), table)
        }
        var output: Members = [:]
        if let bytes {
            let item = try table.decode(bytes)
            output["Item"] = (projection?.apply(to: item) ?? item).document
        }
        let size = try bytes.map { try ItemCoding.size($0) } ?? 0
        var used = Consumption(table)
        used.own.reads = Capacity.reads(size, isConsistent: input["ConsistentRead"]?.bool ?? false)
        meter.charge(used, at: now)
        output["ConsumedCapacity"] = used.document(for: input)
        return .map(output)
    }

    /// The projection of a request whose only expression it is.
    func projection(_ input: Document, isPart: Bool = false) throws(DynamoDBFault) -> Projection? {
        try LegacyParameters.checkNotMixed(input)
        var placeholders = try Placeholders(
            input, isPart: isPart, expressions: [("ProjectionExpression", input["ProjectionExpression"] != nil)])
        let projection = try projection(input, &placeholders)
        try placeholders.checkAllUsed()
        return projection
    }

    func projection(_ input: Document, _ placeholders: inout Placeholders) throws(DynamoDBFault) -> Projection? {
        guard let text = input["ProjectionExpression"]?.string else { return try LegacyParameters.projection(input) }
        let paths = try placeholders.bind(try expressions.projection(text), .projection)
        try Path.checkDisjoint(paths, .projection)
        return Projection(paths)
    }
}

extension Document {
    var asksForCollections: Bool { self["ReturnItemCollectionMetrics"]?.string == "SIZE" }
}
