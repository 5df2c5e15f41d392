import Documents
import Kernel

/// DescribeKey's answer (API Reference, "KeyMetadata").
struct KeyMetadata: Codable, Sendable {
    struct RegionKey: Codable, Sendable {
        var Arn: String
        var Region: String
    }
    struct Regions: Codable, Sendable {
        var MultiRegionKeyType: String
        var PrimaryKey: RegionKey
        var ReplicaKeys: [RegionKey]
    }
    var AWSAccountId: String
    var KeyId: String
    var Arn: String
    var CreationDate: Timestamp
    var Enabled: Bool
    var Description: String
    var KeyUsage: String
    var KeyState: String
    var DeletionDate: Timestamp?
    var ValidTo: Timestamp?
    var Origin: String
    var ExpirationModel: String?
    var KeyManager: String
    var CustomerMasterKeySpec: String
    var KeySpec: String
    var EncryptionAlgorithms: [String]?
    var SigningAlgorithms: [String]?
    var KeyAgreementAlgorithms: [String]?
    var MultiRegion: Bool
    var MultiRegionConfiguration: Regions?
    var PendingDeletionWindowInDays: Int?
    var MacAlgorithms: [String]?
    var CurrentKeyMaterialId: String?

    init(_ key: KeyRecord) {
        AWSAccountId = key.account
        KeyId = key.id
        Arn = key.arn
        CreationDate = key.created
        Enabled = key.state == "Enabled"
        Description = key.description
        KeyUsage = key.usage.rawValue
        KeyState = key.state
        if key.deletion?.waitsForReplicas == true {
            PendingDeletionWindowInDays = key.deletion?.days
        } else {
            DeletionDate = key.deletion?.date
        }
        Origin = key.origin.rawValue
        if key.origin == .external, let current = key.currentMaterial, current.sealed != nil {
            ValidTo = current.expires
            ExpirationModel = current.expires == nil ? "KEY_MATERIAL_DOES_NOT_EXPIRE" : "KEY_MATERIAL_EXPIRES"
        }
        KeyManager = key.managedFor == nil ? "CUSTOMER" : "AWS"
        CustomerMasterKeySpec = key.spec.rawValue
        KeySpec = key.spec.rawValue
        EncryptionAlgorithms = key.spec.encryptionAlgorithms(key.usage)
        SigningAlgorithms = key.spec.signingAlgorithms(key.usage)
        KeyAgreementAlgorithms = key.usage == .keyAgreement ? ["ECDH"] : nil
        MacAlgorithms = key.spec.macAlgorithm.map { [$0] }
        MultiRegion = key.multiRegion != nil
        if let regions = key.multiRegion {
            func place(_ region: String) -> RegionKey { .init(Arn: KeyRecord.arn(key.account, region, key.id), Region: region) }
            MultiRegionConfiguration = .init(
                MultiRegionKeyType: key.region == regions.primary ? "PRIMARY" : "REPLICA", PrimaryKey: place(regions.primary),
                ReplicaKeys: regions.replicas.map(place))
        }
        if key.spec == .symmetric { CurrentKeyMaterialId = key.currentMaterial?.id }
    }
}
