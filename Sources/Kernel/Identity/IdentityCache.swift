import Synchronization

/// Who holds a key and what an identity may do, remembered in memory: every call asks for both.
///
/// One generation number guards it, as it does ``OrganizationDirectory``: a result is kept only if no identity changed while
/// it was read, so a call that begins after a change was answered sees that change. One process only.
final class IdentityCache: Sendable {
    enum Limit {
        /// Keys and identities remembered at once; more begin anew.
        static let entries = 4_096
    }
    /// What an identity's policies depend on.
    struct Holder: Hashable, Sendable {
        var arn: String
        var principalID: String
        var role: String?
        var sessionPolicies: [String]?

        init(_ caller: Caller) {
            let isRole = caller.kind == .assumedRole
            arn = isRole ? "" : caller.arn
            // Sessions of one role are one identity.
            principalID = isRole ? String(caller.principalID.prefix { $0 != ":" }) : caller.principalID
            (role, sessionPolicies) = (caller.roleARN, caller.sessionPolicyARNs)
        }
    }
    private struct State {
        var generation: UInt64 = 0
        var credentials: [String: KnownCredential] = [:]
        var policies: [Holder: IdentityPolicies] = [:]
    }
    private let state = Mutex(State())
    /// Compiled texts, so that sessions of one role share them.
    let documents = PolicyCache()

    func changed() {
        state.withLock { $0 = State(generation: $0.generation + 1) }
    }

    func credential(_ accessKeyID: String, _ read: () async throws -> KnownCredential) async throws -> KnownCredential {
        let (generation, known) = state.withLock { ($0.generation, $0.credentials[accessKeyID]) }
        if let known { return known }
        let found = try await read()
        keep(generation) { state in
            if state.credentials.count >= Limit.entries { state.credentials = [:] }
            state.credentials[accessKeyID] = found
        }
        return found
    }

    func policies(_ holder: Holder, _ read: () async throws -> IdentityPolicies) async throws -> IdentityPolicies {
        let (generation, known) = state.withLock { ($0.generation, $0.policies[holder]) }
        if let known { return known }
        var found = try await read()
        // A damaged policy is met again, and told, where it is to decide.
        found.compiled = try? CompiledPolicies(found, documents)
        let kept = found
        keep(generation) { state in
            if state.policies.count >= Limit.entries { state.policies = [:] }
            state.policies[holder] = kept
        }
        return found
    }

    private func keep(_ generation: UInt64, _ body: (inout State) -> Void) {
        state.withLock { state in
            if state.generation == generation { body(&state) }
        }
    }
}
