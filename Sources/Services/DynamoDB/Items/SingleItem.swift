import Documents
import Kernel
import Store

/// PutItem, GetItem, UpdateItem and DeleteItem.
extension DynamoDBService {
    func putItem(_ input: Document, _ context: Context) async throws -> Document {
        let name = try TableName(in: input, context)
        let returned = try returnValues(input, allowed: [.none, .allOld], "ReturnValues can only be ALL_OLD or NONE")
        let request = try putRequest(input)
        let outcome = try await write(request, input, name, context, wantsOld: returned == .allOld)
        var output: Members = [:]
        if returned == .allOld, let old = outcome.old { output["Attributes"] = old.document }
        output["ConsumedCapacity"] = Capacity.single(input, name.name, writes: outcome.size)
        return .map(output)
    }

    func deleteItem(_ input: Document, _ context: Context) async throws -> Document {
        let name = try TableName(in: input, context)
        let returned = try returnValues(input, allowed: [.none, .allOld], "ReturnValues can only be ALL_OLD or NONE")
        let request = try deleteRequest(input)
        let outcome = try await write(request, input, name, context, wantsOld: returned == .allOld)
        var output: Members = [:]
        if returned == .allOld, let old = outcome.old { output["Attributes"] = old.document }
        output["ConsumedCapacity"] = Capacity.single(input, name.name, writes: outcome.size)
        return .map(output)
    }

    func updateItem(_ input: Document, _ context: Context) async throws -> Document {
        let name = try TableName(in: input, context)
        let all: [ReturnValues] = [.none, .allOld, .updatedOld, .allNew, .updatedNew]
        let returned = try returnValues(input, allowed: all, "ReturnValues is not valid")
        let request = try updateRequest(input)
        let outcome = try await write(request, input, name, context, wantsOld: true)
        var output: Members = [:]
        if let attributes = Self.attributes(returned, request, outcome) { output["Attributes"] = attributes.document }
        output["ConsumedCapacity"] = Capacity.single(input, name.name, writes: outcome.size)
        return .map(output)
    }

    private static func attributes(_ returned: ReturnValues, _ request: WriteRequest, _ outcome: WriteRequest.Outcome)
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

    private func write(
        _ request: WriteRequest, _ input: Document, _ name: TableName, _ context: Context, wantsOld: Bool
    ) async throws -> WriteRequest.Outcome {
        let asksForCollections = input.asksForCollections
        let (tables, platform, now) = (tables, context.platform, context.now)
        return try await platform.store.write { transaction in
            let table = try tables.table(name, in: transaction)
            if asksForCollections { try table.refuseCollectionMetrics() }
            let writer = ItemWriter(transaction: transaction, table: table, platform: platform, now: now)
            return try request.run(in: writer, wantsOld: wantsOld)
        }
    }

    func getItem(_ input: Document, _ context: Context) async throws -> Document {
        let name = try TableName(in: input, context)
        try refuseLegacy(input, ["AttributesToGet"])
        let given = try Attributes(input["Key"]?.members ?? [:])
        let projection = try projection(input)
        let tables = tables
        let bytes = try await context.store.read { snapshot in
            let table = try tables.table(name, in: snapshot)
            return try snapshot.value(try table.key(given).row(under: TableKey.items(table.storage)))
        }
        var output: Members = [:]
        if let bytes {
            let item = try ItemCoding.decode(bytes)
            output["Item"] = (projection?.apply(to: item) ?? item).document
        }
        let size = try bytes.map { try ItemCoding.size($0) } ?? 0
        output["ConsumedCapacity"] = Capacity.single(
            input, name.name, reads: size, isConsistent: input["ConsistentRead"]?.bool ?? false)
        return .map(output)
    }

    /// The projection of a request whose only expression it is.
    func projection(_ input: Document) throws(DynamoDBFault) -> Projection? {
        var placeholders = try Placeholders(input, expressions: [("ProjectionExpression", input["ProjectionExpression"] != nil)])
        let projection = try projection(input, &placeholders)
        try placeholders.checkAllUsed()
        return projection
    }

    func projection(_ input: Document, _ placeholders: inout Placeholders) throws(DynamoDBFault) -> Projection? {
        guard let text = input["ProjectionExpression"]?.string else { return nil }
        let paths = try placeholders.bind(try expressions.projection(text), .projection)
        try Path.checkDisjoint(paths, .projection)
        return Projection(paths)
    }
}

extension Document {
    var asksForCollections: Bool { self["ReturnItemCollectionMetrics"]?.string == "SIZE" }
}

extension TableRecord {
    /// Only a table with a local index has item collections to tell of; their sizes are not kept.
    func refuseCollectionMetrics() throws(DynamoDBFault) {
        guard indexes.contains(where: { !$0.isGlobal }) else { return }
        throw .validation("Tarn does not implement ReturnItemCollectionMetrics yet.")
    }
}

/// Capacity units (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html).
enum Capacity {
    static func reads(_ bytes: Int, isConsistent: Bool) -> Double {
        Double(max(1, (bytes + 4_095) / 4_096)) * (isConsistent ? 1 : 0.5)
    }

    static func writes(_ bytes: Int) -> Double { Double(max(1, (bytes + 1_023) / 1_024)) }

    /// `ConsumedCapacity` if the request asks for it.
    static func document(_ input: Document, _ table: String, _ units: Double) -> Document? {
        guard let wanted = input["ReturnConsumedCapacity"]?.string, wanted != "NONE" else { return nil }
        var members: Members = ["TableName": .string(table), "CapacityUnits": .double(units)]
        if wanted == "INDEXES" { members["Table"] = ["CapacityUnits": .double(units)] }
        return .map(members)
    }

    static func single(_ input: Document, _ table: String, writes bytes: Int) -> Document? {
        document(input, table, writes(bytes))
    }

    static func single(_ input: Document, _ table: String, reads bytes: Int, isConsistent: Bool) -> Document? {
        document(input, table, reads(bytes, isConsistent: isConsistent))
    }
}
