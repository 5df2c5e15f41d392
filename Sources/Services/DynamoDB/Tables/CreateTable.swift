import Documents
import Kernel
import Store

extension DynamoDBService {
    enum TableLimit {
        static let keys = 2
        /// Attributes in each half of a global index's key.
        static let keyParts = 4
        /// Attributes that a table's indexes name beside their keys, all together.
        static let projected = 100
        static let localIndexes = 5
        static let globalIndexes = 20
        static let tables = 2_500
        /// Entries of one page of a list.
        static let page = 100
        static let tags = 50
        /// Of provisioned capacity.
        static let units: Int64 = 1_000_000_000_000
    }

    func createTable(_ input: CreateTableInput, _ context: Context) async throws -> CreateTableOutput {
        let name = try TableName(input.TableName, context)
        var draft = try Self.table(input, name, context.now)
        if let json = input.ResourcePolicy {
            try Self.checkPolicy(json)
            draft.policy = ResourcePolicyRecord(json: json, revision: String(context.now.milliseconds))
        }
        var dataKey: DataKeyRecord?
        if input.SSESpecification != nil {
            // KMS is not asked for a table that can't be made.
            guard try await !context.store.read({ try $0.contains(name.key) }) else { throw DynamoDBFault.tableExists(name.name) }
            dataKey = try await TableEncryption.makeKey(input.SSESpecification, name, context)
        }
        let (made, key) = (draft, dataKey)
        let platform = context.platform
        let table = try await context.store.write { transaction in
            var table = made
            table.policy = try table.policy.map { kept in
                ResourcePolicyRecord(json: try NamedPrincipals.bound(kept.json, in: transaction), revision: kept.revision)
            }
            try table.rest(under: key, in: transaction)
            if let view = try Self.streamView(input.StreamSpecification) {
                try table.startStream(view, at: platform.clock.now(), in: transaction)
            }
            try Self.add(table, in: transaction)
            return table
        }
        return CreateTableOutput(TableDescription: table.description(status: "CREATING", TableTally()))
    }

    static func add(_ table: TableRecord, in transaction: any Transaction) throws {
        guard try !transaction.contains(table.key) else { throw DynamoDBFault.tableExists(table.name) }
        let count = try transaction.count(TableKey.tables(table.account, table.region), limit: TableLimit.tables)
        guard count < TableLimit.tables else {
            throw DynamoDBFault.limitExceeded(
                "Subscriber limit exceeded: There is a limit of \(TableLimit.tables) tables per subscriber")
        }
        try transaction.put(table.key, table)
    }

    static func streamView(_ input: StreamInput?) throws(DynamoDBFault) -> StreamView? {
        guard let input else { return nil }
        guard input.StreamEnabled else {
            if input.StreamViewType != nil {
                throw .validation(
                    "One or more parameter values were invalid: Table is being created with a stream disabled, UpdateViewType should not be specified"
                )
            }
            return nil
        }
        guard let view = input.StreamViewType.flatMap(StreamView.init) else {
            throw .validation(
                "One or more parameter values were invalid: StreamViewType must be specified when StreamEnabled is true")
        }
        return view
    }

    static func table(_ input: CreateTableInput, _ name: TableName, _ now: Timestamp) throws(DynamoDBFault) -> TableRecord {
        let attributes = try definitions(input.AttributeDefinitions ?? [])
        let isOnDemand = input.BillingMode == "PAY_PER_REQUEST"
        let throughput = try throughput(input.ProvisionedThroughput, isOnDemand: isOnDemand, index: nil)
        let keys = input.KeySchema ?? []
        guard keys.count <= TableLimit.keys else {
            let shown = keys.map { "KeySchemaElement(attributeName=\($0.AttributeName), keyType=\($0.KeyType))" }
            throw .validation(
                "1 validation error detected: Value '[\(shown.joined(separator: ", "))]' at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to \(TableLimit.keys)"
            )
        }
        let schema = try schema(keys, attributes)
        let indexes = try indexes(input, attributes, schema, isOnDemand: isOnDemand)
        try checkProjected(indexes)
        let used = Set(schema.names + indexes.flatMap(\.schema.names))
        guard used.count == attributes.count else {
            throw .validation(
                "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"
            )
        }
        let tags = try [Tag](checking: input.Tags)
        var table = TableRecord(
            account: name.account, region: name.region, name: name.name, id: Identifier.uuid(), storage: Identifier.code(16),
            created: now,
            attributes: attributes, schema: schema, indexes: indexes, throughput: throughput, isOnDemand: isOnDemand,
            onDemandSince: isOnDemand ? now : nil, tableClass: input.TableClass,
            isProtected: input.DeletionProtectionEnabled ?? false,
            encryption: input.SSESpecification, tags: tags, stream: nil, latestStreamLabel: nil, timeToLive: nil)
        table.maxima = try Maxima.read(input.OnDemandThroughput, nil, isOnDemand: isOnDemand)
        table.warm = try Warmth.read(input.WarmThroughput, nil, throughput, isOnDemand: isOnDemand, of: "table")
        return table
    }

    /// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
    static func checkProjected(_ indexes: [IndexRecord]) throws(DynamoDBFault) {
        let count = indexes.reduce(0) { $0 + ($1.nonKeyAttributes?.count ?? 0) }
        guard count <= TableLimit.projected else {
            throw .validation(
                "One or more parameter values were invalid: Number of projected attributes in all indexes exceeds the per-table limit of \(TableLimit.projected)"
            )
        }
    }

    static func definitions(_ given: [AttributeDefinition]) throws(DynamoDBFault) -> [KeyAttribute] {
        var attributes: [KeyAttribute] = []
        for definition in given {
            guard let type = AttributeType(rawValue: definition.AttributeType), type.isOrdered else {
                throw .validation("Member must satisfy enum value set: [B, N, S]")
            }
            guard !attributes.contains(where: { $0.name == definition.AttributeName }) else {
                throw .validation("Cannot have two attributes with the same name")
            }
            try AttributeName.check(definition.AttributeName)
            attributes.append(KeyAttribute(name: definition.AttributeName, type: type))
        }
        return attributes
    }

    static func throughput(
        _ given: ThroughputInput?, isOnDemand: Bool, index: String?
    ) throws(DynamoDBFault) -> Throughput {
        if isOnDemand {
            guard given == nil else {
                let place = index.map { "for index: \($0) " } ?? ""
                throw .validation(
                    "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified \(place)when BillingMode is PAY_PER_REQUEST"
                )
            }
            return .none
        }
        guard let given else {
            throw .validation(
                index.map {
                    "One or more parameter values were invalid: ProvisionedThroughput must be specified for index: \($0)"
                }
                    ?? "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
            )
        }
        for (name, units) in [("ReadCapacityUnits", given.ReadCapacityUnits), ("WriteCapacityUnits", given.WriteCapacityUnits)]
        where units > TableLimit.units {
            throw .validation("Given value \(units) for \(name) is out of bounds\(index.map { " for index \($0)" } ?? "")")
        }
        return Throughput(reads: given.ReadCapacityUnits, writes: given.WriteCapacityUnits)
    }

    /// - Parameter isGlobal: a global index's, which may have several attributes in each half.
    static func schema(
        _ elements: [KeySchemaElement], _ attributes: [KeyAttribute], isGlobal: Bool = false
    ) throws(DynamoDBFault) -> KeySchema {
        guard let first = elements.first else {
            throw .validation("One or more parameter values were invalid: Some index key attributes have no definition")
        }
        for element in elements where !attributes.contains(where: { $0.name == element.AttributeName }) {
            throw .validation(
                "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [\(elements.map(\.AttributeName).joined(separator: ", "))], AttributeDefinitions: [\(attributes.map(\.name).joined(separator: ", "))]"
            )
        }
        let isSimple = elements.count <= 2 && elements.dropFirst().allSatisfy { $0.KeyType == "RANGE" }
        if isGlobal, !isSimple, first.KeyType == "HASH" { return try composed(elements) }
        guard elements.count <= 2 else {
            throw .validation("Too many KeySchema elements: expected at most 2 but found \(elements.count)")
        }
        guard first.KeyType == "HASH" else {
            throw .validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
        }
        guard elements.count == 2 else { return KeySchema(partition: first.AttributeName, sort: nil) }
        guard elements[1].AttributeName != first.AttributeName else {
            throw .validation("Both the Hash Key and the Range Key element in the KeySchema have the same name")
        }
        guard elements[1].KeyType == "RANGE" else {
            throw .validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
        }
        return KeySchema(partition: first.AttributeName, sort: elements[1].AttributeName)
    }

    private static func composed(_ elements: [KeySchemaElement]) throws(DynamoDBFault) -> KeySchema {
        let partitions = elements.prefix { $0.KeyType == "HASH" }.map(\.AttributeName)
        let sorts = elements.dropFirst(partitions.count).map(\.AttributeName)
        guard elements.dropFirst(partitions.count).allSatisfy({ $0.KeyType == "RANGE" }) else {
            throw .validation("Invalid KeySchema: All HASH key elements must come before the RANGE key elements")
        }
        for (names, kind) in [(partitions, "HASH"), (sorts, "RANGE")] where names.count > TableLimit.keyParts {
            throw .validation(
                "One or more parameter values were invalid: Number of \(kind) key elements in the KeySchema of a global secondary index exceeds the limit of \(TableLimit.keyParts)"
            )
        }
        guard Set(partitions + sorts).count == elements.count else {
            throw .validation("Both the Hash Key and the Range Key element in the KeySchema have the same name")
        }
        return KeySchema(
            partition: partitions[0], sort: sorts.first,
            morePartition: partitions.count > 1 ? Array(partitions.dropFirst()) : nil,
            moreSort: sorts.count > 1 ? Array(sorts.dropFirst()) : nil)
    }

    private static func indexes(
        _ input: CreateTableInput, _ attributes: [KeyAttribute], _ table: KeySchema, isOnDemand: Bool
    ) throws(DynamoDBFault) -> [IndexRecord] {
        var indexes: [IndexRecord] = []
        for (what, isEmpty) in [
            ("GlobalSecondaryIndexes", input.GlobalSecondaryIndexes?.isEmpty),
            ("LocalSecondaryIndexes", input.LocalSecondaryIndexes?.isEmpty),
        ] where isEmpty == true {
            throw .validation("One or more parameter values were invalid: List of \(what) is empty")
        }
        let (locals, globals) = (input.LocalSecondaryIndexes ?? [], input.GlobalSecondaryIndexes ?? [])
        guard locals.count <= TableLimit.localIndexes else {
            throw .validation(
                "One or more parameter values were invalid: Number of LocalSecondaryIndexes exceeds per-table limit of \(TableLimit.localIndexes)"
            )
        }
        guard globals.count <= TableLimit.globalIndexes else {
            throw .validation(
                "One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the per-table limit of \(TableLimit.globalIndexes)"
            )
        }
        for local in locals {
            guard table.sort != nil else {
                throw .validation(
                    "One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
                )
            }
            let schema = try schema(local.KeySchema, attributes)
            guard schema.sort != nil else {
                throw .validation(
                    "One or more parameter values were invalid: Index KeySchema does not have a range key for index: \(local.IndexName)"
                )
            }
            guard schema.partition == table.partition else {
                throw .validation(
                    "One or more parameter values were invalid: Index KeySchema does not have the same leading hash key as table KeySchema for index: \(local.IndexName). index hash key: \(schema.partition), table hash key: \(table.partition)"
                )
            }
            indexes.append(try index(local.IndexName, schema, local.Projection, .none, isGlobal: false, indexes))
        }
        for global in globals {
            let throughput = try throughput(global.ProvisionedThroughput, isOnDemand: isOnDemand, index: global.IndexName)
            let schema = try schema(global.KeySchema, attributes, isGlobal: true)
            var made = try index(global.IndexName, schema, global.Projection, throughput, isGlobal: true, indexes)
            try made.set(global, isOnDemand: isOnDemand)
            indexes.append(made)
        }
        return indexes
    }

    static func index(
        _ name: String, _ schema: KeySchema, _ projection: ProjectionInput, _ throughput: Throughput, isGlobal: Bool,
        _ others: [IndexRecord]
    ) throws(DynamoDBFault) -> IndexRecord {
        guard !others.contains(where: { $0.name == name }) else {
            throw .validation("One or more parameter values were invalid: Duplicate index name: \(name)")
        }
        guard let type = projection.ProjectionType else {
            throw .validation("One or more parameter values were invalid: Unknown ProjectionType: null")
        }
        if type != "INCLUDE", projection.NonKeyAttributes != nil {
            throw .validation(
                "One or more parameter values were invalid: ProjectionType is \(type), but NonKeyAttributes is specified")
        }
        if type == "INCLUDE", projection.NonKeyAttributes == nil {
            throw .validation(
                "One or more parameter values were invalid: ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
        }
        return IndexRecord(
            number: (others.map(\.number).max() ?? 0) + 1, name: name, isGlobal: isGlobal, schema: schema, projection: type,
            nonKeyAttributes: projection.NonKeyAttributes, throughput: throughput)
    }
}

extension IndexRecord {
    /// What a new index's input says beside its provisioned throughput.
    mutating func set(_ input: IndexInput, isOnDemand: Bool) throws(DynamoDBFault) {
        maxima = try Maxima.read(input.OnDemandThroughput, nil, isOnDemand: isOnDemand)
        warm = try Warmth.read(input.WarmThroughput, nil, throughput, isOnDemand: isOnDemand, of: "index \(name)")
    }
}
