import Kernel

/// GetSessionToken: the user's own rights, for a while.
enum SessionToken {
    struct Input: Codable, Sendable {
        var DurationSeconds: Int?
        var SerialNumber: String?
        var TokenCode: String?
    }
    struct Output: Codable, Sendable { var Credentials: CredentialsShape }

    static func run(_ input: Input, _ context: Context, _ tokens: SessionTokens) async throws -> Output {
        try Session.mustBeLongTerm(context.caller, operation: "GetSessionToken")
        var session = context.caller
        if try await SecondFactor.check(input.SerialNumber, input.TokenCode, context) { session.factorShownAt = context.now }
        return Output(
            Credentials: try Session.issue(
                session, try duration(input.DurationSeconds, context.caller), context, tokens))
    }

    /// Root's sessions last an hour at most; longer ones are cut, as AWS does.
    static func duration(_ asked: Int?, _ caller: Caller) throws -> Int {
        guard caller.kind == .root else { return asked ?? Limit.userDurationDefault }
        return min(asked ?? Limit.rootDuration, Limit.rootDuration)
    }
}
