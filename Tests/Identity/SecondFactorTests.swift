import Documents
import Kernel
import TestSupport
import Testing

@Suite("Second factors")
struct SecondFactorTests {
    @Test(
        "codes are those of RFC 6238, appendix B (their last six digits)",
        arguments: [
            (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
            (2_000_000_000, "279037"), (20_000_000_000, "353130"),
        ] as [(Int64, String)])
    func vectors(_ seconds: Int64, _ code: String) {
        #expect(TimeCode.code(Array("12345678901234567890".utf8), TimeCode.step(Timestamp(seconds: seconds))) == code)
    }

    @Test("a code counts once, and neither far before nor far after its time")
    func acceptance() throws {
        let root = RootKey.random()
        let seed = [UInt8](repeating: 9, count: 20)
        var device = try MFADeviceRecord(
            account: account, name: "phone", path: "/", created: TestPlatform.epoch, seed: seed, root)
        let now = TestPlatform.epoch
        let step = TimeCode.step(now)
        var taken: [Bool] = []
        let codes = [-2, 2, 0, 0, -1, 1].map { TimeCode.code(seed, step + $0) } + ["", "12345", "1234567", "abcdef"]
        for code in codes { taken.append(try device.accept(code, now: now, root)) }
        #expect(taken == [false, false, true, false, false, true, false, false, false, false])
    }

    @Test("a device whose clock is off works after it has been synchronised")
    func drift() throws {
        let root = RootKey.random()
        let seed = [UInt8](repeating: 3, count: 20)
        var device = try MFADeviceRecord(
            account: account, name: "phone", path: "/", created: TestPlatform.epoch, seed: seed, root)
        let now = TestPlatform.epoch
        let shown = TimeCode.step(now) + 40
        func code(_ offset: Int64) -> String { TimeCode.code(seed, shown + offset) }
        let isNear = try device.synchronize(code(0), code(1), now: now, window: 2, root)
        let isApart = try device.synchronize(code(0), code(2), now: now, window: 120, root)
        let isFound = try device.synchronize(code(0), code(1), now: now, window: 120, root)
        let isTaken = try device.accept(code(2), now: now + .seconds(30), root)
        #expect([isNear, isApart, isFound, isTaken] == [false, false, true, true])
    }

    @Test("a session knows when its factor was shown")
    func session() async throws {
        try await withIdentity { tarn in
            let user = try await tarn.user("ann", policy: allow("thing:*"))
            let made = try await tarn.iam("CreateVirtualMFADevice", ["VirtualMFADeviceName": "phone"])
            let serial = try #require(made["VirtualMFADevice"]?["SerialNumber"]?.string)
            let kept = try await tarn.platform.store.read {
                try $0.record(MFADeviceRecord.self, MFADeviceRecord.key(account, serial))
            }
            var device = try #require(kept)
            let seed = try device.openSeed(tarn.platform.rootKey)
            #expect(!CBOR.write(try DocumentEncoder().encode(device)).contains(seed))
            let step = TimeCode.step(tarn.platform.clock.now())
            _ = try await tarn.iam(
                "EnableMFADevice",
                [
                    "UserName": "ann", "SerialNumber": .string(serial),
                    "AuthenticationCode1": .string(TimeCode.code(seed, step - 1)),
                    "AuthenticationCode2": .string(TimeCode.code(seed, step)),
                ])
            let output = try await tarn.call(
                "sts", "GetSessionToken",
                ["SerialNumber": .string(serial), "TokenCode": .string(TimeCode.code(seed, step + 1))], as: user)
            let session = try await tarn.caller(
                try #require(output["Credentials"]?["AccessKeyId"]?.string), token: output["Credentials"]?["SessionToken"]?.string
            )
            #expect(session.factorShownAt == tarn.platform.clock.now())
            #expect(session.issuedAt == tarn.platform.clock.now())
        }
    }

    @Test("AWS's managed policies are well-formed and none stands under two names")
    func managedPolicies() async throws {
        try await withIdentity { tarn in
            #expect(AWSManagedPolicies.arns.count > 150)
            var input: Members = ["Scope": "AWS", "MaxItems": 1_000]
            let list = try await tarn.iam("ListPolicies", .map(input))
            #expect(list["Policies"]?.list?.count == AWSManagedPolicies.arns.count)
            for arn in AWSManagedPolicies.arns {
                let json = try #require(AWSManagedPolicies.json(arn))
                // What IAM itself would take as a customer's policy is well-formed.
                input = ["PolicyName": .string("p"), "PolicyDocument": .string(json)]
                if json.utf8.count > 6_144 { continue }
                let made = try await tarn.iam("CreatePolicy", .map(input))
                _ = try await tarn.iam("DeletePolicy", ["PolicyArn": try #require(made["Policy"]?["Arn"])])
            }
        }
    }
}
