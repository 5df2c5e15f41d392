import Documents
import Kernel
import Store

/// GetFunction, GetFunctionConfiguration, ListFunctions.
extension LambdaService {
    struct GetOutput: Encodable, Sendable {
        struct Package: Encodable, Sendable {
            var RepositoryType = "S3"
            var Location: String
        }
        struct Concurrency: Encodable, Sendable { var ReservedConcurrentExecutions: Int }
        var Configuration: FunctionConfiguration
        var Code: Package
        var Tags: [String: String]?
        var Concurrency: Concurrency?
    }

    func getFunction(_ input: NameInput, _ context: Context) async throws -> GetOutput {
        let name = try FunctionName(input.FunctionName, context, qualifier: input.Qualifier)
        let record = try await name.find(context.platform)
        return GetOutput(
            Configuration: try await shown(record, arn: name.qualifiedARN, context),
            Code: .init(Location: links.url(to: record.code, context)), Tags: record.tags.isEmpty ? nil : record.tags,
            Concurrency: record.reservedConcurrency.map { .init(ReservedConcurrentExecutions: $0) })
    }

    func getConfiguration(_ input: NameInput, _ context: Context) async throws -> FunctionConfiguration {
        let name = try FunctionName(input.FunctionName, context, qualifier: input.Qualifier)
        return try await shown(try await name.find(context.platform), arn: name.qualifiedARN, context)
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
        let count = FunctionLimit.page(input.MaxItems)
        if input.FunctionVersion == "ALL" { return try await listAllVersions(input, context) }
        let prefix = Key(.lambdaFunction, .text(context.account), .text(context.region))
        let after = try PageMarker.read(input.Marker, of: input.FunctionVersion, in: context).map {
            FunctionRecord.key(context.account, context.region, $0)
        }
        let found = try await context.store.read { try $0.all(FunctionRecord.self, prefix, after: after, limit: count + 1) }
        let page = found.prefix(count)
        var shown: [FunctionConfiguration] = []
        for record in page { shown.append(try await self.shown(record, context).listed) }
        return ListOutput(
            NextMarker: PageMarker.write(found.count > count ? page.last?.name : nil, of: input.FunctionVersion, in: context),
            Functions: shown)
    }

    /// Each function with its published versions; pages end between functions.
    private func listAllVersions(_ input: ListInput, _ context: Context) async throws -> ListOutput {
        let count = FunctionLimit.page(input.MaxItems)
        let prefix = Key(.lambdaFunction, .text(context.account), .text(context.region))
        let after = try PageMarker.read(input.Marker, of: input.FunctionVersion, in: context).map {
            FunctionRecord.key(context.account, context.region, $0)
        }
        let (all, next) = try await context.store.read { snapshot in
            var (all, last, isCut): ([FunctionRecord], String?, Bool) = ([], nil, false)
            try snapshot.records(FunctionRecord.self, prefix, after: after) { _, record in
                guard all.count < count else {
                    isCut = true
                    return false
                }
                all += [record] + (try Self.versions(of: record, in: snapshot))
                last = record.name
                return true
            }
            return (all, isCut ? last : nil)
        }
        return ListOutput(
            NextMarker: PageMarker.write(next, of: input.FunctionVersion, in: context),
            Functions: try await shown(versions: all, context))
    }
}
