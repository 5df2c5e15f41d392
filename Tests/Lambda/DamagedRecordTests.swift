import Documents
import Kernel
import Store
import TestSupport
import Testing

@testable import Lambda

/// A store that fails is not a function that is missing.
@Suite struct DamagedRecordTests {
    private static let arn = "arn:aws:lambda:us-east-1:000000000000:function:f"

    @Test func whatCannotBeReadIsNoFunctionThatIsMissing() async throws {
        let service = LambdaService()
        try await TestPlatform.with([service, FakeSTS()]) { tarn in
            #expect(try await service.resource(Self.arn, in: tarn.platform) == nil)
            let name = try FunctionName("f", account: "000000000000", region: "us-east-1")
            try await tarn.platform.store.write { try $0.put(name.key, [0xFF]) }
            await #expect(throws: StoreError.self) { _ = try await service.resource(Self.arn, in: tarn.platform) }
            await #expect(throws: StoreError.self) { _ = try await tarn.platform.store.read { try name.found(in: $0) } }
        }
    }

    @Test func provisionedConcurrencyDoesNotPassOverAStoreThatFails() async throws {
        let service = LambdaService()
        try await TestPlatform.with([service, FakeSTS()]) { tarn in
            let record = ProvisionedRecord(
                account: "000000000000", region: "us-east-1", function: "f", qualifier: "1", requested: 1,
                modified: TestPlatform.epoch)
            let name = try #require(record.name)
            try await tarn.platform.store.write { try $0.put(ProvisionedRecord.key(name, "1"), record) }
            // Deleted meanwhile: nothing to be ready.
            try await service.settleProvisioned(name, tarn.platform)
            try await tarn.platform.store.write { try $0.put(name.key, [0xFF]) }
            await #expect(throws: StoreError.self) { try await service.settleProvisioned(name, tarn.platform) }
        }
    }
}
