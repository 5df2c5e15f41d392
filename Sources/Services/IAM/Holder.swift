import Documents
import Kernel
import Policy
import Store

/// What has a name, a path and an ARN.
protocol NamedRecord: Stored {
    /// `user`, as error texts and ARNs have it.
    static var kind: String { get }
    static func key(_ account: String, _ name: String) -> Key
    static func all(in account: String) -> Key
    var account: String { get }
    var name: String { get }
    var path: String { get }
    var arn: String { get }
}

/// What operations name by one member.
protocol Nameable: SendableMetatype {
    /// The member, `UserName`.
    static var nameMember: String { get }
}

/// A user, role or group: what policies are put into or attached to.
protocol PolicyHolder: NamedRecord, Nameable {
    /// The size of all its inline policies together, without white space.
    static var inlineMax: Int { get }
    var inlinePolicies: [String: String] { get set }
    var attachedPolicies: [String] { get set }
    /// - Throws: ``IAMFault/protectedRole(_:)`` for what only AWS changes.
    func mustBeModifiable() throws
}

extension PolicyHolder {
    func mustBeModifiable() throws {}
}

/// A user or role: what acts.
protocol Actor: PolicyHolder {
    var boundary: String? { get set }
    var tags: TagList { get set }
}

extension UserRecord: Actor {
    static var kind: String { "user" }
    static var nameMember: String { "UserName" }
    static var inlineMax: Int { PolicyLimit.userInlineMax }
}

extension RoleRecord: Actor {
    static var kind: String { "role" }
    static var nameMember: String { "RoleName" }
    static var inlineMax: Int { PolicyLimit.roleInlineMax }
    var isServiceLinked: Bool { path.hasPrefix(ServiceLinkedRoles.path) }
    func mustBeModifiable() throws {
        if isServiceLinked { throw IAMFault.protectedRole(name) }
    }
}

extension GroupRecord: PolicyHolder {
    static var kind: String { "group" }
    static var nameMember: String { "GroupName" }
    static var inlineMax: Int { PolicyLimit.groupInlineMax }
}

extension ManagedPolicyRecord: NamedRecord {
    static var kind: String { "policy" }
}

extension Snapshot {
    /// - Throws: ``IAMFault/notFound(kind:name:)``
    func find<Record: NamedRecord>(_ type: Record.Type, _ account: String, _ name: String) throws -> Record {
        guard let record = try record(type, Record.key(account, name)) else {
            throw IAMFault.notFound(kind: Record.kind, name: name)
        }
        return record
    }
}

extension Transaction {
    func save(_ record: some NamedRecord) throws { try put(type(of: record).key(record.account, record.name), record) }
    func remove(_ record: some NamedRecord) throws { try delete(type(of: record).key(record.account, record.name)) }

    /// - Throws: ``IAMFault/exists(kind:name:)``
    func mustBeFree<Record: NamedRecord>(_ type: Record.Type, _ account: String, _ name: String) throws {
        if try contains(Record.key(account, name)) { throw IAMFault.exists(kind: Record.kind, name: name) }
    }
}

/// The input of an operation on a named thing: its name under the thing's own member, and `Rest`.
struct Of<Holder: Nameable, Rest: Codable & Sendable>: Codable, Sendable {
    var name: String
    var rest: Rest

    init(_ name: String, _ rest: Rest) { (self.name, self.rest) = (name, rest) }

    init(from decoder: any Decoder) throws {
        name = try decoder.container(keyedBy: MemberName.self).decode(String.self, forKey: MemberName(Holder.nameMember))
        rest = try Rest(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        try rest.encode(to: encoder)
        var container = encoder.container(keyedBy: MemberName.self)
        try container.encode(name, forKey: MemberName(Holder.nameMember))
    }
}

struct MemberName: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

struct PageInput: Codable, Sendable {
    var Marker: String?
    var MaxItems: Int?
}

struct PathPageInput: Codable, Sendable {
    var PathPrefix: String?
    var Marker: String?
    var MaxItems: Int?
}
