import Documents
import Kernel
import Store

/// CreateKey, DescribeKey, ListKeys, UpdateKeyDescription.
extension KMSService {
    struct CreateInput: Codable, Sendable {
        var Policy: String?
        var Description: String?
        var KeyUsage: String?
        var CustomerMasterKeySpec: String?
        var KeySpec: String?
        var Origin: String?
        var CustomKeyStoreId: String?
        var BypassPolicyLockoutSafetyCheck: Bool?
        var Tags: [KeyRecord.Tag]?
        var MultiRegion: Bool?
        var XksKeyId: String?
    }
    struct MetadataOutput: Codable, Sendable { var KeyMetadata: KMS.KeyMetadata }

    func createKey(_ input: CreateInput, _ context: Context) async throws -> MetadataOutput {
        if input.CustomKeyStoreId != nil || input.XksKeyId != nil { throw KMSFault.unsupported(Self.noStores) }
        guard input.KeySpec == nil || input.CustomerMasterKeySpec == nil else {
            throw KMSFault.validation(
                "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.")
        }
        let spec = try KMS.KeySpec(named: input.KeySpec ?? input.CustomerMasterKeySpec ?? "SYMMETRIC_DEFAULT")
        let usage = try Self.usage(input.KeyUsage, spec)
        let origin = try Self.origin(input.Origin, spec)
        let isMultiRegion = input.MultiRegion == true
        let id = isMultiRegion ? "mrk-" + Hex.encode(Identifier.random(16)) : Identifier.uuid()
        let arn = KeyRecord.arn(context.account, context.region, id)
        let policy = try KeyPolicyRules.checked(
            input.Policy, arn, context, bypass: input.BypassPolicyLockoutSafetyCheck == true)
        let tags = try [KeyRecord.Tag](checking: input.Tags)
        var record = KeyRecord(
            id: id, account: context.account, region: context.region, created: context.now,
            description: input.Description ?? "", spec: spec, usage: usage, origin: origin, isEnabled: origin == .kms,
            policy: policy,
            tags: tags, multiRegion: isMultiRegion ? .init(primary: context.region, replicas: []) : nil, onDemandRotations: 0,
            materials: [], revision: 1)
        if origin == .kms {
            record.materials = [
                try context.vault.material(try await KeyMaking.material(spec), of: id, number: 1, at: context.now)
            ]
            record.current = 1
        }
        let made = record
        let key = try await context.store.write { transaction in
            var key = made
            key.policy = try KeyPolicyRules.bound(policy, in: transaction)
            try transaction.add(key)
            return key
        }
        return MetadataOutput(KeyMetadata: .init(key))
    }

    static let noStores = "Tarn has no custom key stores: keys are made and kept by KMS itself."

    private static func usage(_ name: String?, _ spec: KMS.KeySpec) throws(KMSFault) -> KMS.KeyUsage {
        guard let name else {
            // Only symmetric keys have a default (API Reference, "CreateKey", KeyUsage).
            guard spec == .symmetric else {
                throw .validation("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
            }
            return .encryptDecrypt
        }
        guard let usage = KMS.KeyUsage(rawValue: name) else { throw .unsupported("Tarn has no keys for \(name).") }
        guard spec.usages.contains(usage) else {
            throw .validation("KeyUsage \(name) is not compatible with KeySpec \(spec.rawValue)")
        }
        return usage
    }

    private static func origin(_ name: String?, _ spec: KMS.KeySpec) throws(KMSFault) -> KeyOrigin {
        guard let name else { return .kms }
        guard let origin = KeyOrigin(rawValue: name) else { throw .unsupported(noStores) }
        return origin
    }

    struct KeyInput: Codable, Sendable {
        var KeyId: String
        var GrantTokens: [String]?
    }
    struct KeyIDInput: Codable, Sendable { var KeyId: String }
    struct KeyIDOutput: Codable, Sendable { var KeyId: String }

    func describeKey(_ input: KeyInput, _ context: Context) async throws -> MetadataOutput {
        try checkGrantTokens(input.GrantTokens, context)
        return MetadataOutput(KeyMetadata: .init(try await entry(input.KeyId, context).key))
    }

    struct ListInput: Codable, Sendable {
        var Limit: Int?
        var Marker: String?
    }
    struct ListKeysOutput: Codable, Sendable {
        struct Entry: Codable, Sendable {
            var KeyId: String
            var KeyArn: String
        }
        var Keys: [Entry]
        var NextMarker: String?
        var Truncated: Bool
    }

    func listKeys(_ input: ListInput, _ context: Context) async throws -> ListKeysOutput {
        let page = try KeyPage(input.Limit, input.Marker, of: context.list(), standard: 100)
        let (account, region) = (context.account, context.region)
        let ids = try await context.store.read { snapshot in
            var ids: [String] = []
            let all = KeyRecord.all(account, region)
            try snapshot.scan(all, after: page.after.map { all.appending(.text($0)) }, limit: page.limit + 1) { key, _ in
                if case .text(let id)? = try key.elements().last { ids.append(id) }
                return true
            }
            return ids
        }
        let shown = ids.prefix(page.limit)
        let isTruncated = ids.count > page.limit
        return ListKeysOutput(
            Keys: shown.map { .init(KeyId: $0, KeyArn: KeyRecord.arn(account, region, $0)) },
            NextMarker: isTruncated ? shown.last.map { page.marker($0) } : nil, Truncated: isTruncated)
    }

    struct DescriptionInput: Codable, Sendable {
        var KeyId: String
        var Description: String
    }

    func updateDescription(_ input: DescriptionInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            var key = try self.managed(input.KeyId, context, transaction).key
            try key.mustNotBeDeleted()
            key.description = input.Description
            try transaction.keep(key)
        }
        return Nothing()
    }
}
