import Store
import Synchronization

/// What organizations lay on accounts, remembered in memory: authorization asks for it on every call.
///
/// One generation number guards it. A result is kept only if no organization changed while it was read, so a call that
/// begins after a change was answered sees that change. One process only: another process's writes would not be seen.
final class OrganizationDirectory: Sendable {
    enum Limit {
        /// Accounts remembered at once; more begin anew.
        static let accounts = 10_000
        /// Units above an account: AWS allows five levels; more means a damaged record.
        static let depth = 16
    }
    private struct State {
        var generation: UInt64 = 0
        /// Whether there is any organization at all; nil until looked up. Without one nothing else is read.
        var isInUse: Bool?
        var accounts: [String: OrganizationControls] = [:]
    }
    private let store: any KeyValueStore
    private let state = Mutex(State())

    init(store: any KeyValueStore) { self.store = store }

    func changed() {
        state.withLock { $0 = State(generation: $0.generation + 1) }
    }

    func controls(of account: String) async throws -> OrganizationControls {
        let (generation, known) = state.withLock { state in
            (state.generation, state.isInUse == false ? OrganizationControls() : state.accounts[account])
        }
        if let known { return known }
        let (isInUse, controls) = try await store.read { snapshot in
            var isInUse = false
            try snapshot.scan(OrganizationRecord.all, limit: 1) { _, _ in
                isInUse = true
                return false
            }
            return (isInUse, isInUse ? try Self.read(account, in: snapshot) : OrganizationControls())
        }
        state.withLock { state in
            guard state.generation == generation else { return }
            state.isInUse = isInUse
            guard isInUse else { return }
            if state.accounts.count >= Limit.accounts { state.accounts = [:] }
            state.accounts[account] = controls
        }
        return controls
    }

    private static func read(_ account: String, in snapshot: Snapshot) throws -> OrganizationControls {
        var controls = OrganizationControls()
        guard let member = try snapshot.record(OrganizationMemberRecord.self, OrganizationMemberRecord.key(account)),
            let organization = try snapshot.record(OrganizationRecord.self, OrganizationRecord.key(member.organization))
        else { return controls }
        var targets = [account]
        var above: [String] = []
        var parent = member.parent
        while parent != organization.root {
            guard above.count < Limit.depth,
                let unit = try snapshot.record(
                    OrganizationUnitRecord.self, OrganizationUnitRecord.key(organization.id, parent))
            else { throw StoreError.corrupt("organization \(organization.id): no way from \(account) to the root") }
            above.append(parent)
            parent = unit.parent
        }
        above.append(organization.root)
        targets += above
        controls.id = organization.id
        controls.path = ([organization.id] + above.reversed()).joined(separator: "/") + "/"
        // Neither kind of policy touches the management account (Organizations User Guide, "Service control policies").
        guard account != organization.managementAccount else { return controls }
        let levels = try targets.reversed().map { target in
            try snapshot.record(OrganizationAttachments.self, OrganizationAttachments.key(organization.id, target))
                ?? OrganizationAttachments()
        }
        func policies(_ kind: OrganizationDefaultPolicy) throws -> [[IdentityPolicies.Named]] {
            guard organization.policyTypes.contains(kind.type) else { return [] }
            return try levels.map { level in
                try (level.byType[kind.type] ?? []).map { try policy($0, of: organization.id, in: snapshot) }
            }
        }
        controls.serviceControl = try policies(.serviceControl)
        controls.resourceControl = try policies(.resourceControl)
        // A closed account keeps its resources and can use none of them: a level that allows nothing.
        if member.status == .suspended { controls.serviceControl.append([]) }
        return controls
    }

    private static func policy(
        _ id: String, of organization: String, in snapshot: Snapshot
    ) throws -> IdentityPolicies.Named {
        if let known = OrganizationDefaultPolicy(rawValue: id) {
            return IdentityPolicies.Named(name: id, json: known.json)
        }
        // A policy that is attached and gone must not open what it closed.
        guard
            let record = try snapshot.record(
                OrganizationPolicyRecord.self, OrganizationPolicyRecord.key(organization, id))
        else { throw StoreError.corrupt("organization \(organization): attached policy \(id) is missing") }
        return IdentityPolicies.Named(name: id, json: record.content)
    }
}
