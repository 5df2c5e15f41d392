import Crypto
import Documents
import Kernel

/// Inputs of schedules that have a customer's key
/// (https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html).
enum Sealing {
    private static func context(_ schedule: String) -> Document { ["aws:scheduler:schedule:arn": .string(schedule)] }

    /// Seals under a new data key, asked for in the caller's name.
    /// - Throws: ``SchedulerFault/key(_:)``.
    static func seal(_ text: String, key: String, schedule: String, _ context: Context) async throws -> SealedInput {
        let input: Document = ["KeyId": .string(key), "KeySpec": "AES_256", "EncryptionContext": Self.context(schedule)]
        do {
            let output = try await context.callAsCaller("kms", "GenerateDataKey", input).output
            guard let plain = output["Plaintext"]?.blob, let wrapped = output["CiphertextBlob"]?.blob else {
                throw AWSError.internalFailure
            }
            let box = try AES.GCM.seal(Array(text.utf8), using: SymmetricKey(data: plain), authenticating: Array(schedule.utf8))
            guard let bytes = box.combined else { throw AWSError.internalFailure }
            return SealedInput(bytes: Array(bytes), wrappedKey: wrapped)
        } catch let error as AWSError where error.isSenders {
            throw SchedulerFault.key(error)
        }
    }

    /// - Throws: ``AWSError`` of KMS.
    static func open(
        _ sealed: SealedInput, schedule: String, as caller: Caller, region: String, _ platform: Platform
    ) async throws -> String {
        let input: Document = ["CiphertextBlob": .blob(sealed.wrappedKey), "EncryptionContext": context(schedule)]
        let output = try await platform.call(Call("kms", "Decrypt", input, caller: caller, region: region)).output
        guard let key = output["Plaintext"]?.blob else { throw AWSError.internalFailure }
        let box = try AES.GCM.SealedBox(combined: sealed.bytes)
        let bytes = try AES.GCM.open(box, using: SymmetricKey(data: key), authenticating: Array(schedule.utf8))
        return String(decoding: bytes, as: UTF8.self)
    }
}
