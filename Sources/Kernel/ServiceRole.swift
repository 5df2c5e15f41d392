import Documents

extension Platform {
    private struct Assumed: Decodable {
        struct Keys: Decodable { var AccessKeyId: String }
        struct User: Decodable {
            var AssumedRoleId: String
            var Arn: String
        }
        var Credentials: Keys
        var AssumedRoleUser: User
    }

    /// Takes on a customer's role, as services do to act in a customer's name.
    /// - Parameters:
    ///   - role: its ARN.
    ///   - session: the session's name.
    ///   - service: the service principal, with the resource that it acts for.
    /// - Returns: who speaks in the role from now on.
    /// - Throws: ``AWSError`` of STS: `AccessDenied` where the role is missing or does not trust the service.
    public func assume(_ role: String, session: String, as service: Caller, region: String) async throws -> Caller {
        let input: Document = ["RoleArn": .string(role), "RoleSessionName": .string(session)]
        let output = try await call(Call("sts", "AssumeRole", input, caller: service, region: region)).output
        let answer = try DocumentDecoder().decode(Assumed.self, from: output)
        var caller = Caller(
            .assumedRole, account: ARN(role)?.account ?? service.account, arn: answer.AssumedRoleUser.Arn,
            principalID: answer.AssumedRoleUser.AssumedRoleId)
        caller.accessKeyID = answer.Credentials.AccessKeyId
        caller.roleARN = role
        caller.sessionName = session
        return caller
    }
}
