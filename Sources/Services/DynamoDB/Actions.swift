import Documents
import Kernel

/// What each operation must be allowed to do
/// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html).
extension DynamoDBService {
    public var actions: ActionMap {
        var map: ActionMap = [:]
        mapTables(&map)
        mapItems(&map)
        mapStatements(&map)
        mapBackups(&map)
        return map
    }

    private func mapTables(_ map: inout ActionMap) {
        for operation in [
            "DescribeTable", "DeleteTable", "UpdateTimeToLive", "DescribeTimeToLive",
            "DescribeContinuousBackups", "UpdateContinuousBackups", "CreateBackup", "EnableKinesisStreamingDestination",
            "DisableKinesisStreamingDestination", "UpdateKinesisStreamingDestination", "DescribeKinesisStreamingDestination",
            "DescribeTableReplicaAutoScaling", "UpdateTableReplicaAutoScaling",
        ] {
            map[operation] = { input, context in
                [Permission("dynamodb:\(operation)", on: Self.arn(input["TableName"]?.string ?? "", context))]
            }
        }
        // Who makes a table with tags or a policy tags it, and sets its policy, too.
        map["CreateTable"] = { input, context in
            let isTagged = input["Tags"]?.list?.isEmpty == false
            let actions = [
                "CreateTable", isTagged ? "TagResource" : nil, input["ResourcePolicy"].map { _ in "PutResourcePolicy" },
            ]
            return actions.compactMap { action in
                action.map { Permission("dynamodb:\($0)", on: Self.arn(input["TableName"]?.string ?? "", context)) }
            }
        }
        for operation in ["UpdateContributorInsights", "DescribeContributorInsights"] {
            map[operation] = { input, context in
                let table = Self.arn(input["TableName"]?.string ?? "", context)
                let resource = input["IndexName"]?.string.map { "\(table)/index/\($0)" } ?? table
                return [Permission("dynamodb:\(operation)", on: resource)]
            }
        }
        map["UpdateTable"] = { input, context in
            let table = Self.arn(input["TableName"]?.string ?? "", context)
            return [Permission("dynamodb:UpdateTable", on: table)] + Self.replicas(input, table)
        }
        for operation in [
            "TagResource", "UntagResource", "ListTagsOfResource", "PutResourcePolicy", "GetResourcePolicy",
            "DeleteResourcePolicy",
        ] {
            map[operation] = { input, _ in [Permission("dynamodb:\(operation)", on: input["ResourceArn"]?.string ?? "*")] }
        }
        for operation in [
            "ListTables", "ListContributorInsights", "ListBackups", "ListExports", "ListImports", "ListGlobalTables",
            "DescribeLimits", "DescribeEndpoints",
        ] {
            map[operation] = { _, _ in [Permission("dynamodb:\(operation)", on: "*")] }
        }
    }

    private static func onGlobalTable(_ operation: String, _ input: Document, _ context: Context) -> Permission {
        let name = input["GlobalTableName"]?.string ?? ""
        let arn = ARN("dynamodb", account: context.account, "global-table/\(name)").description
        return Permission("dynamodb:\(operation)", on: arn)
    }

    /// What a replica needs in its Region (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2gt_IAM.html).
    private static func replicas(_ input: Document, _ table: String) -> [Permission] {
        guard let source = ARN(table) else { return [] }
        var permissions: [Permission] = []
        for update in input["ReplicaUpdates"]?.list ?? [] {
            for (kind, actions) in [
                (
                    "Create",
                    [
                        "CreateTable", "CreateTableReplica", "Scan", "Query", "UpdateItem", "PutItem", "GetItem", "DeleteItem",
                        "BatchWriteItem",
                    ]
                ), ("Update", ["UpdateTable"]), ("Delete", ["DeleteTable", "DeleteTableReplica"]),
            ] {
                guard let region = update[kind]?["RegionName"]?.string else { continue }
                let replica = ARN("dynamodb", region: region, account: source.account, source.resource).description
                permissions += actions.map {
                    Permission("dynamodb:\($0)", on: replica, isCreation: kind == "Create")
                }
            }
        }
        return permissions
    }

    private func mapItems(_ map: inout ActionMap) {
        for operation in ["PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan"] {
            map[operation] = { input, context in
                let name = input["TableName"]?.string ?? ""
                let table = Self.arn(name, context)
                let resource = input["IndexName"]?.string.map { "\(table)/index/\($0)" } ?? table
                var permission = Permission("dynamodb:\(operation)", on: resource)
                permission.conditions = try await self.conditions(operation, input, name, context)
                return [permission]
            }
        }
        for operation in ["BatchGetItem", "BatchWriteItem"] {
            map[operation] = { input, context in
                var permissions: [Permission] = []
                for (name, part) in input["RequestItems"]?.members ?? [:] {
                    var permission = Permission("dynamodb:\(operation)", on: Self.arn(name, context))
                    permission.conditions = try await self.conditions(operation, part, name, context)
                    permissions.append(permission)
                }
                return permissions
            }
        }
        // A transaction needs the permissions of its parts
        // (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html).
        for operation in ["TransactWriteItems", "TransactGetItems"] {
            map[operation] = { input, context in
                let kinds = [
                    ("Put", "PutItem"), ("Update", "UpdateItem"), ("Delete", "DeleteItem"),
                    ("ConditionCheck", "ConditionCheckItem"), ("Get", "GetItem"),
                ]
                var permissions: [Permission] = []
                for item in input["TransactItems"]?.list ?? [] {
                    for (kind, action) in kinds {
                        guard let part = item[kind] else { continue }
                        let name = part["TableName"]?.string ?? ""
                        var permission = Permission("dynamodb:\(action)", on: Self.arn(name, context))
                        permission.conditions = try await self.conditions(action, part, name, context, within: operation)
                        permissions.append(permission)
                    }
                }
                return permissions.unique
            }
        }
    }

    private func mapStatements(_ map: inout ActionMap) {
        map["ExecuteStatement"] = { input, context in try await self.permissions([input], context) }
        map["BatchExecuteStatement"] = { input, context in
            try await self.permissions(input["Statements"]?.list ?? [], context, isForgiving: true)
        }
        map["ExecuteTransaction"] = { input, context in
            try await self.permissions(input["TransactStatements"]?.list ?? [], context)
        }
    }

    /// What PartiQL statements need (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html).
    /// - Parameter isForgiving: a statement that does not parse needs nothing: it fails by itself.
    private func permissions(
        _ inputs: [Document], _ context: Context, isForgiving: Bool = false
    ) async throws -> [Permission] {
        var permissions: [Permission] = []
        for input in inputs {
            let statement: Statement
            do { statement = try Self.statement(input) } catch {
                if isForgiving { continue }
                throw error
            }
            let table = Self.arn(statement.table, context)
            var permission = Permission(statement.action, on: statement.index.map { "\(table)/index/\($0)" } ?? table)
            if var keys = try await fineGrainedKeys(statement.table, context) {
                keys.add(statement)
                permission.conditions = keys.conditions
            }
            permissions.append(permission)
        }
        return permissions.unique
    }

    private func mapBackups(_ map: inout ActionMap) {
        for (operation, member) in [
            ("DescribeBackup", "BackupArn"), ("DeleteBackup", "BackupArn"), ("DescribeExport", "ExportArn"),
            ("ExportTableToPointInTime", "TableArn"), ("DescribeImport", "ImportArn"),
        ] {
            map[operation] = { input, _ in [Permission("dynamodb:\(operation)", on: input[member]?.string ?? "*")] }
        }
        map["ImportTable"] = { input, context in
            let table = Self.arn(input["TableCreationParameters"]?["TableName"]?.string ?? "", context)
            return [Permission("dynamodb:ImportTable", on: table)]
        }
        for operation in ["DescribeGlobalTable", "DescribeGlobalTableSettings"] {
            map[operation] = { input, context in [Self.onGlobalTable(operation, input, context)] }
        }
        map["UpdateGlobalTableSettings"] = { input, context in
            let table = Self.arn(input["GlobalTableName"]?.string ?? "", context)
            return [
                Self.onGlobalTable("UpdateGlobalTableSettings", input, context),
                Permission("dynamodb:UpdateGlobalTableSettings", on: table),
            ]
        }
        for operation in ["CreateGlobalTable", "UpdateGlobalTable"] {
            map[operation] = { input, context in
                let group = input["ReplicationGroup"]?.list ?? []
                let updates = (input["ReplicaUpdates"]?.list ?? []).compactMap { $0["Create"] ?? $0["Delete"] }
                let name = input["GlobalTableName"]?.string ?? ""
                let tables = (group + updates).compactMap { $0["RegionName"]?.string }.map { region in
                    Permission(
                        "dynamodb:\(operation)",
                        on: ARN("dynamodb", region: region, account: context.account, "table/\(name)").description)
                }
                return [Self.onGlobalTable(operation, input, context)] + tables
            }
        }
        // A restore reads the source, and writes the table that it makes
        // (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html).
        map["RestoreTableFromBackup"] = { input, context in
            [Permission("dynamodb:RestoreTableFromBackup", on: input["BackupArn"]?.string ?? "*")]
                + Self.restored(input, context)
        }
        map["RestoreTableToPointInTime"] = { input, context in
            let source = input["SourceTableArn"]?.string ?? input["SourceTableName"]?.string ?? ""
            return [Permission("dynamodb:RestoreTableToPointInTime", on: Self.arn(source, context))]
                + Self.restored(input, context)
        }
    }

    private static func restored(_ input: Document, _ context: Context) -> [Permission] {
        let target = arn(input["TargetTableName"]?.string ?? "", context)
        return ["BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"].map {
            Permission("dynamodb:\($0)", on: target)
        }
    }

    private func conditions(
        _ operation: String, _ input: Document, _ table: String, _ context: Context, within enclosing: String? = nil
    ) async throws -> [String: [String]] {
        guard var keys = try await fineGrainedKeys(table, context) else { return [:] }
        keys.add(operation, input)
        keys.set("EnclosingOperation", enclosing)
        return keys.conditions
    }

    /// nil for the caller whom no policy binds, and for a table that is not there.
    private func fineGrainedKeys(_ table: String, _ context: Context) async throws -> FineGrainedKeys? {
        guard context.caller.kind != .root, let name = try? TableName(table, context) else { return nil }
        let tables = tables
        return try await context.store.read { try tables.find(name, in: $0) }.map { FineGrainedKeys($0, expressions) }
    }

    static func arn(_ name: String, _ context: Context) -> String {
        name.hasPrefix("arn:") ? name : context.arn("table/\(name)", service: "dynamodb")
    }
}

/// What makes two permissions of one call the same.
private struct Facet: Hashable {
    var action: String
    var resource: String
    var conditions: [String: [String]]
}

extension [Permission] {
    /// Each once, in order.
    var unique: [Permission] {
        var seen: Set<Facet> = []
        return filter { seen.insert(Facet(action: $0.action, resource: $0.resource, conditions: $0.conditions)).inserted }
    }
}
