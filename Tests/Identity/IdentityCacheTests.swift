import Testing

@testable import Kernel

@Suite struct IdentityCacheTests {
    private let holder = IdentityCache.Holder(
        Caller(.user, account: "111122223333", arn: "arn:aws:iam::111122223333:user/ann", principalID: "AIDAANN"))

    @Test func whatWasReadIsKeptUntilSomethingChanges() async throws {
        let cache = IdentityCache()
        for expected in ["old", "old"] {
            let found = try await cache.policies(holder) { [expected] in IdentityPolicies(tags: ["state": expected]) }
            #expect(found.tags["state"] == "old")
        }
        cache.changed()
        let found = try await cache.policies(holder) { IdentityPolicies(tags: ["state": "new"]) }
        #expect(found.tags["state"] == "new")
    }

    /// A change in the middle of reading: what was read may be from before it and is not kept.
    @Test func whatChangedWhileItWasReadIsNotKept() async throws {
        let cache = IdentityCache()
        _ = try await cache.policies(holder) {
            cache.changed()
            return IdentityPolicies(tags: ["state": "old"])
        }
        let found = try await cache.policies(holder) { IdentityPolicies(tags: ["state": "new"]) }
        #expect(found.tags["state"] == "new")
        let caller = Caller.root(of: "111122223333")
        _ = try await cache.credential("AKIA") {
            cache.changed()
            return KnownCredential(secretAccessKey: "old", caller: caller)
        }
        let known = try await cache.credential("AKIA") { KnownCredential(secretAccessKey: "new", caller: caller) }
        #expect(known.secretAccessKey == "new")
    }

    @Test func failuresAreNotKept() async throws {
        let cache = IdentityCache()
        await #expect(throws: AuthenticationFailure.unknownKey) {
            _ = try await cache.credential("AKIA") { throw AuthenticationFailure.unknownKey }
        }
        let caller = Caller.root(of: "111122223333")
        let known = try await cache.credential("AKIA") { KnownCredential(secretAccessKey: "made", caller: caller) }
        #expect(known.secretAccessKey == "made")
    }

    /// Sessions of one role share an entry; other session policies make another.
    @Test func sessionsOfOneRoleAreOne() {
        func session(_ name: String, _ policies: [String]? = nil) -> IdentityCache.Holder {
            var caller = Caller(
                .assumedRole, account: "111122223333", arn: "arn:aws:sts::111122223333:assumed-role/job/\(name)",
                principalID: "AROAJOB:\(name)")
            (caller.roleARN, caller.sessionPolicyARNs) = ("arn:aws:iam::111122223333:role/job", policies)
            return IdentityCache.Holder(caller)
        }
        #expect(session("one") == session("two"))
        #expect(session("one") != session("one", ["arn:aws:iam::aws:policy/ReadOnlyAccess"]))
    }
}
