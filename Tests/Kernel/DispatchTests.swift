import Documents
import Kernel
import Store
import TestSupport
import Testing

@Suite("Dispatcher and authorizer")
struct DispatchTests {
    private func user(_ name: String, policy: String? = nil, on tarn: TestPlatform) async throws -> Caller {
        var record = UserRecord(account: "000000000000", name: name, path: "/", id: "AIDAEXAMPLE", created: TestPlatform.epoch)
        if let policy { record.inlinePolicies["own"] = policy }
        let user = record
        try await tarn.platform.store.write { try $0.put(UserRecord.key(user.account, user.name), user) }
        return Caller(.user, account: user.account, arn: user.arn, principalID: user.id)
    }

    private static let allow = #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"probe:*","Resource":"*"}}"#
    private static let deny = #"""
        {"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"probe:*","Resource":"*"}}
        """#

    @Test("an identity without a policy is denied in AWS's words")
    func implicitDeny() async throws {
        try await TestPlatform.with([Probe()]) { tarn in
            let caller = try await user("ann", on: tarn)
            let error = await #expect(throws: AWSError.self) { try await tarn.call("probe", "Read", as: caller) }
            #expect(error?.code == "AccessDeniedException")
            #expect(
                error?.message == "User: arn:aws:iam::000000000000:user/ann is not authorized to perform: probe:Read on "
                    + "resource: \(Probe.thing) because no identity-based policy allows the probe:Read action")
        }
    }

    @Test("an identity policy allows")
    func allowed() async throws {
        try await TestPlatform.with([Probe()]) { tarn in
            try await tarn.call("probe", "Read", as: try await user("ann", policy: Self.allow, on: tarn))
        }
    }

    @Test("a resource policy's explicit deny stops the account's root too")
    func explicitDeny() async throws {
        let probe = Probe()
        try await TestPlatform.with([probe]) { tarn in
            try await tarn.call("probe", "Read")
            probe.state.withLock { $0.policy = Self.deny }
            let error = await #expect(throws: AWSError.self) { try await tarn.call("probe", "Read") }
            #expect(error?.message.hasSuffix("with an explicit deny in a resource-based policy") == true)
        }
    }

    @Test("another account's root is nobody here")
    func crossAccount() async throws {
        try await TestPlatform.with([Probe()]) { tarn in
            await #expect(throws: AWSError.self) { try await tarn.call("probe", "Read", as: .root(of: "111122223333")) }
        }
    }

    @Test("an operation without a mapping is for root alone")
    func unmapped() async throws {
        try await TestPlatform.with([Probe()]) { tarn in
            try await tarn.call("probe", "Unmapped")
            let caller = try await user("ann", policy: Self.allow, on: tarn)
            await #expect(throws: AWSError.self) { try await tarn.call("probe", "Unmapped", as: caller) }
        }
    }

    @Test("what is not built says so; what breaks is an internal failure and tells nothing")
    func faults() async throws {
        try await TestPlatform.with([Probe()]) { tarn in
            let missing = await #expect(throws: AWSError.self) { try await tarn.call("probe", "Absent") }
            #expect(missing?.status == 501)
            let broken = await #expect(throws: AWSError.self) { try await tarn.call("probe", "Break") }
            #expect(broken == .internalFailure)
        }
    }

    @Test("every call, allowed or denied, leaves an audit record with its request id")
    func audit() async throws {
        try await TestPlatform.with([Probe()]) { tarn in
            _ = try await tarn.platform.call(
                Call("probe", "Read", [:], caller: .root(of: "000000000000"), region: "us-east-1", requestID: "id-1"))
            await #expect(throws: AWSError.self) {
                _ = try await tarn.platform.call(
                    Call("probe", "Read", [:], caller: .root(of: "111122223333"), region: "us-east-1", requestID: "id-2"))
            }
            let history = AuditHistory(tarn.platform)
            var events: [Document] = []
            for account in ["000000000000", "111122223333"] {
                for (_, entry) in try await history.management(account, "us-east-1", from: 1, limit: 10) {
                    events.append(try JSON.parse(entry.event))
                }
            }
            #expect(events.map { $0["requestID"]?.string } == ["id-1", "id-2"])
            #expect(events.map { $0["errorCode"]?.string } == [nil, "AccessDenied"])
        }
    }
}
