import Documents
import Kernel
import Store

struct DescribeLimitsOutput: Codable, Sendable {
    var AccountMaxReadCapacityUnits: Int64
    var AccountMaxWriteCapacityUnits: Int64
    var TableMaxReadCapacityUnits: Int64
    var TableMaxWriteCapacityUnits: Int64
}

struct DescribeEndpointsOutput: Codable, Sendable {
    struct Endpoint: Codable, Sendable {
        var Address: String
        var CachePeriodInMinutes: Int64
    }
    var Endpoints: [Endpoint]
}

struct DescribeContinuousBackupsOutput: Codable, Sendable {
    struct Description: Codable, Sendable {
        struct PointInTimeRecovery: Codable, Sendable { var PointInTimeRecoveryStatus: String }
        var ContinuousBackupsStatus: String
        var PointInTimeRecoveryDescription: PointInTimeRecovery
    }
    var ContinuousBackupsDescription: Description
}

extension DynamoDBService {
    /// AWS's default quotas.
    func describeLimits(_ input: Nothing, _ context: Context) async throws -> DescribeLimitsOutput {
        DescribeLimitsOutput(
            AccountMaxReadCapacityUnits: 80_000, AccountMaxWriteCapacityUnits: 80_000, TableMaxReadCapacityUnits: 40_000,
            TableMaxWriteCapacityUnits: 40_000)
    }

    func describeEndpoints(_ input: Nothing, _ context: Context) async throws -> DescribeEndpointsOutput {
        let address = context.http?.host ?? "dynamodb.\(context.region).amazonaws.com"
        return DescribeEndpointsOutput(Endpoints: [
            DescribeEndpointsOutput.Endpoint(Address: address, CachePeriodInMinutes: 1_440)
        ])
    }

    /// Point-in-time recovery is not built, and so is always off.
    func describeContinuousBackups(_ input: TableNameInput, _ context: Context) async throws -> DescribeContinuousBackupsOutput {
        let name = try TableName(input.TableName, context)
        let tables = tables
        guard try await context.store.read({ try tables.find(name, in: $0) }) != nil else {
            throw AWSError("TableNotFoundException", 400, "Table not found: \(name.name)")
        }
        return DescribeContinuousBackupsOutput(
            ContinuousBackupsDescription: DescribeContinuousBackupsOutput.Description(
                ContinuousBackupsStatus: "ENABLED",
                PointInTimeRecoveryDescription: DescribeContinuousBackupsOutput.Description.PointInTimeRecovery(
                    PointInTimeRecoveryStatus: "DISABLED")))
    }
}
