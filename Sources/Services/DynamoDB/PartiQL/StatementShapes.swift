import Documents

struct ExecuteStatementInput: Codable {
    var Statement: String
    var Parameters: Document?
    var ConsistentRead: Bool?
    var NextToken: String?
    var ReturnConsumedCapacity: String?
    var Limit: Int?
    var ReturnValuesOnConditionCheckFailure: String?
}

struct ExecuteStatementOutput: Codable {
    var Items: Document?
    var NextToken: String?
    var ConsumedCapacity: Document?
    var LastEvaluatedKey: Document?
}

struct BatchStatementInput: Codable {
    var Statements: Document
    var ReturnConsumedCapacity: String?
}

struct BatchStatementOutput: Codable {
    var Responses: Document?
    var ConsumedCapacity: Document?
}

struct ExecuteTransactionInput: Codable {
    var TransactStatements: Document
    var ClientRequestToken: String?
    var ReturnConsumedCapacity: String?
}

typealias ExecuteTransactionOutput = BatchStatementOutput
