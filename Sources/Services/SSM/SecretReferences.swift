import Documents
import Kernel

/// Secrets of Secrets Manager under names of Parameter Store: `/aws/reference/secretsmanager/NAME`, with a version's id or a
/// stage as the selector (https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html).
enum SecretReferences {
    static let root = "/aws/reference/secretsmanager/"

    static func covers(_ name: ParameterName) -> Bool { name.name.hasPrefix(root) && name.name.count > root.count }

    /// The secret as a parameter, read with the caller's own right to it.
    /// - Throws: ``SSMFault/validation(_:)`` without decryption, ``SSMFault/secret(code:reason:)`` for what Secrets Manager
    ///   refuses.
    static func find(_ name: ParameterName, decrypted: Bool, _ context: Context) async throws -> SSMService.ParameterOutput {
        guard decrypted else {
            throw SSMFault.validation("WithDecryption flag must be True for retrieving a Secret Manager secret.")
        }
        var input: Members = ["SecretId": .string(String(name.name.dropFirst(root.count)))]
        if let selector = name.selector { input[isVersion(selector) ? "VersionId" : "VersionStage"] = .string(selector) }
        let secret: Document
        do {
            secret = try await context.callAsCaller("secretsmanager", "GetSecretValue", .map(input)).output
        } catch let error as AWSError where error.isSenders {
            if error.code == "ResourceNotFoundException" {
                throw SSMFault.secret(code: "ParameterNotFound", reason: "Secret \(name.name) not found.")
            }
            throw SSMFault.secret(code: error.code, reason: error.message)
        }
        guard let arn = secret["ARN"]?.string, let created = secret["CreatedDate"]?.timestamp else {
            throw AWSError.internalFailure
        }
        let value = secret["SecretString"]?.string ?? secret["SecretBinary"]?.blob.map(Base64.string)
        return SSMService.ParameterOutput(
            Name: name.name, Type: ParameterType.secure, Value: value ?? "", Version: 0,
            Selector: name.selector.map { ":\($0)" }, SourceResult: source(secret), LastModifiedDate: created, ARN: arn,
            DataType: "text")
    }

    /// GetSecretValue's answer as text.
    private static func source(_ secret: Document) -> String {
        guard case .map(var members) = secret else { return "{}" }
        if let date = secret["CreatedDate"]?.timestamp { members["CreatedDate"] = .double(date.epochSeconds) }
        if let bytes = secret["SecretBinary"]?.blob { members["SecretBinary"] = .string(Base64.string(bytes)) }
        return JSON.text(.map(members))
    }

    /// A version's id has 32 to 64 characters; a stage that long is not told from one.
    private static func isVersion(_ selector: String) -> Bool {
        selector.utf8.count >= 32
            && selector.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (48...57).contains($0) || (97...122).contains($0) }
    }
}
