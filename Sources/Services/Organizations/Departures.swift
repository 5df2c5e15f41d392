import Documents
import Kernel
import Store

/// RemoveAccountFromOrganization, LeaveOrganization, CloseAccount.
enum Departures {
    static let closureTimer = "closure"

    static func register(in operations: inout Operations) {
        operations.on("RemoveAccountFromOrganization") { (input: Accounts.Input, context) in
            try await context.changing { transaction, membership in
                guard let member = try transaction.member(input.AccountId, in: membership.id) else {
                    throw OrganizationsFault.plain(.accountNotFound)
                }
                try leave(member, membership.organization, transaction)
                return Nothing()
            }
        }
        operations.on("LeaveOrganization") { (_: Nothing, context) in
            try await context.changing(.member) { transaction, membership in
                try leave(membership.member, membership.organization, transaction)
                return Nothing()
            }
        }
        operations.on("CloseAccount") { (input: Accounts.Input, context) in
            try await context.changing { transaction, membership in
                guard var member = try transaction.member(input.AccountId, in: membership.id) else {
                    throw OrganizationsFault.plain(.accountNotFound)
                }
                guard member.account != membership.organization.managementAccount else {
                    throw OrganizationsFault.violation(.closeManagement)
                }
                guard member.status == .active else { throw OrganizationsFault.plain(.accountClosed) }
                guard member.delegations.isEmpty else { throw OrganizationsFault.violation(.administratorLeaves) }
                member.status = .suspended
                try transaction.save(member)
                try transaction.schedule(
                    TimerRecord(
                        id: "closure \(member.account)", service: OrganizationsService.id, name: closureTimer,
                        due: context.now + Limit.closure, payload: ["account": .string(member.account)]),
                    on: context.platform)
                return Nothing()
            }
        }
        operations.timer(closureTimer) { timer, platform in
            guard let account = timer.payload["account"]?.string else { return }
            try await platform.store.write { transaction in
                guard let member = try transaction.record(OrganizationMemberRecord.self, OrganizationMemberRecord.key(account)),
                    member.status == .suspended
                else { return }
                try transaction.dismiss(member)
                transaction.announce(on: platform)
            }
        }
    }

    private static func leave(
        _ member: OrganizationMemberRecord, _ organization: OrganizationRecord, _ transaction: Transaction
    ) throws {
        guard member.account != organization.managementAccount else {
            throw OrganizationsFault.plain(.managementLeaves)
        }
        guard member.delegations.isEmpty else { throw OrganizationsFault.violation(.administratorLeaves) }
        // A closed account stays until its time is over, so that leaving does not open it again.
        guard member.status == .active else { throw OrganizationsFault.plain(.accountClosed) }
        try transaction.dismiss(member)
    }
}
