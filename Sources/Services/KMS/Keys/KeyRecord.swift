import Documents
import Kernel
import Store

/// A KMS key at rest. Its material is sealed under the root key.
struct KeyRecord: Stored, Hashable {
    static let tag: UInt8 = 1

    /// One generation of key material. Old ones stay, so that what they encrypted can be decrypted.
    struct Material: Codable, Sendable, Hashable {
        /// 64 hexadecimal digits that stand for the material itself: equal material has an equal id.
        var id: String
        /// What ciphertexts carry.
        var number: UInt32
        /// nil once imported material was deleted or has expired.
        var sealed: [UInt8]?
        var created: Timestamp
        /// AUTOMATIC or ON_DEMAND; nil for the first.
        var rotation: String?
        var expires: Timestamp?
        var description: String?
        /// Imported beside the current one, and waiting for RotateKeyOnDemand.
        var isPendingRotation: Bool?
    }

    struct Deletion: Codable, Sendable, Hashable {
        var date: Timestamp
        var days: Int
        /// A multi-Region primary waits for its replicas to go first; then the days begin.
        var waitsForReplicas: Bool?
    }

    struct Rotation: Codable, Sendable, Hashable {
        var days: Int
        var next: Timestamp
    }

    struct MultiRegion: Codable, Sendable, Hashable {
        var primary: String
        var replicas: [String]
    }

    struct Tag: Codable, Sendable, Hashable {
        var TagKey: String
        var TagValue: String
    }

    var id: String
    var account: String
    var region: String
    var created: Timestamp
    var description: String
    var spec: KeySpec
    var usage: KeyUsage
    var origin: KeyOrigin
    /// The service whose AWS managed key this is, `s3`.
    var managedFor: String?
    var isEnabled: Bool
    var deletion: Deletion?
    var policy: String
    var tags: [Tag]
    var multiRegion: MultiRegion?
    var rotation: Rotation?
    var onDemandRotations: Int
    var materials: [Material]
    /// The number of the material that encrypts now; nil before the first import.
    var current: UInt32?
    /// Counts every change to the key, its aliases and its grants: what was read of them is good while it stands.
    var revision: Int

    static func key(_ region: String, _ id: String) -> Key { Key(.kmsKey, .text(region), .text(id)) }
    static func all(_ account: String, _ region: String) -> Key { Key(.kmsKeyByAccount, .text(account), .text(region)) }
    var key: Key { Self.key(region, id) }
    var arn: String { Self.arn(account, region, id) }
    static func arn(_ account: String, _ region: String, _ id: String) -> String { "arn:aws:kms:\(region):\(account):key/\(id)" }

    var currentMaterial: Material? { materials.first { $0.number == current } }

    /// DescribeKey's KeyState (https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html).
    var state: String {
        if let deletion { return deletion.waitsForReplicas == true ? "PendingReplicaDeletion" : "PendingDeletion" }
        if isPendingImport { return "PendingImport" }
        return isEnabled ? "Enabled" : "Disabled"
    }

    /// Every generation of imported material must be there for the key to be of use.
    var isPendingImport: Bool {
        origin == .external && (current == nil || materials.contains { $0.sealed == nil && $0.isPendingRotation != true })
    }

    /// - Throws: ``KMSFault`` unless the key may be used.
    func mustBeUsable() throws(KMSFault) {
        try mustNotBeDeleted()
        if isPendingImport { throw .pendingImport(arn: arn) }
        if !isEnabled { throw .disabled(arn: arn) }
    }

    /// As ``mustBeUsable()``, but material that is still to be imported is no hindrance.
    func mustBeEnabled() throws(KMSFault) {
        try mustNotBeDeleted()
        if !isEnabled, !isPendingImport { throw .disabled(arn: arn) }
    }

    func mustNotBeDeleted() throws(KMSFault) {
        guard let deletion else { return }
        throw deletion.waitsForReplicas == true ? .pendingReplicaDeletion(arn: arn) : .pendingDeletion(arn: arn)
    }

    func mustServe(_ usage: KeyUsage, _ operation: String) throws(KMSFault) {
        guard self.usage == usage else { throw .wrongUsage(arn: arn, usage: self.usage, operation: operation) }
    }
}

extension Transaction {
    /// Writes a key back; whatever was cached of it is out of date from now on.
    func keep(_ record: KeyRecord) throws {
        var changed = record
        changed.revision += 1
        try put(changed.key, changed)
    }

    /// A key's first record, with its line in the account's list.
    func add(_ record: KeyRecord) throws {
        try put(record.key, record)
        try put(KeyRecord.all(record.account, record.region).appending(.text(record.id)), [])
    }
}

/// A second name of a key.
struct AliasRecord: Stored {
    static let tag: UInt8 = 1
    /// With `alias/`.
    var name: String
    var target: String
    var created: Timestamp
    var updated: Timestamp

    static func all(_ account: String, _ region: String) -> Key { Key(.kmsAlias, .text(account), .text(region)) }
    static func key(_ account: String, _ region: String, _ name: String) -> Key { all(account, region).appending(.text(name)) }
    static func of(_ region: String, _ keyID: String) -> Key { Key(.kmsAliasByKey, .text(region), .text(keyID)) }
    static func arn(_ account: String, _ region: String, _ name: String) -> String { "arn:aws:kms:\(region):\(account):\(name)" }
}
