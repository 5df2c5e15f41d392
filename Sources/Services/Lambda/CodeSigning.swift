import Documents
import Kernel
import Store

/// A code signing configuration: which signatures a function's code must bear, and what becomes of code without.
struct CodeSigningRecord: Stored {
    static let tag: UInt8 = 1
    var account: String
    var region: String
    var id: String
    var description: String
    /// ARNs of signing profile versions.
    var publishers: [String]
    /// `Warn` or `Enforce`.
    var policy: String
    var modified: Timestamp
    var tags: [String: String]

    static func all(_ account: String, _ region: String) -> Key { Key(.lambdaCodeSigning, .text(account), .text(region)) }
    var key: Key { Self.all(account, region).appending(.text(id)) }
    var arn: String { ARN("lambda", region: region, account: account, "code-signing-config:\(id)").description }

    /// The key of the configuration with an ARN.
    static func key(_ arn: String) -> Key? {
        guard let arn = ARN(arn), arn.service == "lambda", arn.resource.hasPrefix("code-signing-config:") else { return nil }
        return all(arn.account, arn.region).appending(.text(String(arn.resource.dropFirst("code-signing-config:".count))))
    }
}

/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html. Nothing here signs code, so all code is
/// unsigned: `Warn` lets it through, `Enforce` refuses it.
extension LambdaService {
    struct Publishers: Codable, Sendable { var SigningProfileVersionArns: [String] }
    struct SigningPolicies: Codable, Sendable { var UntrustedArtifactOnDeployment: String? }

    struct CreateCodeSigningInput: Decodable, Sendable {
        var Description: String?
        var AllowedPublishers: Publishers?
        var CodeSigningPolicies: SigningPolicies?
        var Tags: [String: String]?
    }

    struct UpdateCodeSigningInput: Decodable, Sendable {
        var CodeSigningConfigArn: String
        var Description: String?
        var AllowedPublishers: Publishers?
        var CodeSigningPolicies: SigningPolicies?
    }

    struct CodeSigningOutput: Encodable, Sendable {
        struct Config: Encodable, Sendable {
            var CodeSigningConfigId: String
            var CodeSigningConfigArn: String
            var Description: String
            var AllowedPublishers: Publishers
            var CodeSigningPolicies: SigningPolicies
            var LastModified: String

            init(_ record: CodeSigningRecord) {
                (CodeSigningConfigId, CodeSigningConfigArn, Description) = (record.id, record.arn, record.description)
                AllowedPublishers = .init(SigningProfileVersionArns: record.publishers)
                CodeSigningPolicies = .init(UntrustedArtifactOnDeployment: record.policy)
                LastModified = record.modified.iso8601Offset(milliseconds: true)
            }
        }
        var CodeSigningConfig: Config
    }

    func createCodeSigning(_ input: CreateCodeSigningInput, _ context: Context) async throws -> CodeSigningOutput {
        let tags = try [String: String](checking: input.Tags)
        let letters = Identifier.uuid().filter { $0 != "-" }
        let record = CodeSigningRecord(
            account: context.account, region: context.region, id: "csc-\(letters.prefix(17))",
            description: input.Description ?? "", publishers: input.AllowedPublishers?.SigningProfileVersionArns ?? [],
            policy: input.CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? "Warn", modified: context.now,
            tags: tags)
        try await context.store.write { try $0.put(record.key, record) }
        return CodeSigningOutput(CodeSigningConfig: .init(record))
    }

    func updateCodeSigning(_ input: UpdateCodeSigningInput, _ context: Context) async throws -> CodeSigningOutput {
        let now = context.now
        let record = try await context.store.write { transaction in
            var record = try Self.codeSigning(input.CodeSigningConfigArn, in: transaction)
            record.description = input.Description ?? record.description
            record.publishers = input.AllowedPublishers?.SigningProfileVersionArns ?? record.publishers
            record.policy = input.CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? record.policy
            record.modified = now
            try transaction.put(record.key, record)
            return record
        }
        return CodeSigningOutput(CodeSigningConfig: .init(record))
    }

    struct CodeSigningARN: Decodable, Sendable { var CodeSigningConfigArn: String }

    func getCodeSigning(_ input: CodeSigningARN, _ context: Context) async throws -> CodeSigningOutput {
        CodeSigningOutput(
            CodeSigningConfig: .init(
                try await context.store.read { try Self.codeSigning(input.CodeSigningConfigArn, in: $0) }))
    }

    func deleteCodeSigning(_ input: CodeSigningARN, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            let record = try Self.codeSigning(input.CodeSigningConfigArn, in: transaction)
            guard try Self.functions(signedBy: record, in: transaction).isEmpty else {
                throw LambdaFault.codeSigningInUse(record.arn)
            }
            try transaction.delete(record.key)
        }
        return Nothing()
    }

    struct CodeSigningPage: Decodable, Sendable {
        var Marker: String?
        var MaxItems: Int?
    }

    struct CodeSigningList: Encodable, Sendable {
        var NextMarker: String?
        var CodeSigningConfigs: [CodeSigningOutput.Config]
    }

    func listCodeSigning(_ input: CodeSigningPage, _ context: Context) async throws -> CodeSigningList {
        let count = FunctionLimit.page(input.MaxItems)
        let all = CodeSigningRecord.all(context.account, context.region)
        let after = try PageMarker.read(input.Marker, in: context).map { all.appending(.text($0)) }
        let found = try await context.store.read { try $0.all(CodeSigningRecord.self, all, after: after, limit: count + 1) }
        let page = found.prefix(count)
        return CodeSigningList(
            NextMarker: PageMarker.write(found.count > count ? page.last?.id : nil, in: context),
            CodeSigningConfigs: page.map { .init($0) })
    }

    func setSigningTags(
        _ arn: String, _ context: Context, _ change: @escaping @Sendable (inout [String: String]) throws -> Void
    ) async throws {
        try await context.store.write { transaction in
            var record = try Self.codeSigning(arn, in: transaction)
            try change(&record.tags)
            try transaction.put(record.key, record)
        }
    }

    static func codeSigning(_ arn: String, in snapshot: any Snapshot) throws -> CodeSigningRecord {
        guard let key = CodeSigningRecord.key(arn), let record = try snapshot.record(CodeSigningRecord.self, key) else {
            throw LambdaFault.codeSigningMissing(arn)
        }
        return record
    }
}
