import Documents
import Kernel
import Store

/// AcceptHandshake, DeclineHandshake, CancelHandshake, DescribeHandshake, ListHandshakesForAccount,
/// ListHandshakesForOrganization. The asked account need not belong to an organization yet.
enum Handshakes {
    struct Input: Codable, Sendable { var HandshakeId: String }
    struct Filter: Codable, Sendable {
        var ActionType: String?
        var ParentHandshakeId: String?
    }
    struct List: Codable, Sendable {
        var Filter: Filter?
        var NextToken: String?
        var MaxResults: Int?
    }
    struct Listed: Codable, Sendable {
        var Handshakes: [HandshakeShape]
        var NextToken: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("AcceptHandshake") { (input: Input, context) in
            try await change(input, .accepted, by: \.target, context) { handshake, transaction in
                switch handshake.action {
                case .invite: try join(handshake, context, transaction)
                case .enableAllFeatures:
                    let key = OrganizationRecord.key(handshake.organization)
                    guard var organization = try transaction.record(OrganizationRecord.self, key) else {
                        throw OrganizationsFault.plain(.handshakeNotFound)
                    }
                    organization.hasAllFeatures = true
                    try transaction.save(organization)
                }
                transaction.announce(on: context.platform)
            }
        }
        operations.on("DeclineHandshake") { (input: Input, context) in
            try await change(input, .declined, by: \.target, context) { _, _ in }
        }
        operations.on("CancelHandshake") { (input: Input, context) in
            try await change(input, .canceled, by: \.management, context) { _, _ in }
        }
        operations.on("DescribeHandshake") { (input: Input, context) in
            try await context.store.read { snapshot in
                Invitations.Output(
                    Handshake: HandshakeShape(try found(input.HandshakeId, context, snapshot), at: context.now))
            }
        }
        operations.on("ListHandshakesForAccount") { (input: List, context) in
            try await context.store.read { snapshot in
                try listed(try snapshot.handshakes(HandshakeRecord.ofAccount(context.account)), input, context)
            }
        }
        operations.on("ListHandshakesForOrganization") { (input: List, context) in
            try await context.reading { snapshot, membership in
                try listed(try snapshot.handshakes(HandshakeRecord.ofOrganization(membership.id)), input, context)
            }
        }
        operations.timer(HandshakeRecord.timer) { timer, platform in
            guard let id = timer.payload["handshake"]?.string else { return }
            let now = platform.clock.now()
            try await platform.store.write { transaction in
                guard var handshake = try transaction.record(HandshakeRecord.self, HandshakeRecord.key(id)) else { return }
                if handshake.state == .open {
                    guard now >= handshake.expires else { return }
                    try transaction.end(&handshake, .expired, at: now, on: platform)
                } else if let ended = handshake.ended, now >= ended + Limit.handshakeMemory {
                    try transaction.forget(handshake)
                }
            }
        }
    }

    /// A handshake that the caller is a party of; others don't learn that it exists.
    private static func found(_ id: String, _ context: Context, _ snapshot: Snapshot) throws -> HandshakeRecord {
        guard let handshake = try snapshot.record(HandshakeRecord.self, HandshakeRecord.key(id)),
            context.account == handshake.management || context.account == handshake.target
        else { throw OrganizationsFault.plain(.handshakeNotFound) }
        return handshake
    }

    private static func change(
        _ input: Input, _ state: HandshakeRecord.State, by party: @escaping @Sendable (HandshakeRecord) -> String,
        _ context: Context, _ body: @escaping @Sendable (HandshakeRecord, Transaction) throws -> Void
    ) async throws -> Invitations.Output {
        try await context.store.write { transaction in
            var handshake = try found(input.HandshakeId, context, transaction)
            guard party(handshake) == context.account else { throw OrganizationsFault.plain(.accessDenied) }
            let present = handshake.state(at: context.now)
            guard present != state else { throw OrganizationsFault.plain(.handshakeInState) }
            guard present == .open else { throw OrganizationsFault.plain(.handshakeTransition) }
            try body(handshake, transaction)
            try transaction.end(&handshake, state, at: context.now, on: context.platform)
            return Invitations.Output(Handshake: HandshakeShape(handshake, at: context.now))
        }
    }

    private static func join(_ handshake: HandshakeRecord, _ context: Context, _ transaction: Transaction) throws {
        guard try !transaction.contains(OrganizationMemberRecord.key(context.account)) else {
            throw OrganizationsFault.handshake(.alreadyInOrganization)
        }
        let key = OrganizationRecord.key(handshake.organization)
        guard let organization = try transaction.record(OrganizationRecord.self, key) else {
            throw OrganizationsFault.plain(.handshakeNotFound)
        }
        guard try transaction.everything(.account, in: organization.id).count < Limit.accounts else {
            throw OrganizationsFault.handshake(.accountNumber)
        }
        let profile = try transaction.profile(of: context.account)
        var member = OrganizationMemberRecord(
            account: context.account, organization: organization.id, parent: organization.root, name: profile.name,
            email: profile.email, method: .invited, joined: context.now)
        member.tags = handshake.tags
        try transaction.admit(member, to: organization)
    }

    private static func listed(_ all: [HandshakeRecord], _ input: List, _ context: Context) throws -> Listed {
        if input.Filter?.ActionType != nil, input.Filter?.ParentHandshakeId != nil {
            throw OrganizationsFault.invalid(.filter, "You can specify ActionType or ParentHandshakeId, but not both.")
        }
        // No handshake here has a parent.
        let fitting = all.filter { handshake in
            input.Filter?.ParentHandshakeId == nil && (input.Filter?.ActionType.map { $0 == handshake.action.rawValue } ?? true)
        }
        let page = try Page(
            fitting, after: input.NextToken, max: input.MaxResults, of: context.list(input.Filter?.ActionType), id: \.id)
        return Listed(Handshakes: page.items.map { HandshakeShape($0, at: context.now) }, NextToken: page.token)
    }
}
