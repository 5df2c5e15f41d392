import Documents
import Kernel
import Store

/// Which code signing configuration a function has, and what that means for its code.
extension LambdaService {
    struct FunctionSigningInput: Decodable, Sendable {
        var FunctionName: String
        var CodeSigningConfigArn: String
    }

    /// For operations that name a function and nothing else.
    struct NamedFunctionInput: Decodable, Sendable { var FunctionName: String }

    struct FunctionSigningOutput: Encodable, Sendable {
        var CodeSigningConfigArn: String?
        var FunctionName: String?
    }

    func putFunctionSigning(_ input: FunctionSigningInput, _ context: Context) async throws -> FunctionSigningOutput {
        let name = try FunctionName(input.FunctionName, context)
        try await context.store.write { transaction in
            var record = try name.latest(in: transaction)
            record.codeSigning = try Self.attached(input.CodeSigningConfigArn, in: transaction).arn
            try transaction.put(record.key, record)
        }
        return FunctionSigningOutput(CodeSigningConfigArn: input.CodeSigningConfigArn, FunctionName: name.name)
    }

    /// A function without a configuration has an empty answer, not an error.
    func getFunctionSigning(_ input: NamedFunctionInput, _ context: Context) async throws -> FunctionSigningOutput {
        let name = try FunctionName(input.FunctionName, context)
        let record = try await context.store.read { try name.latest(in: $0) }
        return FunctionSigningOutput(
            CodeSigningConfigArn: record.codeSigning, FunctionName: record.codeSigning.map { _ in record.name })
    }

    func deleteFunctionSigning(_ input: NamedFunctionInput, _ context: Context) async throws -> Nothing {
        try await set(input.FunctionName, context) { $0.codeSigning = nil }
        return Nothing()
    }

    struct SignedFunctionsInput: Decodable, Sendable {
        var CodeSigningConfigArn: String
        var Marker: String?
        var MaxItems: Int?
    }

    struct SignedFunctions: Encodable, Sendable {
        var NextMarker: String?
        var FunctionArns: [String]
    }

    func listSignedFunctions(_ input: SignedFunctionsInput, _ context: Context) async throws -> SignedFunctions {
        let count = FunctionLimit.page(input.MaxItems)
        let names = try await context.store.read { snapshot in
            try Self.functions(signedBy: Self.codeSigning(input.CodeSigningConfigArn, in: snapshot), in: snapshot)
        }
        let after = try PageMarker.read(input.Marker, of: input.CodeSigningConfigArn, in: context) ?? ""
        let rest = names.filter { $0 > after }
        return SignedFunctions(
            NextMarker: PageMarker.write(rest.count > count ? rest[count - 1] : nil, of: input.CodeSigningConfigArn, in: context),
            FunctionArns: Array(rest.prefix(count)))
    }

    /// Refuses code for a function whose configuration enforces signatures.
    /// - Throws: ``LambdaFault/codeSigningNotFound(_:)``, ``LambdaFault/codeUnsigned(_:)``.
    static func checkSigning(_ arn: String?, of function: String, _ platform: Platform) async throws {
        guard let arn else { return }
        let config = try await platform.store.read { try attached(arn, in: $0) }
        if config.policy == "Enforce" { throw LambdaFault.codeUnsigned(function) }
    }

    private static func attached(_ arn: String, in snapshot: any Snapshot) throws -> CodeSigningRecord {
        do { return try codeSigning(arn, in: snapshot) } catch LambdaFault.codeSigningMissing {
            throw LambdaFault.codeSigningNotFound(arn)
        }
    }

    static func functions(signedBy config: CodeSigningRecord, in snapshot: any Snapshot) throws -> [String] {
        let prefix = Key(.lambdaFunction, .text(config.account), .text(config.region))
        return try snapshot.all(FunctionRecord.self, prefix) { $0.codeSigning == config.arn }.map(\.arn)
    }
}
