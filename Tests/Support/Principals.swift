import Kernel
import Store

extension TestPlatform {
    /// The unique ids of users and roles that are kept here, as long as IAM's.
    public static func userID(_ name: String) -> String { id("AIDA", name) }
    public static func roleID(_ name: String) -> String { id("AROA", name) }
    private static func id(_ kind: String, _ name: String) -> String {
        kind + name.uppercased() + String(repeating: "X", count: max(0, 17 - name.utf8.count))
    }

    /// Gives the users and roles of ARNs (without a path) their records, so that policies and grants may name them.
    public func keepPrincipals(_ arns: String...) async throws {
        try await platform.store.write { transaction in
            for arn in arns.compactMap({ ARN($0) }) {
                let parts = arn.resource.split(separator: "/").map(String.init)
                guard parts.count == 2 else { continue }
                if parts[0] == "user" {
                    let user = UserRecord(
                        account: arn.account, name: parts[1], path: "/", id: Self.userID(parts[1]), created: Self.epoch)
                    try transaction.put(UserRecord.key(arn.account, parts[1]), user)
                } else {
                    let role = RoleRecord(
                        account: arn.account, name: parts[1], path: "/", id: Self.roleID(parts[1]), created: Self.epoch,
                        trustPolicy: "{}")
                    try transaction.put(RoleRecord.key(arn.account, parts[1]), role)
                }
            }
        }
    }
}
