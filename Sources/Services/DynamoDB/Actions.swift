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
        for operation in ["TagResource", "UntagResource", "ListTagsOfResource"] {
            map[operation] = { input, _ in [Permission("dynamodb:\(operation)", on: input["ResourceArn"]?.string ?? "*")] }
        }
        for operation in ["ListTables", "DescribeLimits", "DescribeEndpoints"] {
            map[operation] = { _, _ in [Permission("dynamodb:\(operation)", on: "*")] }
        }
        return map
    }

    private static func arn(_ name: String, _ context: Context) -> String {
        name.hasPrefix("arn:") ? name : context.arn("table/\(name)", service: "dynamodb")
    }
}
