import Documents
import Kernel
import Store

extension DynamoDBService {
    func updateTable(_ input: UpdateTableInput, _ context: Context) async throws -> UpdateTableOutput {
        let name = try TableName(input.TableName, context)
        let view = try Self.streamView(input.StreamSpecification)
        let replicas = input.ReplicaUpdates ?? []
        try Self.checkReplicas(replicas, name)
        try StrongConsistency.check(input, name)
        let hasChange =
            input.BillingMode != nil || input.ProvisionedThroughput != nil || input.StreamSpecification != nil
            || input.SSESpecification != nil || input.TableClass != nil || input.DeletionProtectionEnabled != nil
            || !(input.GlobalSecondaryIndexUpdates ?? []).isEmpty || !replicas.isEmpty
            || !(input.GlobalTableWitnessUpdates ?? []).isEmpty || input.OnDemandThroughput != nil
            || input.WarmThroughput != nil
        guard hasChange else {
            throw DynamoDBFault.validation(
                "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required"
            )
        }
        let (tables, platform) = (tables, context.platform)
        let dataKey = try await dataKey(input, name, context)
        var (isAutoScaled, dataKeys): (Bool, [String: DataKeyRecord]) = (false, [:])
        if replicas.contains(where: { $0.Create != nil }) {
            let table = try await context.store.read { try tables.find(name, in: $0) }
            if table?.isOnDemand == false { isAutoScaled = try await self.isAutoScaled(name, context) }
            if let table {
                try await demandReplicationRole(context)
                dataKeys = try await replicaKeys(replicas, of: table, context)
            }
        }
        let (isGrowing, replicaKeys) = (isAutoScaled, dataKeys)
        return try await context.store.write { transaction in
            guard var table = try tables.find(name, in: transaction) else { throw DynamoDBFault.namedTableNotFound(name.name) }
            try table.checkIsActive()
            guard replicas.isEmpty || table.global?.began == nil else {
                throw DynamoDBFault.validation(
                    "One or more parameter values were invalid: ReplicaUpdates are not supported for a global table of version 2017.11.29"
                )
            }
            let now = platform.clock.now()
            try table.updateBilling(input, now)
            try table.updateMaxima(input)
            if let encryption = input.SSESpecification {
                table.encryption = encryption
                try table.changeSealing(dataKey, in: transaction, on: platform)
            }
            if let tableClass = input.TableClass { table.tableClass = tableClass }
            if let isProtected = input.DeletionProtectionEnabled { table.isProtected = isProtected }
            if input.StreamSpecification != nil {
                if let view {
                    guard table.stream == nil else {
                        throw DynamoDBFault.validation("Table already has an enabled stream: TableName: \(name.name)")
                    }
                    try table.startStream(view, at: now, in: transaction)
                } else {
                    guard table.global?.isStrong ?? true else {
                        throw DynamoDBFault.validation("Disabling Stream is not allowed for a Global Table replica")
                    }
                    guard table.stream != nil else {
                        throw DynamoDBFault.validation("Table is already stream disabled: TableName: \(name.name)")
                    }
                    try table.stopStream(at: now, in: transaction, on: platform)
                }
            }
            try table.updateIndexes(input.GlobalSecondaryIndexUpdates ?? [], input, in: transaction, on: platform)
            try table.leadReplicas(input, tables, in: transaction, on: platform)
            try table.checkStrongMembers(input)
            if input.MultiRegionConsistency == "STRONG" {
                guard table.isOnDemand || isGrowing else { throw DynamoDBFault.needsGrowth }
                try table.makeStrong(
                    replicas.compactMap(\.Create), witness: input.GlobalTableWitnessUpdates?.first?.Create?.RegionName,
                    replicaKeys,
                    in: transaction, on: platform)
            } else {
                table = try self.updateReplicas(
                    replicas, of: table, isAutoScaled: isGrowing, replicaKeys, in: transaction, on: platform)
            }
            try transaction.put(table.key, table)
            return UpdateTableOutput(
                TableDescription: table.description(status: "UPDATING", try TableTally.of(table, in: transaction)))
        }
    }

    /// The data key that `SSESpecification` asks for; nil for none of KMS's, or if nothing is asked.
    private func dataKey(_ input: UpdateTableInput, _ name: TableName, _ context: Context) async throws -> DataKeyRecord? {
        guard let encryption = input.SSESpecification else { return nil }
        let tables = tables
        guard let table = try await context.store.read({ try tables.find(name, in: $0) }) else { return nil }
        try table.checkIsActive()
        guard let present = table.sealing, encryption["Enabled"]?.bool == true else {
            return try await TableEncryption.makeKey(encryption, name, context)
        }
        return try await TableEncryption.rewrap(present, encryption, name, context)
    }
}

extension DynamoDBFault {
    static let needsGrowth = DynamoDBFault.validation("Table write capacity should either be Pay-Per-Request or AutoScaled.")
}

extension TableRecord {
    /// A table that is being made or changed can't be changed.
    func checkIsActive() throws(DynamoDBFault) {
        guard status == "ACTIVE" else {
            throw .resourceInUse(
                "Attempt to change a resource which is still in use: Table is being \(status == "CREATING" ? "created" : "updated"): \(name)"
            )
        }
    }

    fileprivate mutating func updateBilling(_ input: UpdateTableInput, _ now: Timestamp) throws(DynamoDBFault) {
        let wantsOnDemand = input.BillingMode.map { $0 == "PAY_PER_REQUEST" } ?? isOnDemand
        guard wantsOnDemand != isOnDemand || input.ProvisionedThroughput != nil else { return }
        let wanted = try DynamoDBService.throughput(input.ProvisionedThroughput, isOnDemand: wantsOnDemand, index: nil)
        guard wantsOnDemand != isOnDemand || wanted != throughput else {
            throw .validation(
                "The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: \(throughput.reads). Requested ReadCapacityUnits: \(wanted.reads). Current WriteCapacityUnits provisioned for the table: \(throughput.writes). Requested WriteCapacityUnits: \(wanted.writes). Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
            )
        }
        if wantsOnDemand, !isOnDemand { onDemandSince = now }
        let wasOnDemand = isOnDemand
        (isOnDemand, throughput) = (wantsOnDemand, wanted)
        if wantsOnDemand {
            for index in indexes.indices { indexes[index].throughput = .none }
        } else if wasOnDemand {
            let given = (input.GlobalSecondaryIndexUpdates ?? []).compactMap(\.Update?.IndexName)
            if let missing = indexes.first(where: { $0.isGlobal && !given.contains($0.name) }) {
                throw .validation(
                    "One or more parameter values were invalid: ProvisionedThroughput must be specified for index: \(missing.name)"
                )
            }
        }
    }

    fileprivate mutating func updateMaxima(_ input: UpdateTableInput) throws(DynamoDBFault) {
        maxima = try Maxima.read(input.OnDemandThroughput, maxima, isOnDemand: isOnDemand)
        warm = try Warmth.read(input.WarmThroughput, warm, throughput, isOnDemand: isOnDemand, of: "table")
        if !isOnDemand { for place in indexes.indices { indexes[place].maxima = nil } }
    }

    /// Carries over to the other replicas what a global table has in common: billing, write capacity and indexes.
    fileprivate func leadReplicas(
        _ input: UpdateTableInput, _ tables: TableCache, in transaction: any Transaction, on platform: Platform
    ) throws {
        guard let global else { return }
        let updates = (input.GlobalSecondaryIndexUpdates ?? []).filter { $0.Update == nil }
        for var other in try siblings(tables, in: transaction) {
            try other.checkIsActive()
            try other.updateIndexes(updates, input, in: transaction, on: platform)
            let own = global.replica(other.region)
            other.maxima = maxima
            (other.isOnDemand, other.onDemandSince) = (isOnDemand, onDemandSince)
            other.throughput = Throughput(
                reads: isOnDemand ? 0 : own?.reads ?? throughput.reads, writes: throughput.writes)
            for place in other.indexes.indices where other.indexes[place].isGlobal {
                let name = other.indexes[place].name
                guard let leader = indexes.first(where: { $0.isGlobal && $0.name == name }) else { continue }
                other.indexes[place].throughput = Throughput(
                    reads: isOnDemand ? 0 : own?.indexReads?[name] ?? leader.throughput.reads, writes: leader.throughput.writes)
            }
            try transaction.put(other.key, other)
        }
    }

    fileprivate mutating func updateIndexes(
        _ updates: [IndexUpdateInput], _ input: UpdateTableInput, in transaction: any Transaction, on platform: Platform
    ) throws {
        guard !updates.isEmpty else { return }
        let named = updates.compactMap { $0.Create?.IndexName ?? $0.Update?.IndexName ?? $0.Delete?.IndexName }
        guard Set(named).count == updates.count else {
            throw DynamoDBFault.validation(
                "One or more parameter values were invalid: Only one global secondary index update per index is allowed simultaneously"
            )
        }
        guard updates.count(where: { $0.Update == nil }) <= 1 else {
            throw DynamoDBFault.limitExceeded(
                "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table")
        }
        for update in updates {
            if let create = update.Create {
                try createIndex(create, input.AttributeDefinitions ?? [])
                // An empty table begins with its first item.
                try TableTally.change(of: self, in: transaction) { if $0.items > 0 { $0.begin(indexes.suffix(1)) } }
                try TableWork.enqueue(
                    TableWork.fillIndex, self, generation: indexes.last?.number ?? 0, in: transaction, on: platform)
            } else if let change = update.Update {
                try changeIndex(change)
            } else if let delete = update.Delete {
                guard let place = indexes.firstIndex(where: { $0.isGlobal && $0.name == delete.IndexName }) else {
                    throw DynamoDBFault.indexNotFound(delete.IndexName)
                }
                indexes[place].work = .deleting
                try TableWork.enqueue(
                    TableWork.dropIndex, self, generation: indexes[place].number, in: transaction, on: platform)
            }
        }
    }

    private mutating func createIndex(_ create: IndexInput, _ definitions: [AttributeDefinition]) throws(DynamoDBFault) {
        var known = attributes
        for added in try DynamoDBService.definitions(definitions) {
            if let present = known.first(where: { $0.name == added.name }) {
                guard present.type == added.type else {
                    throw .validation(
                        "One or more parameter values were invalid: Attribute \(added.name) is already defined with another type")
                }
            } else {
                known.append(added)
            }
        }
        if let present = indexes.first(where: { $0.name == create.IndexName }) {
            throw .validation("One or more parameter values were invalid: Duplicate index name: \(present.name)")
        }
        guard indexes.count(where: \.isGlobal) < DynamoDBService.TableLimit.globalIndexes else {
            throw .validation(
                "One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the per-table limit of \(DynamoDBService.TableLimit.globalIndexes)"
            )
        }
        let throughput = try DynamoDBService.throughput(
            create.ProvisionedThroughput, isOnDemand: isOnDemand, index: create.IndexName)
        let schema = try DynamoDBService.schema(create.KeySchema, known, isGlobal: true)
        var index = try DynamoDBService.index(
            create.IndexName, schema, create.Projection, throughput, isGlobal: true, indexes)
        try index.set(create, isOnDemand: isOnDemand)
        index.work = .creating
        indexes.append(index)
        try DynamoDBService.checkProjected(indexes)
        keepUsedAttributes(of: known)
    }

    private mutating func changeIndex(_ change: IndexThroughputInput) throws(DynamoDBFault) {
        guard let place = indexes.firstIndex(where: { $0.isGlobal && $0.name == change.IndexName }) else {
            throw .indexNotFound(change.IndexName)
        }
        indexes[place].maxima = try Maxima.read(change.OnDemandThroughput, indexes[place].maxima, isOnDemand: isOnDemand)
        indexes[place].warm = try Warmth.read(
            change.WarmThroughput, indexes[place].warm, indexes[place].throughput, isOnDemand: isOnDemand,
            of: "index \(change.IndexName)")
        if change.ProvisionedThroughput == nil, change.OnDemandThroughput != nil || change.WarmThroughput != nil { return }
        let wanted = try DynamoDBService.throughput(
            change.ProvisionedThroughput, isOnDemand: isOnDemand, index: change.IndexName)
        guard wanted != indexes[place].throughput else {
            throw .validation(
                "The provisioned throughput for the index \(change.IndexName) will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the index: \(wanted.reads). Requested ReadCapacityUnits: \(wanted.reads). Current WriteCapacityUnits provisioned for the index: \(wanted.writes). Requested WriteCapacityUnits: \(wanted.writes). Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
            )
        }
        indexes[place].throughput = wanted
    }

    /// Only key attributes have definitions.
    mutating func keepUsedAttributes(of known: [KeyAttribute]) {
        let used = Set(schema.names + indexes.flatMap(\.schema.names))
        attributes = known.filter { used.contains($0.name) }
    }
}
