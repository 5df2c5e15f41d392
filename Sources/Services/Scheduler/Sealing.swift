import Documents
import Kernel

/// Inputs of schedules that have a customer's key
/// (https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html).
enum Sealing {
    private static func context(_ schedule: String) -> Document { ["aws:scheduler:schedule:arn": .string(schedule)] }

    /// Looks at a key in the caller's name, as Scheduler does before it takes one.
    /// - Throws: ``SchedulerFault/key(_:)``, ``SchedulerFault/validation(_:)`` for a key that can't encrypt.
    static func check(key: String, _ context: Context) async throws {
        do {
            guard try await DataKey.canBeMade(under: key, { try await context.callAsCaller("kms", $0, $1).output }) else {
                throw SchedulerFault.validation("The KMS key \(key) is not an enabled symmetric encryption key.")
            }
        } catch let error as AWSError where error.isSenders {
            throw SchedulerFault.key(error)
        }
    }

    /// Seals under a new data key, asked for in the caller's name.
    /// - Throws: ``SchedulerFault/key(_:)``.
    static func seal(_ text: String, key: String, schedule: String, _ context: Context) async throws -> SealedInput {
        do {
            let key = try await DataKey.generate(under: key, for: Self.context(schedule)) {
                try await context.callAsCaller("kms", $0, $1).output
            }
            return SealedInput(bytes: try key.seal(Array(text.utf8), place: schedule), wrappedKey: key.wrapped)
        } catch let error as AWSError where error.isSenders {
            throw SchedulerFault.key(error)
        }
    }

    /// - Throws: ``AWSError`` of KMS.
    static func open(
        _ sealed: SealedInput, schedule: String, as caller: Caller, region: String, _ platform: Platform
    ) async throws -> String {
        let key = try await DataKey.unwrap(sealed.wrappedKey, for: context(schedule)) {
            try await platform.call(Call("kms", $0, $1, caller: caller, region: region)).output
        }
        return String(decoding: try key.open(sealed.bytes, place: schedule), as: UTF8.self)
    }
}
