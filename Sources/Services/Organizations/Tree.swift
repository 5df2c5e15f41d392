import Kernel
import Store

/// What can hang below a root or unit.
enum ChildKind: String, Codable, Sendable {
    case account = "ACCOUNT"
    case unit = "ORGANIZATIONAL_UNIT"
}

/// The tree: roots, units, accounts.
extension Snapshot {
    func unit(_ id: String, in organization: String) throws -> OrganizationUnitRecord? {
        try record(OrganizationUnitRecord.self, OrganizationUnitRecord.key(organization, id))
    }

    /// An account, if it belongs to this organization.
    func member(_ account: String, in organization: String) throws -> OrganizationMemberRecord? {
        let found = try record(OrganizationMemberRecord.self, OrganizationMemberRecord.key(account))
        return found?.organization == organization ? found : nil
    }

    func isParent(_ id: String, in organization: OrganizationRecord) throws -> Bool {
        try id == organization.root || unit(id, in: organization.id) != nil
    }

    /// Ids below a parent, sorted.
    func children(_ kind: ChildKind, of parent: String, in organization: String) throws -> [String] {
        var found: [String] = []
        try scan(Child.all(kind, of: parent, in: organization)) { key, _ in
            guard case .text(let id)? = try key.elements().last else { throw StoreError.corrupt("organization's child") }
            found.append(id)
            return true
        }
        return found
    }

    /// Every account or unit of the organization, sorted by id.
    func everything(_ kind: ChildKind, in organization: String) throws -> [String] {
        var found: [String] = []
        try scan(Key(.organizationChild, .text(organization))) { key, _ in
            let elements = try key.elements()
            guard elements.count == 4, case .text(let text) = elements[2], case .text(let id) = elements[3] else {
                throw StoreError.corrupt("organization's child")
            }
            if text == kind.rawValue { found.append(id) }
            return true
        }
        return found.sorted()
    }

    func members(in organization: String) throws -> [OrganizationMemberRecord] {
        try everything(.account, in: organization).compactMap { try member($0, in: organization) }
    }

    /// The units from the one below the root to `id` itself; empty for the root.
    func units(to id: String, in organization: OrganizationRecord) throws -> [OrganizationUnitRecord] {
        var above: [OrganizationUnitRecord] = []
        var next = id
        while next != organization.root {
            guard let unit = try unit(next, in: organization.id), above.count <= Limit.depth else {
                throw StoreError.corrupt("organization \(organization.id): no way from \(id) to the root")
            }
            above.append(unit)
            next = unit.parent
        }
        return above.reversed()
    }

    /// `o-.../r-.../ou-.../`, with the account at the end if there is one.
    func path(_ organization: OrganizationRecord, to parent: String, account: String? = nil) throws -> String {
        let units = try units(to: parent, in: organization).map(\.id)
        return ([organization.id, organization.root] + units + (account.map { [$0] } ?? [])).joined(separator: "/") + "/"
    }
}

/// The row that puts a child under its parent; it has no value.
enum Child {
    static func all(_ kind: ChildKind, of parent: String, in organization: String) -> Key {
        Key(.organizationChild, .text(organization), .text(parent), .text(kind.rawValue))
    }
    static func key(_ kind: ChildKind, _ id: String, of parent: String, in organization: String) -> Key {
        all(kind, of: parent, in: organization).appending(.text(id))
    }
}

extension Transaction {
    /// Puts an account into an organization, with the policies that everything in it begins with.
    func admit(_ member: OrganizationMemberRecord, to organization: OrganizationRecord) throws {
        try save(member)
        try put(Child.key(.account, member.account, of: member.parent, in: organization.id), [])
        try attachDefaults(to: member.account, in: organization)
    }

    /// Takes an account out, with what was attached to it.
    func dismiss(_ member: OrganizationMemberRecord) throws {
        try delete(OrganizationMemberRecord.key(member.account))
        try delete(Child.key(.account, member.account, of: member.parent, in: member.organization))
        try detachAll(from: member.account, in: member.organization)
    }
}
