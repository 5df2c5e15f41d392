import Documents
import Kernel
import Store

/// GetFunction, GetFunctionConfiguration, ListFunctions.
extension LambdaService {
    struct GetOutput: Encodable, Sendable {
        struct Location: Encodable, Sendable { var RepositoryType = "S3" }
        struct Concurrency: Encodable, Sendable { var ReservedConcurrentExecutions: Int }
        var Configuration: FunctionConfiguration
        /// Without a `Location`: there is no address yet that the package could be fetched from.
        var Code = Location()
        var Tags: [String: String]?
        var Concurrency: Concurrency?
    }

    func getFunction(_ input: NameInput, _ context: Context) async throws -> GetOutput {
        let record = try await FunctionName(input.FunctionName, context, qualifier: input.Qualifier).find(context.platform)
        return GetOutput(
            Configuration: FunctionConfiguration(record), Tags: record.tags.isEmpty ? nil : record.tags,
            Concurrency: record.reservedConcurrency.map { .init(ReservedConcurrentExecutions: $0) })
    }

    func getConfiguration(_ input: NameInput, _ context: Context) async throws -> FunctionConfiguration {
        FunctionConfiguration(
            try await FunctionName(input.FunctionName, context, qualifier: input.Qualifier).find(context.platform))
    }

    struct ListInput: Decodable, Sendable {
        var Marker: String?
        var MaxItems: Int?
        var FunctionVersion: String?
    }

    struct ListOutput: Encodable, Sendable {
        var NextMarker: String?
        var Functions: [FunctionConfiguration]
    }

    func listFunctions(_ input: ListInput, _ context: Context) async throws -> ListOutput {
        let count = min(input.MaxItems ?? 50, 50)
        let prefix = Key(.lambdaFunction, .text(context.account), .text(context.region))
        let after = input.Marker.map { FunctionRecord.key(context.account, context.region, $0) }
        let found = try await context.store.read { snapshot in
            var found: [FunctionRecord] = []
            try snapshot.records(FunctionRecord.self, prefix, after: after, limit: count + 1) { _, record in
                found.append(record)
                return true
            }
            return found
        }
        let page = found.prefix(count)
        return ListOutput(
            NextMarker: found.count > count ? page.last?.name : nil, Functions: page.map { FunctionConfiguration($0) })
    }
}
