import Documents

/// A customer's role as a service has taken it on.
public struct AssumedRole: Sendable {
    /// Who speaks in the role from now on.
    public var caller: Caller
    /// Keys of the session, for a process that is to speak in the role.
    public var keys: Credentials
    public var expires: Timestamp
}

extension Context {
    /// Whether a role's trust policy lets a service in, asked when the role is given and without beginning a session. A
    /// refusal is among the decisions that `tarn why` finds.
    public func isAssumable(_ role: String, by service: Caller) async throws -> Bool {
        var asService = self
        (asService.caller, asService.service, asService.operation) = (service, "sts", "AssumeRole")
        do {
            try await platform.demand(Permission("sts:AssumeRole", on: role), in: asService)
            return true
        } catch let error as AWSError where error.isSenders && error.status != 501 {
            return false
        }
    }
}

extension Platform {
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

    /// Takes on a customer's role, as services do to act in a customer's name.
    /// - Parameters:
    ///   - role: its ARN.
    ///   - session: the session's name; what is longer than STS takes is cut.
    ///   - service: the service principal, with the resource that it acts for.
    /// - Returns: who speaks in the role from now on.
    /// - Throws: ``AWSError`` of STS: `AccessDenied` where the role is missing or does not trust the service.
    public func assume(_ role: String, session: String, as service: Caller, region: String) async throws -> Caller {
        try await assumedRole(role, session: session, as: service, region: region).caller
    }

    /// The same with the session's keys.
    /// - Parameters:
    ///   - externalID: what the role's trust policy may ask for.
    ///   - seconds: how long the session is to last; STS's own hour without it.
    public func assumedRole(
        _ role: String, session: String, externalID: String? = nil, seconds: Int64? = nil, as service: Caller, region: String
    ) async throws -> AssumedRole {
        let name = String(session.prefix(64))
        var input: Members = ["RoleArn": .string(role), "RoleSessionName": .string(name)]
        if let externalID { input["ExternalId"] = .string(externalID) }
        if let seconds { input["DurationSeconds"] = .integer(seconds) }
        let output = try await call(Call("sts", "AssumeRole", .map(input), caller: service, region: region)).output
        let answer = try DocumentDecoder().decode(Answer.self, from: output)
        var caller = Caller(
            .assumedRole, account: ARN(role)?.account ?? service.account, arn: answer.AssumedRoleUser.Arn,
            principalID: answer.AssumedRoleUser.AssumedRoleId)
        (caller.accessKeyID, caller.roleARN, caller.sessionName) = (answer.Credentials.AccessKeyId, role, name)
        let keys = Credentials(
            accessKeyID: answer.Credentials.AccessKeyId, secretAccessKey: answer.Credentials.SecretAccessKey,
            sessionToken: answer.Credentials.SessionToken)
        return AssumedRole(caller: caller, keys: keys, expires: answer.Credentials.Expiration)
    }
}
