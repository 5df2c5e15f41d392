import Documents
import Kernel
import Store

/// AttachPolicy, DetachPolicy, ListPoliciesForTarget, ListTargetsForPolicy.
enum PolicyAttachments {
    struct Input: Codable, Sendable {
        var PolicyId: String
        var TargetId: String
    }
    struct ForTarget: Codable, Sendable {
        var TargetId: String
        var Filter: String
        var NextToken: String?
        var MaxResults: Int?
    }
    struct ForPolicy: Codable, Sendable {
        var PolicyId: String
        var NextToken: String?
        var MaxResults: Int?
    }
    struct Target: Codable, Sendable {
        var TargetId: String
        var Arn: String
        var Name: String
        var `Type`: String
    }
    struct Targets: Codable, Sendable {
        var Targets: [Target]
        var NextToken: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("AttachPolicy") { (input: Input, context) in
            try await context.changing { transaction, membership in
                let (policy, attached) = try found(input, membership, transaction)
                guard !attached.contains(policy.id) else { throw OrganizationsFault.plain(.duplicateAttachment) }
                guard attached.count < PolicyContent.attachedMax(policy.type) else {
                    throw OrganizationsFault.violation(.maxAttached)
                }
                try transaction.attach(policy.id, policy.type, to: input.TargetId, in: membership.id)
                return Nothing()
            }
        }
        operations.on("DetachPolicy") { (input: Input, context) in
            try await context.changing { transaction, membership in
                let (policy, attached) = try found(input, membership, transaction)
                guard attached.contains(policy.id) else { throw OrganizationsFault.plain(.notAttached) }
                guard policy.id != OrganizationDefaultPolicy.resourceControl.rawValue else {
                    throw OrganizationsFault.invalid(.nonDetachable, "You can't detach the policy RCPFullAWSAccess.")
                }
                // Something must always allow.
                guard policy.type != PolicyContent.serviceControl || attached.count > 1 else {
                    throw OrganizationsFault.violation(.minAttached)
                }
                try transaction.detach(policy.id, policy.type, from: input.TargetId, in: membership.id)
                return Nothing()
            }
        }
        operations.on("ListPoliciesForTarget") { (input: ForTarget, context) in
            try await context.reading { snapshot, membership in
                guard try target(input.TargetId, membership.organization, snapshot) != nil else {
                    throw OrganizationsFault.plain(.targetNotFound)
                }
                let ids = try snapshot.attached(input.Filter, to: input.TargetId, in: membership.id).sorted()
                let page = try Page(
                    ids, after: input.NextToken, max: input.MaxResults, of: context.list(input.TargetId, input.Filter), id: { $0 }
                )
                let summaries = try page.items.map {
                    Policies.Summary(try snapshot.policy($0, in: membership.id), in: membership.organization)
                }
                return Policies.Listed(Policies: summaries, NextToken: page.token)
            }
        }
        operations.on("ListTargetsForPolicy") { (input: ForPolicy, context) in
            try await context.reading { snapshot, membership in
                let policy = try snapshot.policy(input.PolicyId, in: membership.id)
                let ids = try snapshot.targets(of: policy.id, in: membership.id)
                let page = try Page(
                    ids, after: input.NextToken, max: input.MaxResults, of: context.list(input.PolicyId), id: { $0 })
                return Targets(
                    Targets: try page.items.compactMap { try target($0, membership.organization, snapshot) },
                    NextToken: page.token)
            }
        }
    }

    /// The policy, and what of its type is attached to the target.
    private static func found(
        _ input: Input, _ membership: Membership, _ snapshot: Snapshot
    ) throws -> (OrganizationPolicyRecord, [String]) {
        let policy = try snapshot.policy(input.PolicyId, in: membership.id)
        guard try target(input.TargetId, membership.organization, snapshot) != nil else {
            throw OrganizationsFault.plain(.targetNotFound)
        }
        guard membership.organization.policyTypes.contains(policy.type) else {
            throw OrganizationsFault.plain(.typeNotEnabled)
        }
        return (policy, try snapshot.attached(policy.type, to: input.TargetId, in: membership.id))
    }

    static func target(_ id: String, _ organization: OrganizationRecord, _ snapshot: Snapshot) throws -> Target? {
        if id == organization.root {
            return Target(TargetId: id, Arn: organization.arn("root/\(id)"), Name: "Root", Type: "ROOT")
        }
        if let unit = try snapshot.unit(id, in: organization.id) {
            return Target(TargetId: id, Arn: organization.arn("ou/\(id)"), Name: unit.name, Type: ChildKind.unit.rawValue)
        }
        return try snapshot.member(id, in: organization.id).map { member in
            Target(TargetId: id, Arn: organization.arn("account/\(id)"), Name: member.name, Type: ChildKind.account.rawValue)
        }
    }
}

extension Snapshot {
    func attachments(of target: String, in organization: String) throws -> OrganizationAttachments {
        try record(OrganizationAttachments.self, OrganizationAttachments.key(organization, target)) ?? OrganizationAttachments()
    }

    /// Ids of the policies of one type, in the order of attachment.
    func attached(_ type: String, to target: String, in organization: String) throws -> [String] {
        try attachments(of: target, in: organization).byType[type] ?? []
    }

    func targets(of policy: String, in organization: String) throws -> [String] {
        var found: [String] = []
        try scan(OrganizationAttachments.targets(of: policy, in: organization)) { key, _ in
            guard case .text(let id)? = try key.elements().last else { throw StoreError.corrupt("policy's target") }
            found.append(id)
            return true
        }
        return found
    }
}

extension Transaction {
    func attach(_ policy: String, _ type: String, to target: String, in organization: String) throws {
        var attachments = try attachments(of: target, in: organization)
        attachments.byType[type, default: []].append(policy)
        try put(OrganizationAttachments.key(organization, target), attachments)
        try put(OrganizationAttachments.targets(of: policy, in: organization).appending(.text(target)), [UInt8]())
    }

    func detach(_ policy: String, _ type: String, from target: String, in organization: String) throws {
        var attachments = try attachments(of: target, in: organization)
        attachments.byType[type]?.removeAll { $0 == policy }
        try put(OrganizationAttachments.key(organization, target), attachments)
        try delete(OrganizationAttachments.targets(of: policy, in: organization).appending(.text(target)))
    }

    /// What everything in the organization begins with, for the types that are enabled.
    func attachDefaults(to target: String, in organization: OrganizationRecord) throws {
        for type in organization.policyTypes {
            guard let policy = OrganizationDefaultPolicy.of(type: type) else { continue }
            try attach(policy.rawValue, type, to: target, in: organization.id)
        }
    }

    /// Detaches the policies of one type, or all.
    func detachAll(_ type: String? = nil, from target: String, in organization: String) throws {
        for (kind, policies) in try attachments(of: target, in: organization).byType where type == nil || kind == type {
            for policy in policies { try detach(policy, kind, from: target, in: organization) }
        }
        if type == nil { try delete(OrganizationAttachments.key(organization, target)) }
    }
}
