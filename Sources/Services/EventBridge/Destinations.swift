import Documents
import Kernel
import Store

/// API destinations (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html).
extension EventBridgeService {
    struct CreateDestinationInput: Codable, Sendable {
        var Name: String
        var Description: String?
        var ConnectionArn: String
        var InvocationEndpoint: String
        var HttpMethod: String
        var InvocationRateLimitPerSecond: Int?
    }
    struct DestinationStateOutput: Codable, Sendable {
        var ApiDestinationArn: String
        var ApiDestinationState: String
        var CreationTime: Timestamp
        var LastModifiedTime: Timestamp
    }

    func createDestination(_ input: CreateDestinationInput, _ context: Context) async throws -> DestinationStateOutput {
        let place = NamedPlace(.destination, input.Name, context)
        try HTTPEndpoint.check(input.InvocationEndpoint, parameter: "InvocationEndpoint")
        let record = DestinationRecord(
            name: place.name, id: Identifier.uuid(), description: input.Description, connectionARN: input.ConnectionArn,
            endpoint: input.InvocationEndpoint, method: input.HttpMethod,
            rate: input.InvocationRateLimitPerSecond ?? EventsLimit.invocationRate, created: context.now, modified: context.now)
        return try await context.store.write { transaction in
            guard try !transaction.contains(place.key) else { throw EventsFault.destinationExists(place.name) }
            var count = 0
            try transaction.scan(place.all) { _, _ in
                count += 1
                return true
            }
            guard count < EventsLimit.destinations else { throw EventsFault.limitExceeded }
            try transaction.mayConnect(input.ConnectionArn, from: place)
            try transaction.put(place.key, record)
            return try Self.state(record, place, transaction)
        }
    }

    private static func state(
        _ record: DestinationRecord, _ place: NamedPlace, _ snapshot: any Snapshot
    ) throws -> DestinationStateOutput {
        DestinationStateOutput(
            ApiDestinationArn: place.arn(record.id), ApiDestinationState: try snapshot.state(of: record),
            CreationTime: record.created, LastModifiedTime: record.modified)
    }

    struct UpdateDestinationInput: Codable, Sendable {
        var Name: String
        var Description: String?
        var ConnectionArn: String?
        var InvocationEndpoint: String?
        var HttpMethod: String?
        var InvocationRateLimitPerSecond: Int?
    }

    func updateDestination(_ input: UpdateDestinationInput, _ context: Context) async throws -> DestinationStateOutput {
        let place = NamedPlace(.destination, input.Name, context)
        if let endpoint = input.InvocationEndpoint { try HTTPEndpoint.check(endpoint, parameter: "InvocationEndpoint") }
        let now = context.now
        return try await context.store.write { transaction in
            var record = try transaction.destination(place)
            if let connection = input.ConnectionArn { try transaction.mayConnect(connection, from: place) }
            record.description = input.Description ?? record.description
            record.connectionARN = input.ConnectionArn ?? record.connectionARN
            record.endpoint = input.InvocationEndpoint ?? record.endpoint
            record.method = input.HttpMethod ?? record.method
            record.rate = input.InvocationRateLimitPerSecond ?? record.rate
            record.modified = now
            try transaction.put(place.key, record)
            return try Self.state(record, place, transaction)
        }
    }

    struct DestinationInput: Codable, Sendable { var Name: String }

    struct DestinationOutput: Codable, Sendable {
        var ApiDestinationArn: String
        var Name: String
        var Description: String?
        var ApiDestinationState: String
        var ConnectionArn: String
        var InvocationEndpoint: String
        var HttpMethod: String
        var InvocationRateLimitPerSecond: Int
        var CreationTime: Timestamp
        var LastModifiedTime: Timestamp
    }

    func describeDestination(_ input: DestinationInput, _ context: Context) async throws -> DestinationOutput {
        let place = NamedPlace(.destination, input.Name, context)
        return try await context.store.read { snapshot in
            let record = try snapshot.destination(place)
            return DestinationOutput(
                ApiDestinationArn: place.arn(record.id), Name: record.name, Description: record.description,
                ApiDestinationState: try snapshot.state(of: record), ConnectionArn: record.connectionARN,
                InvocationEndpoint: record.endpoint, HttpMethod: record.method, InvocationRateLimitPerSecond: record.rate,
                CreationTime: record.created, LastModifiedTime: record.modified)
        }
    }

    func deleteDestination(_ input: DestinationInput, _ context: Context) async throws -> Nothing {
        let place = NamedPlace(.destination, input.Name, context)
        try await context.store.write { transaction in
            _ = try transaction.destination(place)
            try transaction.delete(place.key)
        }
        return Nothing()
    }

    struct ListDestinationsInput: Codable, Sendable {
        var NamePrefix: String?
        var ConnectionArn: String?
        var NextToken: String?
        var Limit: Int?
    }
    struct ListDestinationsOutput: Codable, Sendable {
        struct Destination: Codable, Sendable {
            var ApiDestinationArn: String
            var Name: String
            var ApiDestinationState: String
            var ConnectionArn: String
            var InvocationEndpoint: String
            var HttpMethod: String
            var InvocationRateLimitPerSecond: Int
            var CreationTime: Timestamp
            var LastModifiedTime: Timestamp
        }
        var ApiDestinations: [Destination]
        var NextToken: String?
    }

    func listDestinations(_ input: ListDestinationsInput, _ context: Context) async throws -> ListDestinationsOutput {
        try await context.store.read { snapshot in
            let records = try snapshot.all(DestinationRecord.self, NamedPlace(.destination, "", context).all) {
                $0.name.hasPrefix(input.NamePrefix ?? "") && (input.ConnectionArn ?? $0.connectionARN == $0.connectionARN)
            }
            let (page, token) = try Page.cut(records, by: \.name, input.NextToken, input.Limit, of: context.list())
            return ListDestinationsOutput(
                ApiDestinations: try page.map { record in
                    .init(
                        ApiDestinationArn: NamedPlace(.destination, record.name, context).arn(record.id), Name: record.name,
                        ApiDestinationState: try snapshot.state(of: record), ConnectionArn: record.connectionARN,
                        InvocationEndpoint: record.endpoint, HttpMethod: record.method,
                        InvocationRateLimitPerSecond: record.rate, CreationTime: record.created,
                        LastModifiedTime: record.modified)
                }, NextToken: token)
        }
    }
}

extension Snapshot {
    /// A destination is as active as its connection is authorized.
    fileprivate func state(of record: DestinationRecord) throws -> String {
        try connection(arn: record.connectionARN)?.1.state == "AUTHORIZED" ? "ACTIVE" : "INACTIVE"
    }

    /// - Throws: ``EventsFault/connectionNotFound(_:)``: a connection is of the destination's own account and Region.
    fileprivate func mayConnect(_ arn: String, from place: NamedPlace) throws {
        guard let (connection, _) = try connection(arn: arn), connection.account == place.account,
            connection.region == place.region
        else { throw EventsFault.connectionNotFound(arn) }
    }
}
