import Kernel
import Store

/// SetSecurityTokenServicePreferences. Tokens of both versions are valid in every Region here; the version is what
/// GetAccountSummary tells.
enum TokenPreferences {
    struct Input: Codable, Sendable { var GlobalEndpointTokenVersion: String }

    static func register(in operations: inout Operations) {
        operations.on("SetSecurityTokenServicePreferences") { (input: Input, context) in
            try await context.store.write { txn in
                let key = AccountRecord.key(context.account)
                var record = try txn.record(AccountRecord.self, key) ?? AccountRecord()
                record.tokenVersion = input.GlobalEndpointTokenVersion == "v2Token" ? 2 : 1
                try txn.put(key, record)
                return Nothing()
            }
        }
    }
}
