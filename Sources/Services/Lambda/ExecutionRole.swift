import Documents
import FunctionEngine
import Kernel

/// The role that a function runs as.
enum ExecutionRole {
    /// Seconds that its keys hold: what every role allows.
    static let sessionSeconds: Int64 = 3_600

    private struct Answer: Decodable {
        struct Keys: Decodable {
            var AccessKeyId: String
            var SecretAccessKey: String
            var SessionToken: String
            var Expiration: Timestamp
        }
        struct User: Decodable {
            var AssumedRoleId: String
            var Arn: String
        }
        var Credentials: Keys
        var AssumedRoleUser: User
    }

    /// Assumes `role` as Lambda for a function.
    /// - Throws: ``LambdaFault/roleNotAssumable`` when the role is missing or does not trust Lambda.
    static func assume(
        _ role: String, for name: String, arn: String, account: String, region: String, on platform: Platform
    ) async throws -> RoleSession {
        let input: Document = [
            "RoleArn": .string(role), "RoleSessionName": .string(name), "DurationSeconds": .integer(sessionSeconds),
        ]
        let output: Document
        do {
            output = try await platform.call(
                Call(
                    "sts", "AssumeRole", input, caller: .service("lambda.amazonaws.com", account: account, sourceARN: arn),
                    region: region)
            ).output
        } catch let error as AWSError where error.isSenders && error.status != 501 {
            throw LambdaFault.roleNotAssumable
        }
        let answer = try DocumentDecoder().decode(Answer.self, from: output)
        let roleAccount = ARN(role)?.account ?? account
        var caller = Caller(
            .assumedRole, account: roleAccount, arn: answer.AssumedRoleUser.Arn, principalID: answer.AssumedRoleUser.AssumedRoleId
        )
        caller.accessKeyID = answer.Credentials.AccessKeyId
        caller.roleARN = role
        caller.sessionName = name
        return RoleSession(
            credentials: Credentials(
                accessKeyID: answer.Credentials.AccessKeyId, secretAccessKey: answer.Credentials.SecretAccessKey,
                sessionToken: answer.Credentials.SessionToken),
            expires: answer.Credentials.Expiration, caller: caller)
    }
}
