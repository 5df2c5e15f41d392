import Documents
import EventSources
import Kernel
import Store

/// A mapping's filters under a customer's key.
struct SealedFilters: Codable, Sendable {
    /// Nonce, ciphertext and tag of the patterns as JSON.
    var bytes: [UInt8]
    /// The data key as KMS sealed it.
    var wrapped: [UInt8]
}

/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filter-criteria-encryption: whoever sets filters
/// makes the data key, whoever looks at a mapping opens it in their own name, and Lambda opens it for the mapping.
extension LambdaService {
    /// What a mapping's filters become.
    struct FilterChange: Sendable {
        var key: String?
        var open: [String]?
        var sealed: SealedFilters?

        func apply(to record: inout MappingRecord) {
            (record.kmsKey, record.filters, record.sealedFilters) = (key, open, sealed)
        }
    }

    private static func context(_ record: MappingRecord) -> Document {
        ["aws:lambda:EventSourceArn": .string(record.source), "aws:lambda:FunctionArn": .string(record.functionARN)]
    }

    /// - Parameters:
    ///   - present: the mapping before the change; nil for a new one.
    ///   - planned: the mapping with all else changed, the given filters open in it.
    /// - Returns: nil where nothing about the filters or their sealing changes.
    /// - Throws: ``LambdaFault/filterKeyUnusable(code:message:)``.
    func filterChange(
        from present: MappingRecord?, to planned: MappingRecord, _ input: MappingSettings, _ context: Context
    ) async throws -> FilterChange? {
        let key = input.KMSKeyArn.map { $0.isEmpty ? nil : $0 } ?? present?.kmsKey
        let isSealedAnew = key != present?.kmsKey || (key != nil && planned.functionARN != present?.functionARN)
        guard input.FilterCriteria != nil || isSealedAnew else { return nil }
        do {
            var open = planned.filters ?? []
            if input.FilterCriteria == nil, let present, let sealed = present.sealedFilters {
                open = try await Self.open(sealed, of: present) { try await context.callAsCaller("kms", $0, $1).output }
            }
            guard let key else { return FilterChange(open: open) }
            let data = try await DataKey.generate(under: key, for: Self.context(planned)) {
                try await context.callAsCaller("kms", $0, $1).output
            }
            guard !open.isEmpty else { return FilterChange(key: key) }
            let bytes = try data.seal(JSON.write(.list(open.map { .string($0) })), place: planned.arn)
            return FilterChange(key: key, sealed: SealedFilters(bytes: bytes, wrapped: data.wrapped))
        } catch let error as AWSError where error.isSenders {
            throw LambdaFault.filterKeyUnusable(code: error.code, message: error.message)
        }
    }

    private static func open(
        _ sealed: SealedFilters, of record: MappingRecord, _ kms: DataKey.Asking
    ) async throws -> [String] {
        let key = try await DataKey.unwrap(sealed.wrapped, for: context(record), kms)
        return try JSON.parse(try key.open(sealed.bytes, place: record.arn)).list?.compactMap(\.string) ?? []
    }

    /// A mapping as the caller may see it: who may not use its key sees why instead of the filters.
    func shown(_ record: MappingRecord, state: String? = nil, _ context: Context) async throws -> MappingConfiguration {
        var configuration = MappingConfiguration(record, state: state)
        guard let sealed = record.sealedFilters else { return configuration }
        do {
            let open = try await Self.open(sealed, of: record) { try await context.callAsCaller("kms", $0, $1).output }
            configuration.FilterCriteria = .init(Filters: open.map { .init(Pattern: $0) })
        } catch let error as AWSError where error.isSenders {
            configuration.FilterCriteriaError = .init(
                ErrorCode: error.code,
                Message: LambdaFault.filterKeyUnusable(code: error.code, message: error.message).wire.message)
        }
        return configuration
    }

    /// A mapping's settings with its filters open, as Lambda itself may see them.
    /// - Throws: ``AWSError`` of KMS.
    func opened(_ record: MappingRecord, _ platform: Platform) async throws -> SourceSettings {
        var settings = record.settings
        guard let sealed = record.sealedFilters else { return settings }
        let lambda = Caller.service("lambda.amazonaws.com", account: record.account, sourceARN: record.arn)
        settings.filters = try await Self.open(sealed, of: record) {
            try await platform.call(Call("kms", $0, $1, caller: lambda, region: record.region)).output
        }
        return settings
    }
}
