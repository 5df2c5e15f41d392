import Documents
import Kernel

/// What each operation must be allowed to do
/// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html).
extension DynamoDBService {
    public var actions: ActionMap {
        var map: ActionMap = [:]
        for operation in [
            "CreateTable", "DescribeTable", "DeleteTable", "UpdateTable", "UpdateTimeToLive", "DescribeTimeToLive",
            "DescribeContinuousBackups", "PutItem", "GetItem", "UpdateItem", "DeleteItem",
        ] {
            map[operation] = { input, context in
                [Permission("dynamodb:\(operation)", on: Self.arn(input["TableName"]?.string ?? "", context))]
            }
        }
        for operation in ["Query", "Scan"] {
            map[operation] = { input, context in
                let table = Self.arn(input["TableName"]?.string ?? "", context)
                let resource = input["IndexName"]?.string.map { "\(table)/index/\($0)" } ?? table
                return [Permission("dynamodb:\(operation)", on: resource)]
            }
        }
        for operation in ["BatchGetItem", "BatchWriteItem"] {
            map[operation] = { input, context in
                (input["RequestItems"]?.members ?? [:]).keys.map {
                    Permission("dynamodb:\(operation)", on: Self.arn($0, context))
                }
            }
        }
        // A transaction needs the permissions of its parts
        // (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html).
        map["TransactWriteItems"] = { input, context in
            let names = [
                "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem",
            ]
            return (input["TransactItems"]?.list ?? []).flatMap { item in
                names.compactMap { part, action in
                    item[part].map { Permission("dynamodb:\(action)", on: Self.arn($0["TableName"]?.string ?? "", context)) }
                }
            }.unique
        }
        map["TransactGetItems"] = { input, context in
            (input["TransactItems"]?.list ?? []).map {
                Permission("dynamodb:GetItem", on: Self.arn($0["Get"]?["TableName"]?.string ?? "", context))
            }.unique
        }
        map["ExecuteStatement"] = { input, context in try Self.permissions([input], context) }
        map["BatchExecuteStatement"] = { input, context in try Self.permissions(input["Statements"]?.list ?? [], context) }
        map["ExecuteTransaction"] = { input, context in
            try Self.permissions(input["TransactStatements"]?.list ?? [], context)
        }
        for operation in ["TagResource", "UntagResource", "ListTagsOfResource"] {
            map[operation] = { input, _ in [Permission("dynamodb:\(operation)", on: input["ResourceArn"]?.string ?? "*")] }
        }
        for operation in ["ListTables", "DescribeLimits", "DescribeEndpoints"] {
            map[operation] = { _, _ in [Permission("dynamodb:\(operation)", on: "*")] }
        }
        return map
    }

    /// What PartiQL statements need
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html). A statement of a batch that does not
    /// parse needs nothing: it fails by itself.
    private static func permissions(_ inputs: [Document], _ context: Context) throws -> [Permission] {
        try inputs.compactMap { input in
            guard inputs.count > 1 else { return permission(try statement(input), context) }
            return (try? statement(input)).map { permission($0, context) }
        }.unique
    }

    private static func permission(_ statement: Statement, _ context: Context) -> Permission {
        let table = arn(statement.table, context)
        return Permission(statement.action, on: statement.index.map { "\(table)/index/\($0)" } ?? table)
    }

    static func arn(_ name: String, _ context: Context) -> String {
        name.hasPrefix("arn:") ? name : context.arn("table/\(name)", service: "dynamodb")
    }
}

extension [Permission] {
    /// Each once, in order.
    var unique: [Permission] {
        var seen: Set<Permission> = []
        return filter { seen.insert($0).inserted }
    }
}
