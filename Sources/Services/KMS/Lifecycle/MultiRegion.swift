import Documents
import Kernel
import Store

/// ReplicateKey and UpdatePrimaryRegion: one key, with one id and one material, in several Regions
/// (https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html).
extension KMSService {
    struct ReplicateInput: Codable, Sendable {
        var KeyId: String
        var ReplicaRegion: String
        var Policy: String?
        var BypassPolicyLockoutSafetyCheck: Bool?
        var Description: String?
        var Tags: [KeyRecord.Tag]?
    }
    struct ReplicateOutput: Codable, Sendable {
        var ReplicaKeyMetadata: KeyMetadata
        var ReplicaPolicy: String
        var ReplicaTags: [KeyRecord.Tag]
    }

    func replicate(_ input: ReplicateInput, _ context: Context) async throws -> ReplicateOutput {
        let region = input.ReplicaRegion
        guard RegionName.isWellFormed(region) else { throw KMSFault.validation("The Region \(region) is not valid.") }
        let tags = try [KeyRecord.Tag](checking: input.Tags)
        return try await context.store.write { transaction in
            var primary = try self.managed(input.KeyId, context, transaction).key
            try primary.mustBeEnabled()
            guard var regions = primary.multiRegion else {
                throw KMSFault.unsupported("\(primary.arn) is not a multi-Region key.")
            }
            try Self.mustBePrimary(primary)
            let arn = KeyRecord.arn(primary.account, region, primary.id)
            guard region != primary.region, try !transaction.contains(KeyRecord.key(region, primary.id)) else {
                throw KMSFault.exists(
                    "Unable to replicate key to region \(region), as the region already has a key with key ID \(primary.id)")
            }
            regions.replicas.append(region)
            var replica = primary
            (replica.region, replica.created, replica.multiRegion) = (region, context.now, regions)
            (replica.description, replica.tags) = (input.Description ?? "", tags)
            let policy = try KeyPolicyRules.checked(
                input.Policy, arn, context, bypass: input.BypassPolicyLockoutSafetyCheck == true)
            replica.policy = try KeyPolicyRules.bound(policy, in: transaction)
            replica.revision = 1
            if primary.origin == .external {
                // Each Region imports the same material for itself.
                for index in replica.materials.indices {
                    (replica.materials[index].sealed, replica.materials[index].expires) = (nil, nil)
                }
            } else {
                replica.isEnabled = true
            }
            try transaction.add(replica)
            for other in [primary.region] + regions.replicas.dropLast() where other != primary.region {
                guard var sibling = try transaction.record(KeyRecord.self, KeyRecord.key(other, primary.id)) else { continue }
                sibling.multiRegion = regions
                try transaction.keep(sibling)
            }
            primary.multiRegion = regions
            try transaction.keep(primary)
            return ReplicateOutput(ReplicaKeyMetadata: .init(replica), ReplicaPolicy: policy, ReplicaTags: replica.tags)
        }
    }

    struct PrimaryInput: Codable, Sendable {
        var KeyId: String
        var PrimaryRegion: String
    }

    /// The primary and one replica change places; rotation goes with the primary.
    func updatePrimary(_ input: PrimaryInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            var old = try self.managed(input.KeyId, context, transaction).key
            try old.mustBeEnabled()
            guard var regions = old.multiRegion else {
                throw KMSFault.unsupported("\(old.arn) is not a multi-Region key.")
            }
            try Self.mustBePrimary(old)
            guard regions.replicas.contains(input.PrimaryRegion),
                var new = try transaction.record(KeyRecord.self, KeyRecord.key(input.PrimaryRegion, old.id))
            else { throw KMSFault.keyNotFound(arn: KeyRecord.arn(old.account, input.PrimaryRegion, old.id)) }
            try new.mustBeEnabled()
            regions.replicas = regions.replicas.map { $0 == input.PrimaryRegion ? old.region : $0 }
            regions.primary = input.PrimaryRegion
            for region in regions.replicas where region != old.region {
                guard var sibling = try transaction.record(KeyRecord.self, KeyRecord.key(region, old.id)) else { continue }
                sibling.multiRegion = regions
                try transaction.keep(sibling)
            }
            try transaction.cancelTimer(Self.id, id: "rotate/\(old.region)/\(old.id)")
            new.rotation = old.rotation
            (old.multiRegion, new.multiRegion) = (regions, regions)
            try transaction.keep(old)
            try transaction.keep(new)
            try transaction.scheduleRotation(new, on: context.platform)
        }
        return Nothing()
    }
}
