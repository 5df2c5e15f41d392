import Documents
import FunctionEngine
import Kernel

/// The role that a function runs as.
enum ExecutionRole {
    /// Seconds that its keys hold: what every role allows.
    static let sessionSeconds: Int64 = 3_600

    /// Assumes `role` as Lambda for a function.
    /// - Throws: ``LambdaFault/roleNotAssumable`` when the role is missing or does not trust Lambda.
    static func assume(
        _ role: String, for name: String, arn: String, account: String, region: String, on platform: Platform
    ) async throws -> RoleSession {
        let service = Caller.service("lambda.amazonaws.com", account: account, sourceARN: arn)
        do {
            let made = try await platform.assumedRole(role, session: name, seconds: sessionSeconds, as: service, region: region)
            return RoleSession(credentials: made.keys, expires: made.expires, caller: made.caller)
        } catch let error as AWSError where error.isSenders && error.status != 501 {
            throw LambdaFault.roleNotAssumable
        }
    }
}
