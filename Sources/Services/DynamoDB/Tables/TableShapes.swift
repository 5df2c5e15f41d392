import Documents

struct AttributeDefinition: Codable, Sendable {
    var AttributeName: String
    var AttributeType: String
}

struct KeySchemaElement: Codable, Sendable {
    var AttributeName: String
    var KeyType: String
}

struct ThroughputInput: Codable, Sendable {
    var ReadCapacityUnits: Int64
    var WriteCapacityUnits: Int64
}

struct ProjectionInput: Codable, Sendable {
    var ProjectionType: String?
    var NonKeyAttributes: [String]?
}

struct IndexInput: Codable, Sendable {
    var IndexName: String
    var KeySchema: [KeySchemaElement]
    var Projection: ProjectionInput
    var ProvisionedThroughput: ThroughputInput?
    var OnDemandThroughput: Document?
    var WarmThroughput: Document?
}

struct LocalIndexInput: Codable, Sendable {
    var IndexName: String
    var KeySchema: [KeySchemaElement]
    var Projection: ProjectionInput
}

struct IndexThroughputInput: Codable, Sendable {
    var IndexName: String
    var ProvisionedThroughput: ThroughputInput?
    var OnDemandThroughput: Document?
    var WarmThroughput: Document?
}

struct IndexNameInput: Codable, Sendable { var IndexName: String }

struct IndexUpdateInput: Codable, Sendable {
    var Create: IndexInput?
    var Update: IndexThroughputInput?
    var Delete: IndexNameInput?
}

struct StreamInput: Codable, Sendable {
    var StreamEnabled: Bool
    var StreamViewType: String?
}

struct CreateTableInput: Codable, Sendable {
    var TableName: String
    var AttributeDefinitions: [AttributeDefinition]?
    var KeySchema: [KeySchemaElement]?
    var LocalSecondaryIndexes: [LocalIndexInput]?
    var GlobalSecondaryIndexes: [IndexInput]?
    var BillingMode: String?
    var ProvisionedThroughput: ThroughputInput?
    var StreamSpecification: StreamInput?
    var SSESpecification: Document?
    var Tags: [Tag]?
    var TableClass: String?
    var DeletionProtectionEnabled: Bool?
    var ResourcePolicy: String?
    var OnDemandThroughput: Document?
    var WarmThroughput: Document?
}

struct CreateTableOutput: Codable, Sendable { var TableDescription: Document }
typealias DeleteTableOutput = CreateTableOutput
typealias UpdateTableOutput = CreateTableOutput

struct TableNameInput: Codable, Sendable { var TableName: String }
struct DescribeTableOutput: Codable, Sendable { var Table: Document }

struct ListTablesInput: Codable, Sendable {
    var ExclusiveStartTableName: String?
    var Limit: Int?
}

struct ListTablesOutput: Codable, Sendable {
    var TableNames: [String]
    var LastEvaluatedTableName: String?
}

struct UpdateTableInput: Codable, Sendable {
    var TableName: String
    var AttributeDefinitions: [AttributeDefinition]?
    var BillingMode: String?
    var ProvisionedThroughput: ThroughputInput?
    var GlobalSecondaryIndexUpdates: [IndexUpdateInput]?
    var StreamSpecification: StreamInput?
    var SSESpecification: Document?
    var ReplicaUpdates: [ReplicaUpdateInput]?
    var TableClass: String?
    var DeletionProtectionEnabled: Bool?
    var MultiRegionConsistency: String?
    var GlobalTableWitnessUpdates: [WitnessUpdateInput]?
    var OnDemandThroughput: Document?
    var WarmThroughput: Document?
}
