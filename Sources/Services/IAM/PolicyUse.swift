import Kernel
import Store

/// Who uses a managed policy, kept beside the holders' own lists so that counting needs no search.
enum PolicyUse: String, Sendable {
    case attached, boundary

    /// The row of one use. The row's value is empty.
    func key<Holder: PolicyHolder>(_ arn: String, _ holder: Holder) -> Key {
        all(arn, in: holder.account).appending(.text(Holder.kind), .text(holder.name))
    }

    func all(_ arn: String, in account: String) -> Key {
        Key(.policyUse, .text(account), .text(arn), .text(rawValue))
    }

    func count(_ arn: String, in account: String, _ snapshot: Snapshot) throws -> Int {
        try snapshot.count(all(arn, in: account))
    }

    /// Kind and name of each user of the policy.
    func holders(_ arn: String, in account: String, _ snapshot: Snapshot) throws -> [(kind: String, name: String)] {
        var found: [(kind: String, name: String)] = []
        try snapshot.scan(all(arn, in: account)) { key, _ in
            let elements = try key.elements()
            guard elements.count == 5, case .text(let kind) = elements[3], case .text(let name) = elements[4] else {
                throw StoreError.corrupt("policy use")
            }
            found.append((kind, name))
            return true
        }
        return found
    }
}

extension Snapshot {
    /// The policy must be there to be attached or to bound.
    /// - Throws: ``IAMFault/policyNotAttachable(arn:)``
    func mustBeAttachable(_ arn: String, in account: String) throws {
        guard let parsed = ARN(arn), parsed.service == "iam", parsed.resource.hasPrefix("policy/") else {
            throw IAMFault.invalidARN(arn)
        }
        guard !arn.hasPrefix("arn:aws:iam::aws:policy/aws-service-role/") else { throw IAMFault.serviceRolePolicy }
        guard parsed.account == account || parsed.account == "aws", try StoredIdentities.managedPolicy(arn, in: self) != nil
        else {
            throw IAMFault.policyNotAttachable(arn: arn)
        }
    }
}

extension Transaction {
    /// Sets, changes or (with nil) takes away a boundary.
    func setBoundary<Holder: Actor>(_ arn: String?, on holder: inout Holder) throws {
        if let arn { try mustBeAttachable(arn, in: holder.account) }
        if let old = holder.boundary { try delete(PolicyUse.boundary.key(old, holder)) }
        if let arn { try put(PolicyUse.boundary.key(arn, holder), [UInt8]()) }
        holder.boundary = arn
    }
}
