import Documents
import Policy
import Store

/// The users, roles and services that a resource's policy names. Who writes a policy must name such as exist; an account's
/// root stands for whatever the account will have.
///
/// A policy is kept with the unique ids of users and roles in place of their ARNs, and shown with the ARNs that they have
/// now. So one that is deleted and made again under its name has none of what was granted to the first, and the id of the
/// deleted one is what the policy shows
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html, "IAM user principals",
/// "Role principals").
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

    /// Whether the user or role of an ARN or unique id exists. What is neither is taken to, save a misspelled service; of
    /// IAM nothing else is a principal here.
    public static func exists(_ principal: String, _ snapshot: any Snapshot) throws -> Bool {
        if isID(principal) { return try arn(of: principal, snapshot) != nil }
        guard let arn = ARN(principal), arn.service == "iam" else { return !ServicePrincipalNames.isMisspelled(principal) }
        return try arn.resource == "root" || id(of: principal, snapshot) != nil
    }

    // MARK: Unique ids

    /// A policy as it is kept, where all that it names must exist.
    /// - Parameter refusing: the service's error for the first that does not.
    public static func bound(
        _ policy: String, in transaction: any Transaction, refusing: (Stranger) -> any Error
    ) throws -> String {
        if let stranger = try unknown(in: policy, transaction) { throw refusing(stranger) }
        return try bound(policy, in: transaction)
    }

    /// A policy as it is kept.
    /// - Parameter policy: a policy that has been found well formed. Users and roles that there aren't stay as they are.
    public static func bound(_ policy: String, in transaction: any Transaction) throws -> String {
        try PolicyDocument.replacingPrincipals(in: policy) { try bound(principal: $0, in: transaction) }
    }

    /// A principal as it is kept.
    public static func bound(principal: String, in transaction: any Transaction) throws -> String {
        guard let id = try id(of: principal, transaction) else { return principal }
        // Those from before ids were kept have none yet.
        if try !transaction.contains(PrincipalIDRecord.key(id)) { try named(id, principal, in: transaction) }
        return id
    }

    /// A kept policy as it is shown.
    public static func shown(_ policy: String, in snapshot: any Snapshot) throws -> String {
        try PolicyDocument.replacingPrincipals(in: policy) { try shown(principal: $0, in: snapshot) }
    }

    /// A kept principal as it is shown.
    public static func shown(principal: String, in snapshot: any Snapshot) throws -> String {
        try arn(of: principal, snapshot) ?? principal
    }

    /// The unique id of the user or role that an ARN names; nil if there is none.
    public static func id(of principal: String, _ snapshot: any Snapshot) throws -> String? {
        guard let arn = ARN(principal), arn.service == "iam", let name = arn.resource.split(separator: "/").last.map(String.init)
        else { return nil }
        if arn.resource.hasPrefix("user/") {
            let user = try snapshot.record(UserRecord.self, UserRecord.key(arn.account, name))
            return user?.arn == principal ? user?.id : nil
        }
        guard arn.resource.hasPrefix("role/") else { return nil }
        let role = try snapshot.record(RoleRecord.self, RoleRecord.key(arn.account, name))
        return role?.arn == principal ? role?.id : nil
    }

    /// A user or role is new, or has another name or path: policies with its id show this ARN.
    public static func named(_ id: String, _ arn: String, in transaction: any Transaction) throws {
        try transaction.put(PrincipalIDRecord.key(id), PrincipalIDRecord(arn: arn))
    }

    /// A user or role is deleted: policies that mean it show its id.
    public static func deleted(_ id: String, in transaction: any Transaction) throws {
        try transaction.delete(PrincipalIDRecord.key(id))
    }

    private static func isID(_ text: String) -> Bool { text.hasPrefix("AIDA") || text.hasPrefix("AROA") }

    /// The ARN of the user or role with that id; nil for what is none, or is gone.
    private static func arn(of id: String, _ snapshot: any Snapshot) throws -> String? {
        guard isID(id) else { return nil }
        return try snapshot.record(PrincipalIDRecord.self, PrincipalIDRecord.key(id))?.arn
    }
}

extension KeyValueStore {
    /// A kept policy as it is shown (``NamedPrincipals/shown(_:in:)``).
    public func shown(policy: String) async throws -> String { try await read { try NamedPrincipals.shown(policy, in: $0) } }
}

/// The present ARN of the user or role with a unique id.
struct PrincipalIDRecord: Stored, Hashable {
    static let tag: UInt8 = 1
    var arn: String

    static func key(_ id: String) -> Key { Key(.principalID, .text(id)) }
}
