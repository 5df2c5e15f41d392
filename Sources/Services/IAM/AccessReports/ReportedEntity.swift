import Kernel
import Policy
import Store

/// The user, group, role or managed policy that an access report is about: its permissions policies, and who acts by them.
struct ReportedEntity: Sendable {
    struct Policy: Sendable {
        var name: String
        /// Nil for an inline policy.
        var arn: String?
        var json: String
        /// `user`, `role` or `group`, and its name.
        var holder: (kind: String, name: String)?

        func document() throws -> PolicyDocument { try ReportedEntity.document(json) }
    }
    struct Actor: Sendable {
        var kind: String
        var arn: String
        var name: String
        var id: String
        var path: String
    }
    var policies: [Policy] = []
    var actors: [Actor] = []

    /// - Parameter arn: of an entity in the account, or of an AWS managed policy.
    /// - Throws: ``IAMFault/invalidARN(_:)``, ``IAMFault/notFound(kind:name:)``, ``IAMFault/policyNotFound(arn:)``
    init(_ arn: String, in account: String, _ snapshot: Snapshot) throws {
        guard let parsed = ARN(arn), parsed.service == "iam", let slash = parsed.resource.firstIndex(of: "/"),
            let name = parsed.resource.split(separator: "/").last.map(String.init)
        else { throw IAMFault.invalidARN(arn) }
        let kind = String(parsed.resource[..<slash])
        guard parsed.account == account || kind == "policy" && parsed.account == "aws" else {
            throw IAMFault.notFound(kind: kind, name: name)
        }
        func found<Holder: PolicyHolder>(_ type: Holder.Type) throws -> Holder {
            let holder = try snapshot.find(type, account, name)
            guard holder.arn == arn else { throw IAMFault.notFound(kind: kind, name: name) }
            policies += try Self.policies(of: holder, snapshot)
            return holder
        }
        switch kind {
        case "user":
            let user = try found(UserRecord.self)
            actors = [Actor(user)]
            for group in user.groups {
                policies += try Self.policies(of: snapshot.find(GroupRecord.self, account, group), snapshot)
            }
        case "role": actors = [Actor(try found(RoleRecord.self))]
        case "group":
            let group = try found(GroupRecord.self)
            actors = try Self.members(of: group, snapshot)
        case "policy":
            let policy = try snapshot.policy(arn, in: account)
            policies = [Policy(name: policy.name, arn: arn, json: policy.defaultJSON ?? "")]
            actors = try Self.actors(by: arn, account, snapshot)
        default: throw IAMFault.invalidARN(arn)
        }
    }

    /// - Throws: ``IAMFault/malformed(_:)``
    static func document(_ json: String) throws -> PolicyDocument {
        do { return try PolicyDocument(json: json, kind: .identity) } catch { throw IAMFault.malformed(error) }
    }

    private static func policies<Holder: PolicyHolder>(of holder: Holder, _ snapshot: Snapshot) throws -> [Policy] {
        let inline = holder.inlinePolicies.sorted { $0.key < $1.key }
            .map { Policy(name: $0.key, json: $0.value, holder: (Holder.kind, holder.name)) }
        return try inline
            + holder.attachedPolicies.compactMap { arn in
                try StoredIdentities.managedPolicy(arn, in: snapshot).map {
                    Policy(name: arn.split(separator: "/").last.map(String.init) ?? arn, arn: arn, json: $0)
                }
            }
    }

    private static func members(of group: GroupRecord, _ snapshot: Snapshot) throws -> [Actor] {
        try Memberships.users(of: group, in: snapshot).map { Actor(try snapshot.find(UserRecord.self, group.account, $0)) }
    }

    /// Each user and role that the policy is attached to, also by way of a group.
    private static func actors(by policy: String, _ account: String, _ snapshot: Snapshot) throws -> [Actor] {
        var actors: [Actor] = []
        for (kind, name) in try PolicyUse.attached.holders(policy, in: account, snapshot) {
            switch kind {
            case "user": actors.append(Actor(try snapshot.find(UserRecord.self, account, name)))
            case "role": actors.append(Actor(try snapshot.find(RoleRecord.self, account, name)))
            default: actors += try members(of: snapshot.find(GroupRecord.self, account, name), snapshot)
            }
        }
        var seen: Set<String> = []
        return actors.filter { seen.insert($0.arn).inserted }
    }
}

extension ReportedEntity.Actor {
    init(_ user: UserRecord) { self.init(kind: "USER", arn: user.arn, name: user.name, id: user.id, path: user.path) }
    init(_ role: RoleRecord) { self.init(kind: "ROLE", arn: role.arn, name: role.name, id: role.id, path: role.path) }
}
