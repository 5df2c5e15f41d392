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
}
