import Documents
import Kernel

/// A KMS that keeps its promises about the encryption context and about keys that are disabled, and nothing else.
public struct FakeKMS: Service {
    public static let id = "kms"

    public init() {}

    struct Input: Decodable, Sendable {
        var KeyId: String?
        var EncryptionContext: [String: String]?
        var CiphertextBlob: [UInt8]?
        var Plaintext: [UInt8]?
    }

    struct Output: Codable, Sendable {
        var KeyId: String?
        var Plaintext: [UInt8]?
        var CiphertextBlob: [UInt8]?
    }

    private struct Sealed: Codable {
        var key: String
        var plain: [UInt8]
        var context: [String: String]
    }

    public func register(in operations: inout Operations) {
        operations.on("GenerateDataKey") { (input: Input, _: Context) async throws -> Output in
            let key = Identifier.random(32)
            return Output(KeyId: input.KeyId, Plaintext: key, CiphertextBlob: try Self.seal(key, input))
        }
        operations.on("Encrypt") { (input: Input, _: Context) async throws -> Output in
            Output(CiphertextBlob: try Self.seal(input.Plaintext ?? [], input))
        }
        operations.on("Decrypt") { (input: Input, _: Context) async throws -> Output in
            let document = try CBOR.parse((input.CiphertextBlob ?? []).map { $0 ^ 0x5A })
            let sealed = try DocumentDecoder().decode(Sealed.self, from: document)
            guard sealed.context == input.EncryptionContext ?? [:] else {
                throw AWSError("InvalidCiphertextException", 400, "")
            }
            return Output(KeyId: sealed.key, Plaintext: sealed.plain)
        }
    }

    private static func seal(_ plain: [UInt8], _ input: Input) throws -> [UInt8] {
        if input.KeyId?.contains("disabled") == true {
            throw AWSError("DisabledException", 400, "\(input.KeyId ?? "") is disabled.")
        }
        let sealed = Sealed(key: input.KeyId ?? "", plain: plain, context: input.EncryptionContext ?? [:])
        return CBOR.write(try DocumentEncoder().encode(sealed)).map { $0 ^ 0x5A }
    }

    public var actions: ActionMap {
        var map: ActionMap = [:]
        for name in ["GenerateDataKey", "Encrypt", "Decrypt"] {
            map[name] = { _, context in [Permission("kms:\(name)", on: context.arn("key/test"))] }
        }
        return map
    }
}
