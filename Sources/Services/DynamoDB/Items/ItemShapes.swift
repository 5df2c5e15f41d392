import Documents

// The members that the item operations read and write, by their names in the API model. The operations work on documents;
// these types are what the model and coverage tests hold them to.

struct PutItemInput: Codable {
    var TableName: String
    var Item: Document
    var Expected: Document?
    var ReturnValues: String?
    var ReturnConsumedCapacity: String?
    var ConditionalOperator: String?
    var ConditionExpression: String?
    var ExpressionAttributeNames: Document?
    var ExpressionAttributeValues: Document?
    var ReturnValuesOnConditionCheckFailure: String?
    var ReturnItemCollectionMetrics: String?
}

struct DeleteItemInput: Codable {
    var TableName: String
    var Key: Document
    var Expected: Document?
    var ReturnValues: String?
    var ReturnConsumedCapacity: String?
    var ConditionalOperator: String?
    var ConditionExpression: String?
    var ExpressionAttributeNames: Document?
    var ExpressionAttributeValues: Document?
    var ReturnValuesOnConditionCheckFailure: String?
    var ReturnItemCollectionMetrics: String?
}

struct UpdateItemInput: Codable {
    var TableName: String
    var Key: Document
    var AttributeUpdates: Document?
    var Expected: Document?
    var ReturnValues: String?
    var ReturnConsumedCapacity: String?
    var ConditionalOperator: String?
    var UpdateExpression: String?
    var ConditionExpression: String?
    var ExpressionAttributeNames: Document?
    var ExpressionAttributeValues: Document?
    var ReturnValuesOnConditionCheckFailure: String?
    var ReturnItemCollectionMetrics: String?
}

struct WriteOutput: Codable {
    var ItemCollectionMetrics: Document?
    var Attributes: Document?
    var ConsumedCapacity: Document?
}

struct GetItemInput: Codable {
    var TableName: String
    var Key: Document
    var AttributesToGet: [String]?
    var ConsistentRead: Bool?
    var ReturnConsumedCapacity: String?
    var ProjectionExpression: String?
    var ExpressionAttributeNames: Document?
}

struct GetItemOutput: Codable {
    var Item: Document?
    var ConsumedCapacity: Document?
}

struct BatchGetInput: Codable {
    var RequestItems: Document
    var ReturnConsumedCapacity: String?
}

struct BatchGetOutput: Codable {
    var Responses: Document?
    var UnprocessedKeys: Document?
    var ConsumedCapacity: Document?
}

struct BatchWriteInput: Codable {
    var RequestItems: Document
    var ReturnConsumedCapacity: String?
    var ReturnItemCollectionMetrics: String?
}

struct BatchWriteOutput: Codable {
    var ItemCollectionMetrics: Document?
    var UnprocessedItems: Document?
    var ConsumedCapacity: Document?
}

struct QueryInput: Codable {
    var TableName: String
    var IndexName: String?
    var Select: String?
    var AttributesToGet: [String]?
    var Limit: Int?
    var ConsistentRead: Bool?
    var KeyConditions: Document?
    var QueryFilter: Document?
    var ConditionalOperator: String?
    var ScanIndexForward: Bool?
    var ExclusiveStartKey: Document?
    var ReturnConsumedCapacity: String?
    var ProjectionExpression: String?
    var FilterExpression: String?
    var KeyConditionExpression: String?
    var ExpressionAttributeNames: Document?
    var ExpressionAttributeValues: Document?
}

struct ScanInput: Codable {
    var TableName: String
    var IndexName: String?
    var AttributesToGet: [String]?
    var Limit: Int?
    var Select: String?
    var ScanFilter: Document?
    var ConditionalOperator: String?
    var ExclusiveStartKey: Document?
    var ReturnConsumedCapacity: String?
    var TotalSegments: Int?
    var Segment: Int?
    var ProjectionExpression: String?
    var FilterExpression: String?
    var ExpressionAttributeNames: Document?
    var ExpressionAttributeValues: Document?
    var ConsistentRead: Bool?
}

struct PageOutput: Codable {
    var Items: Document?
    var Count: Int?
    var ScannedCount: Int?
    var LastEvaluatedKey: Document?
    var ConsumedCapacity: Document?
}
