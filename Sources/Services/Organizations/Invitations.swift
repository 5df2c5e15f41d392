import Documents
import Kernel
import Store

/// InviteAccountToOrganization, EnableAllFeatures: what opens a handshake.
enum Invitations {
    struct Party: Codable, Sendable {
        var Id: String
        var `Type`: String
    }
    struct Invite: Codable, Sendable {
        var Target: Party
        var Notes: String?
        var Tags: [Tag]?
    }
    struct Output: Codable, Sendable { var Handshake: HandshakeShape }

    static func register(in operations: inout Operations) {
        operations.on("InviteAccountToOrganization") { (input: Invite, context) in try await invite(input, context) }
        operations.on("EnableAllFeatures") { (_: Nothing, context) in try await enableAllFeatures(context) }
    }

    private static func invite(_ input: Invite, _ context: Context) async throws -> Output {
        let tags = try TagList(input.Tags)
        return try await context.changing { transaction, membership in
            let target: String
            switch input.Target.Type {
            case "ACCOUNT":
                guard AccountProfile.isAccount(input.Target.Id) else {
                    throw OrganizationsFault.invalid(.target, "You provided a value that does not match the required pattern.")
                }
                target = input.Target.Id
            case "EMAIL":
                guard let account = try transaction.account(ofEmail: input.Target.Id) else {
                    throw OrganizationsFault.invalid(
                        .email, "You specified an invalid email address for the invited account owner.")
                }
                target = account
            default:
                throw OrganizationsFault.invalid(
                    .partyType,
                    "You specified the wrong type of entity (account, organization, or "
                        + "email) as a party.")
            }
            guard try transaction.member(target, in: membership.id) == nil else {
                throw OrganizationsFault.handshake(.alreadyInOrganization)
            }
            let open = try transaction.handshakes(HandshakeRecord.ofOrganization(membership.id)).filter {
                $0.action == .invite && $0.state(at: context.now) == .open
            }
            guard !open.contains(where: { $0.target == target }) else { throw OrganizationsFault.plain(.duplicateHandshake) }
            guard open.count < Limit.openHandshakes else { throw OrganizationsFault.handshake(.handshakeRate) }
            guard try transaction.everything(.account, in: membership.id).count < Limit.accounts else {
                throw OrganizationsFault.handshake(.accountNumber)
            }
            var handshake = Self.handshake(.invite, of: membership, to: target, context)
            (handshake.targetName, handshake.isEmail) = (input.Target.Id, input.Target.Type == "EMAIL")
            (handshake.notes, handshake.tags) = (input.Notes, tags)
            try transaction.open(handshake, on: context.platform)
            return Output(Handshake: HandshakeShape(handshake, at: context.now))
        }
    }

    /// Accounts that were created need not be asked; the management account's acceptance ends it.
    private static func enableAllFeatures(_ context: Context) async throws -> Output {
        try await context.changing { transaction, membership in
            guard !membership.organization.hasAllFeatures else { throw OrganizationsFault.handshake(.alreadyAllFeatures) }
            let isPending = try transaction.handshakes(HandshakeRecord.ofOrganization(membership.id)).contains {
                $0.action == .enableAllFeatures && $0.state(at: context.now) == .open
            }
            guard !isPending else { throw OrganizationsFault.handshake(.pendingAllFeatures) }
            let invited = try transaction.members(in: membership.id).filter {
                $0.method == .invited && $0.account != membership.organization.managementAccount
            }
            guard invited.isEmpty else { throw OrganizationsFault.notBuilt("EnableAllFeatures with invited accounts") }
            let handshake = Self.handshake(
                .enableAllFeatures, of: membership, to: membership.organization.managementAccount, context)
            try transaction.open(handshake, on: context.platform)
            return Output(Handshake: HandshakeShape(handshake, at: context.now))
        }
    }

    private static func handshake(
        _ action: HandshakeRecord.Action, of membership: Membership, to target: String, _ context: Context
    ) -> HandshakeRecord {
        let organization = membership.organization
        return HandshakeRecord(
            id: NewID.handshake(), action: action, organization: organization.id, management: organization.managementAccount,
            managementEmail: organization.managementEmail, managementName: membership.member.name,
            featureSet: organization.hasAllFeatures ? "ALL" : "CONSOLIDATED_BILLING", target: target, targetName: target,
            isEmail: false, tags: [:], requested: context.now, expires: context.now + Limit.handshakeLife)
    }
}
