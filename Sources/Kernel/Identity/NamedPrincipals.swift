import Documents
import Store

/// The users, roles and services that a resource's policy names. Who writes a policy must name such as exist; an account's
/// root stands for whatever the account will have
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html).
public enum NamedPrincipals {
    /// A principal that there isn't.
    public struct Stranger: Hashable, Sendable {
        /// As IAM's messages name the kind: `AWS`, `SERVICE`.
        public var kind: String
        public var name: String
    }

    /// - Parameter policy: a policy that has been found well formed.
    /// - Returns: the first user or role in `Principal` or `NotPrincipal` that does not exist, or the first misspelled
    ///   service; nil if there is none. Accounts, providers and sessions are not asked for.
    public static func unknown(in policy: String, _ snapshot: any Snapshot) throws -> Stranger? {
        let statement = try JSON.parse(policy)["Statement"]
        for statement in statement?.list ?? statement.map({ [$0] }) ?? [] {
            for element in ["Principal", "NotPrincipal"] {
                for (member, kind) in [("AWS", "AWS"), ("Service", "SERVICE")] {
                    let named = statement[element]?[member]
                    for principal in named?.list ?? named.map({ [$0] }) ?? [] {
                        if let text = principal.string, try !exists(text, snapshot) { return Stranger(kind: kind, name: text) }
                    }
                }
            }
        }
        return nil
    }

    /// Whether the user or role of an ARN exists. What is no ARN of IAM is taken to, save a misspelled service; of IAM nothing
    /// else is a principal here.
    public static func exists(_ principal: String, _ snapshot: any Snapshot) throws -> Bool {
        guard let arn = ARN(principal), arn.service == "iam", let name = arn.resource.split(separator: "/").last.map(String.init)
        else { return !ServicePrincipalNames.isMisspelled(principal) }
        if arn.resource.hasPrefix("user/") {
            return try snapshot.record(UserRecord.self, UserRecord.key(arn.account, name))?.arn == principal
        }
        if arn.resource.hasPrefix("role/") {
            return try snapshot.record(RoleRecord.self, RoleRecord.key(arn.account, name))?.arn == principal
        }
        return arn.resource == "root"
    }
}
