import Crypto
import Documents
import Kernel
import Store
import Synchronization

/// A key as it is now, with its aliases and grants, and its material as far as it was needed so far.
final class KeyEntry: Sendable {
    let key: KeyRecord
    let aliases: [String]
    /// The grants as policies; see ``GrantRecord/policy(of:)``.
    let grants: [IdentityPolicies.Named]
    /// The record as it was read: while the store holds these very bytes, the entry holds.
    let bytes: [UInt8]
    /// The key as authorization sees it.
    let facts: ResourceFacts
    private let opened = Mutex<[UInt32: KeyMaterial]>([:])

    init(_ key: KeyRecord, aliases: [String], grants: [IdentityPolicies.Named], bytes: [UInt8]) {
        (self.key, self.aliases, self.grants, self.bytes) = (key, aliases, grants, bytes)
        facts = ResourceFacts(
            account: key.account, policy: key.policy, isPolicyRequired: true, tags: key.tags.byKey, grants: grants)
    }

    /// The material that encrypts and signs now.
    /// - Throws: ``KMSFault``.
    func current(_ vault: KeyVault) throws -> (KeyRecord.Material, KeyMaterial) {
        guard let material = key.currentMaterial else { throw KMSFault.pendingImport(arn: key.arn) }
        return (material, try open(material, vault))
    }

    /// The material of a ciphertext; nil if the key never had it.
    func material(_ number: UInt32, _ vault: KeyVault) throws -> (KeyRecord.Material, KeyMaterial)? {
        guard let material = key.materials.first(where: { $0.number == number }) else { return nil }
        return (material, try open(material, vault))
    }

    private func open(_ material: KeyRecord.Material, _ vault: KeyVault) throws -> KeyMaterial {
        if let known = opened.withLock({ $0[material.number] }) { return known }
        guard let sealed = material.sealed else { throw KMSFault.pendingImport(arn: key.arn) }
        let plain: [UInt8]
        do { plain = try vault.open(sealed, key.id, material.number) } catch { throw KMSFault.damagedKey(arn: key.arn) }
        let fresh = try KeyMaterial(plain, key.spec)
        opened.withLock { $0[material.number] = fresh }
        return fresh
    }
}

/// Seals key material under the root key.
struct KeyVault: Sendable {
    let root: RootKey

    private var sealer: Sealer { root.sealer("kms key material") }
    /// Seals what KMS hands out and takes back: import tokens, grant tokens.
    var tokens: Sealer { root.sealer("kms tokens") }

    /// Bound to the key and the generation, so that one sealed material can't be put in another's place.
    func seal(_ plain: [UInt8], _ keyID: String, _ number: UInt32) throws -> [UInt8] {
        try sealer.seal(plain, place: "\(keyID)/\(number)")
    }

    func open(_ sealed: [UInt8], _ keyID: String, _ number: UInt32) throws -> [UInt8] {
        try sealer.open(sealed, place: "\(keyID)/\(number)")
    }

    /// The 64 digits that stand for a material.
    func identify(_ plain: [UInt8]) -> String {
        Hex.encode(HMAC<SHA256>.authenticationCode(for: plain, using: root.key(for: "kms key material id")))
    }

    func material(
        _ plain: [UInt8], of keyID: String, number: UInt32, at now: Timestamp, rotation: String? = nil
    ) throws -> KeyRecord.Material {
        KeyRecord.Material(
            id: identify(plain), number: number, sealed: try seal(plain, keyID, number), created: now, rotation: rotation)
    }
}

extension Platform {
    var vault: KeyVault { KeyVault(root: rootKey) }
}

extension Context {
    var vault: KeyVault { platform.vault }
}

/// Keeps what was read, and what was opened, for the next call.
final class KeyEntries: Sendable {
    private let entries = Mutex<[Key: KeyEntry]>([:])

    /// The key as this snapshot has it: from memory if nothing changed.
    func entry(_ region: String, _ id: String, _ snapshot: Snapshot) throws -> KeyEntry? {
        let place = KeyRecord.key(region, id)
        guard let bytes = try snapshot.value(place) else { return nil }
        if let known = entries.withLock({ $0[place] }),
            known.bytes.withUnsafeBytes({ known in bytes.withUnsafeBytes { known.isSame(as: $0) } })
        {
            return known
        }
        let record = try KeyRecord(stored: bytes)
        var aliases: [String] = []
        try snapshot.scan(AliasRecord.of(region, id)) { key, _ in
            if case .text(let name)? = try key.elements().last { aliases.append(name) }
            return true
        }
        let grants = try snapshot.all(GrantRecord.self, GrantRecord.all(region, id)).compactMap { $0.policy() }
        let entry = KeyEntry(record, aliases: aliases, grants: grants, bytes: bytes)
        entries.withLock { entries in
            if entries.count >= KMSLimit.cachedKeys { entries.removeAll() }
            entries[place] = entry
        }
        return entry
    }
}
