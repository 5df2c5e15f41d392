import Documents
import FunctionEngine
import Kernel
import Store

/// Reserved concurrency and tags: what is set on a function without a new revision of its code.
extension LambdaService {
    struct ConcurrencyInput: Decodable, Sendable {
        var FunctionName: String
        var ReservedConcurrentExecutions: Int
    }

    struct ConcurrencyOutput: Encodable, Sendable { var ReservedConcurrentExecutions: Int? }

    func putConcurrency(_ input: ConcurrencyInput, _ context: Context) async throws -> ConcurrencyOutput {
        let name = try FunctionName(unqualified: input.FunctionName, context)
        let count = input.ReservedConcurrentExecutions
        try await context.store.write { transaction in
            var record = try name.latest(in: transaction)
            let shares = try ConcurrencyShares(name, in: transaction)
            guard count <= shares.reservableMax else {
                throw LambdaFault.invalidParameter(
                    "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [\(ConcurrencyShares.unreservedMin)]."
                )
            }
            guard count >= shares.ownProvisioned else {
                throw LambdaFault.invalidParameter(
                    "ReservedConcurrentExecutions for function should not be lower than function's total provisioned concurrency [\(shares.ownProvisioned)]."
                )
            }
            record.reservedConcurrency = count
            try transaction.put(record.key, record)
        }
        return ConcurrencyOutput(ReservedConcurrentExecutions: count)
    }

    struct ConcurrencyName: Decodable, Sendable { var FunctionName: String }

    func getConcurrency(_ input: ConcurrencyName, _ context: Context) async throws -> ConcurrencyOutput {
        let record = try await FunctionName(input.FunctionName, context).find(context.platform)
        return ConcurrencyOutput(ReservedConcurrentExecutions: record.reservedConcurrency)
    }

    func deleteConcurrency(_ input: ConcurrencyName, _ context: Context) async throws -> Nothing {
        _ = try FunctionName(unqualified: input.FunctionName, context)
        try await set(input.FunctionName, context) { $0.reservedConcurrency = nil }
        return Nothing()
    }

    struct TagInput: Decodable, Sendable {
        var Resource: String
        var Tags: [String: String]
    }

    func tag(_ input: TagInput, _ context: Context) async throws -> Nothing {
        guard !input.Tags.isEmpty else {
            throw LambdaFault.invalidParameter("An error occurred and the request cannot be processed.")
        }
        if CodeSigningRecord.key(input.Resource) != nil {
            try await setSigningTags(input.Resource, context) { $0.merging(input.Tags) { $1 } }
            return Nothing()
        }
        if let key = Self.mappingKey(input.Resource) {
            try await setMapping(key, context) { record in
                record.tags = (record.tags ?? [:]).merging(input.Tags) { $1 }
                try FunctionLimit.check(tags: record.tags ?? [:])
            }
            return Nothing()
        }
        try await set(input.Resource, context) { record in
            record.tags.merge(input.Tags) { $1 }
            try FunctionLimit.check(tags: record.tags)
        }
        return Nothing()
    }

    struct UntagInput: Decodable, Sendable {
        var Resource: String
        var TagKeys: [String]
    }

    func untag(_ input: UntagInput, _ context: Context) async throws -> Nothing {
        if CodeSigningRecord.key(input.Resource) != nil {
            try await setSigningTags(input.Resource, context) { tags in tags.filter { !input.TagKeys.contains($0.key) } }
            return Nothing()
        }
        if let key = Self.mappingKey(input.Resource) {
            try await setMapping(key, context) { $0.tags = $0.tags?.filter { !input.TagKeys.contains($0.key) } }
            return Nothing()
        }
        try await set(input.Resource, context) { record in
            for key in input.TagKeys { record.tags[key] = nil }
        }
        return Nothing()
    }

    struct ListTagsInput: Decodable, Sendable { var Resource: String }
    struct ListTagsOutput: Encodable, Sendable { var Tags: [String: String] }

    func listTags(_ input: ListTagsInput, _ context: Context) async throws -> ListTagsOutput {
        if CodeSigningRecord.key(input.Resource) != nil {
            return ListTagsOutput(Tags: try await context.store.read { try Self.codeSigning(input.Resource, in: $0) }.tags)
        }
        if let key = Self.mappingKey(input.Resource) {
            guard let record = try await context.store.read({ try $0.record(MappingRecord.self, key) }) else {
                throw LambdaFault.mappingNotFound
            }
            return ListTagsOutput(Tags: record.tags ?? [:])
        }
        return ListTagsOutput(Tags: try await Self.taggable(input.Resource, context).find(context.platform).tags)
    }

    private static func taggable(_ text: String, _ context: Context) throws -> FunctionName {
        do { return try FunctionName(unqualified: text, context) } catch LambdaFault.notUnqualified {
            throw LambdaFault.invalidParameter(
                "Tags on function aliases and versions are not supported. Please specify a function ARN.")
        }
    }

    private static func mappingKey(_ arn: String) -> Key? {
        guard let arn = ARN(arn), arn.resource.hasPrefix("event-source-mapping:") else { return nil }
        return MappingRecord.key(arn.account, arn.region, String(arn.resource.dropFirst("event-source-mapping:".count)))
    }

    private func setMapping(_ key: Key, _ context: Context, _ change: @escaping @Sendable (inout MappingRecord) throws -> Void)
        async throws
    {
        try await context.store.write { transaction in
            guard var record = try transaction.record(MappingRecord.self, key) else { throw LambdaFault.mappingNotFound }
            try change(&record)
            try transaction.put(key, record)
        }
    }

    private func set(_ name: String, _ context: Context, _ change: @escaping @Sendable (inout FunctionRecord) throws -> Void)
        async throws
    {
        let name = try Self.taggable(name, context)
        try await context.store.write { transaction in
            var record = try name.latest(in: transaction)
            try change(&record)
            try transaction.put(record.key, record)
        }
    }
}
