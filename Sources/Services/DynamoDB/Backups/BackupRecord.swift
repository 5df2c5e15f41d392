import Documents
import Kernel
import Store

/// A backup made on demand.
struct BackupRecord: Stored {
    static let tag: UInt8 = 1
    var id: String
    var name: String
    /// The table as it was; its rows are a ``TableCopy`` under ``id``.
    var table: TableRecord
    var created: Timestamp
    var isReady: Bool
    var items: Int64
    var bytes: Int64

    static func backups(_ account: String, _ region: String) -> Key { Key(.dynamoBackup, .text(account), .text(region)) }
    static func key(_ table: TableName, _ id: String) -> Key { backups(table.account, table.region).appending(.text(id)) }
    var key: Key { Self.key(table.tableName, id) }
    var arn: String { "\(table.arn)/backup/\(id)" }

    /// The key of the backup that an ARN names.
    static func key(_ arn: String) -> Key? {
        guard let parts = ARN(arn), parts.service == "dynamodb" else { return nil }
        let path = parts.resource.split(separator: "/")
        guard path.count == 4, path[0] == "table", path[2] == "backup" else { return nil }
        return backups(parts.account, parts.region).appending(.text(String(path[3])))
    }

    /// `BackupDetails`
    var details: Document {
        [
            "BackupArn": .string(arn), "BackupName": .string(name), "BackupSizeBytes": .integer(bytes),
            "BackupStatus": .string(isReady ? "AVAILABLE" : "CREATING"), "BackupType": "USER",
            "BackupCreationDateTime": .timestamp(created),
        ]
    }

    /// `BackupSummary`
    var summary: Document {
        var members = details.members ?? [:]
        members["TableName"] = .string(table.name)
        members["TableId"] = .string(table.id)
        members["TableArn"] = .string(table.arn)
        return .map(members)
    }

    /// `BackupDescription`
    func description(isDeleted: Bool = false) -> Document {
        var details = details.members ?? [:]
        if isDeleted { details["BackupStatus"] = "DELETED" }
        var source: Members = [
            "TableName": .string(table.name), "TableId": .string(table.id), "TableArn": .string(table.arn),
            "TableSizeBytes": .integer(bytes), "ItemCount": .integer(items), "KeySchema": table.schema.document,
            "TableCreationDateTime": .timestamp(table.created),
            "ProvisionedThroughput": [
                "ReadCapacityUnits": .integer(table.throughput.reads), "WriteCapacityUnits": .integer(table.throughput.writes),
            ],
            "BillingMode": .string(table.isOnDemand ? "PAY_PER_REQUEST" : "PROVISIONED"),
        ]
        source["TableClass"] = nil
        var features: Members = [:]
        if let stream = table.stream {
            features["StreamDescription"] = ["StreamEnabled": true, "StreamViewType": .string(stream.view.rawValue)]
        }
        if let timeToLive = table.timeToLive, timeToLive.isEnabled {
            features["TimeToLiveDescription"] = [
                "TimeToLiveStatus": "ENABLED", "AttributeName": .string(timeToLive.attribute),
            ]
        }
        for (key, isGlobal) in [("GlobalSecondaryIndexes", true), ("LocalSecondaryIndexes", false)] {
            let indexes = table.indexes.filter { $0.isGlobal == isGlobal }
            guard !indexes.isEmpty else { continue }
            features[key] = .list(indexes.map { $0.backupInfo })
        }
        return ["BackupDetails": .map(details), "SourceTableDetails": .map(source), "SourceTableFeatureDetails": .map(features)]
    }
}

extension IndexRecord {
    fileprivate var backupInfo: Document {
        var projection: Members = ["ProjectionType": .string(self.projection)]
        if let nonKeyAttributes { projection["NonKeyAttributes"] = .list(nonKeyAttributes.map { .string($0) }) }
        var members: Members = ["IndexName": .string(name), "KeySchema": schema.document, "Projection": .map(projection)]
        if isGlobal {
            members["ProvisionedThroughput"] = [
                "ReadCapacityUnits": .integer(throughput.reads), "WriteCapacityUnits": .integer(throughput.writes),
            ]
        }
        return .map(members)
    }
}
