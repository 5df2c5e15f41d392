import Documents

struct TransactWriteInput: Codable {
    var TransactItems: Document
    var ReturnConsumedCapacity: String?
    var ReturnItemCollectionMetrics: String?
    var ClientRequestToken: String?
}

struct TransactWriteOutput: Codable {
    var ItemCollectionMetrics: Document?
    var ConsumedCapacity: Document?
}

struct TransactGetInput: Codable {
    var TransactItems: Document
    var ReturnConsumedCapacity: String?
}

struct TransactGetOutput: Codable {
    var Responses: Document?
    var ConsumedCapacity: Document?
}
