import Documents
import FunctionEngine
import Kernel
import Store

/// GetAccountSettings: an account's limits in a Region, and what it uses of them.
extension LambdaService {
    struct AccountSettings: Encodable, Sendable {
        struct Limits: Encodable, Sendable {
            /// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
            var TotalCodeSize: Int64 = 80_530_636_800
            var CodeSizeUnzipped: Int64 = 262_144_000
            var CodeSizeZipped: Int64 = 52_428_800
            var ConcurrentExecutions = FunctionEngine.Limit.concurrency
            var UnreservedConcurrentExecutions: Int
        }
        struct Usage: Encodable, Sendable {
            var TotalCodeSize: Int64
            var FunctionCount: Int64
        }
        var AccountLimit: Limits
        var AccountUsage: Usage
    }

    func getAccountSettings(_ input: Nothing, _ context: Context) async throws -> AccountSettings {
        let (account, region) = (KeyElement.text(context.account), KeyElement.text(context.region))
        return try await context.store.read { snapshot in
            var (size, count, reserved) = (Int64(0), Int64(0), 0)
            try snapshot.records(FunctionRecord.self, Key(.lambdaFunction, account, region)) { _, record in
                size += record.codeSize
                count += 1
                reserved += record.reservedConcurrency ?? 0
                return true
            }
            try snapshot.records(FunctionRecord.self, Key(.lambdaVersion, account, region)) { _, record in
                size += record.codeSize
                return true
            }
            try snapshot.scan(Key(.lambdaLayer, account, region)) { key, value in
                // The counter of a layer's versions stands where version 0 would.
                if try key.elements().last != .integer(0) { size += try LayerRecord(stored: value).codeSize }
                return true
            }
            return AccountSettings(
                AccountLimit: .init(UnreservedConcurrentExecutions: FunctionEngine.Limit.concurrency - reserved),
                AccountUsage: .init(TotalCodeSize: size, FunctionCount: count))
        }
    }
}
