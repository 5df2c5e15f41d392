import Documents
import Kernel

/// AttachUserPolicy, DetachRolePolicy, ListAttachedGroupPolicies and their like.
enum Attachments<Holder: PolicyHolder> {
    struct Input: Codable, Sendable { var PolicyArn: String }
    struct Attached: Codable, Sendable {
        var PolicyName: String
        var PolicyArn: String
    }
    struct List: Codable, Sendable {
        var AttachedPolicies: [Attached]
        var IsTruncated: Bool
        var Marker: String?
    }

    static func register(_ word: String, in operations: inout Operations) {
        operations.on("Attach\(word)Policy") { (input: Of<Holder, Input>, context) in
            try await context.store.write { txn in
                var holder = try txn.find(Holder.self, context.account, input.name)
                try holder.mustBeModifiable()
                let arn = input.rest.PolicyArn
                try txn.mustBeAttachable(arn, in: context.account)
                guard !holder.attachedPolicies.contains(arn) else { return Nothing() }
                guard holder.attachedPolicies.count < Limit.attachedPolicies else {
                    throw IAMFault.quota(name: "PoliciesPer\(word)", limit: Limit.attachedPolicies)
                }
                holder.attachedPolicies.append(arn)
                try txn.put(PolicyUse.attached.key(arn, holder), [UInt8]())
                try txn.save(holder)
                return Nothing()
            }
        }
        operations.on("Detach\(word)Policy") { (input: Of<Holder, Input>, context) in
            try await context.store.write { txn in
                var holder = try txn.find(Holder.self, context.account, input.name)
                try holder.mustBeModifiable()
                let arn = input.rest.PolicyArn
                guard let index = holder.attachedPolicies.firstIndex(of: arn) else { throw IAMFault.policyNotFound(arn: arn) }
                holder.attachedPolicies.remove(at: index)
                try txn.delete(PolicyUse.attached.key(arn, holder))
                try txn.save(holder)
                return Nothing()
            }
        }
        operations.on("ListAttached\(word)Policies") { (input: Of<Holder, PathPageInput>, context) in
            let request = try PageRequest(
                input.rest.Marker, input.rest.MaxItems, of: context.list(input.name, input.rest.PathPrefix))
            let holder = try await context.store.read { try $0.find(Holder.self, context.account, input.name) }
            let prefix = "policy" + (input.rest.PathPrefix ?? "/")
            let arns = holder.attachedPolicies.filter { ARN($0)?.resource.hasPrefix(prefix) ?? false }
            let page = Page(of: arns, request, name: { $0 })
            let items = page.items.map { arn in
                Attached(PolicyName: arn.split(separator: "/").last.map(String.init) ?? arn, PolicyArn: arn)
            }
            return List(AttachedPolicies: items, IsTruncated: page.isTruncated, Marker: page.marker)
        }
    }
}
