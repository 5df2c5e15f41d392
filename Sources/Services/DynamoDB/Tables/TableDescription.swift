import Documents
import Kernel

extension TableRecord {
    /// `TableDescription`
    func description(status: String, _ tally: TableTally) -> Document {
        var members: Members = [
            "TableName": .string(name),
            "TableArn": .string(arn),
            "TableId": .string(id),
            "TableStatus": .string(status),
            "CreationDateTime": .timestamp(Timestamp(milliseconds: created.milliseconds)),
            "AttributeDefinitions": .list(
                attributes.map { ["AttributeName": .string($0.name), "AttributeType": .string($0.type.rawValue)] }),
            "KeySchema": schema.document,
            "ItemCount": .integer(tally.items),
            "TableSizeBytes": .integer(tally.bytes),
            "ProvisionedThroughput": throughput.document,
            "DeletionProtectionEnabled": .bool(isProtected),
        ]
        members["WarmThroughput"] = Warmth.document(
            warm, throughput, isOnDemand: isOnDemand, status: status == "DELETING" ? status : "ACTIVE")
        if let maxima { members["OnDemandThroughput"] = Maxima.document(maxima) }
        members["BillingModeSummary"] = billingSummary
        if let tableClass { members["TableClassSummary"] = ["TableClass": .string(tableClass)] }
        if let encryption, encryption["Enabled"]?.bool == true {
            var summary: Members = ["Status": "ENABLED", "SSEType": encryption["SSEType"] ?? "KMS"]
            if let sealing { summary["KMSMasterKeyArn"] = .string(sealing.keyARN) }
            members["SSEDescription"] = .map(summary)
        }
        if let stream {
            members["StreamSpecification"] = ["StreamEnabled": true, "StreamViewType": .string(stream.view.rawValue)]
        }
        if let label = latestStreamLabel {
            members["LatestStreamLabel"] = .string(label)
            members["LatestStreamArn"] = .string("\(arn)/stream/\(label)")
        }
        if let replicas = replicaDocuments {
            members["GlobalTableVersion"] = .string(global?.version ?? GlobalTable.version)
            members["Replicas"] = replicas
            members["MultiRegionConsistency"] = .string(global?.consistency ?? "EVENTUAL")
            if let witness = global?.witness {
                members["GlobalTableWitnesses"] = [["RegionName": .string(witness), "WitnessStatus": "ACTIVE"]]
            }
        }
        if let restored {
            var summary: Members = [
                "SourceTableArn": .string(restored.source), "RestoreDateTime": .timestamp(restored.time),
                "RestoreInProgress": .bool(activity == .creating),
            ]
            if let backup = restored.backup { summary["SourceBackupArn"] = .string(backup) }
            members["RestoreSummary"] = .map(summary)
        }
        let (globals, locals) = (indexes.filter(\.isGlobal), indexes.filter { !$0.isGlobal })
        if !globals.isEmpty { members["GlobalSecondaryIndexes"] = .list(globals.map { description(of: $0, status, tally) }) }
        if !locals.isEmpty { members["LocalSecondaryIndexes"] = .list(locals.map { description(of: $0, status, tally) }) }
        return .map(members)
    }

    /// nil for a table that has never been on demand: AWS leaves it out then, and keeps it after a change back.
    var billingSummary: Document? {
        guard isOnDemand || onDemandSince != nil else { return nil }
        var summary: Members = ["BillingMode": isOnDemand ? "PAY_PER_REQUEST" : "PROVISIONED"]
        if let onDemandSince {
            summary["LastUpdateToPayPerRequestDateTime"] = .timestamp(Timestamp(milliseconds: onDemandSince.milliseconds))
        }
        return .map(summary)
    }

    private func description(of index: IndexRecord, _ status: String, _ tally: TableTally) -> Document {
        var projection: Members = ["ProjectionType": .string(index.projection)]
        if let names = index.nonKeyAttributes { projection["NonKeyAttributes"] = .list(names.map { .string($0) }) }
        var members: Members = [
            "IndexName": .string(index.name), "IndexArn": .string("\(arn)/index/\(index.name)"),
            "KeySchema": index.schema.document,
            "Projection": .map(projection),
        ]
        if let count = tally.count(of: index) {
            members["ItemCount"] = .integer(count.items)
            members["IndexSizeBytes"] = .integer(count.bytes)
        }
        if index.isGlobal {
            members["IndexStatus"] = .string(index.isActive ? (status == "UPDATING" ? "ACTIVE" : status) : index.status)
            if index.work == .creating { members["Backfilling"] = true }
            members["ProvisionedThroughput"] = index.throughput.document
            members["WarmThroughput"] = Warmth.document(
                index.warm, index.throughput, isOnDemand: isOnDemand, status: status == "DELETING" ? status : "ACTIVE")
            if let maxima = index.maxima { members["OnDemandThroughput"] = Maxima.document(maxima) }
        }
        return .map(members)
    }
}

extension Throughput {
    var document: Document {
        ["NumberOfDecreasesToday": 0, "ReadCapacityUnits": .integer(reads), "WriteCapacityUnits": .integer(writes)]
    }
}
