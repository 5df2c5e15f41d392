import Crypto
import CryptoExtras
import Documents
import Kernel
import Store

/// Key material from outside: GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial
/// (https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html).
extension KMSService {
    /// What an import token says, sealed: the private half of the wrapping key needs no record.
    private struct ImportClaims: Codable, Sendable {
        var key: String
        var algorithm: String
        var wrappingKey: [UInt8]
        var expires: Timestamp
    }

    struct ParametersInput: Codable, Sendable {
        var KeyId: String
        var WrappingAlgorithm: String
        var WrappingKeySpec: String
    }
    struct ParametersOutput: Codable, Sendable {
        var KeyId: String
        var ImportToken: [UInt8]
        var PublicKey: [UInt8]
        var ParametersValidTo: Timestamp
    }
    private static let wrappings: Set<String> = [
        "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256",
    ]

    func importParameters(_ input: ParametersInput, _ context: Context) async throws -> ParametersOutput {
        let key = try await context.store.read { try self.external(input.KeyId, context, $0).key }
        guard Self.wrappings.contains(input.WrappingAlgorithm) else {
            throw KMSFault.unsupported("The wrapping algorithm \(input.WrappingAlgorithm) is not supported.")
        }
        guard !key.spec.isRSA || input.WrappingAlgorithm.hasPrefix("RSA_AES") else {
            throw KMSFault.validation("RSA key material needs a RSA_AES_KEY_WRAP wrapping algorithm.")
        }
        let spec = try KMS.KeySpec(named: input.WrappingKeySpec)
        guard spec.isRSA else { throw KMSFault.unsupported("The wrapping key spec \(input.WrappingKeySpec) is not supported.") }
        let pair = try RSAPair(try await KeyMaking.material(spec))
        let claims = ImportClaims(
            key: key.arn, algorithm: input.WrappingAlgorithm, wrappingKey: Array(pair.signing.derRepresentation),
            expires: context.now + KMSLimit.importTokenLife)
        let plain = CBOR.write(try DocumentEncoder().encode(claims))
        return ParametersOutput(
            KeyId: key.arn, ImportToken: try context.vault.tokens.seal(plain, place: "import token"),
            PublicKey: Array(pair.signing.publicKey.derRepresentation), ParametersValidTo: claims.expires)
    }

    struct ImportInput: Codable, Sendable {
        var KeyId: String
        var ImportToken: [UInt8]
        var EncryptedKeyMaterial: [UInt8]
        var ValidTo: Timestamp?
        var ExpirationModel: String?
        var ImportType: String?
        var KeyMaterialDescription: String?
        var KeyMaterialId: String?
    }
    struct ImportOutput: Codable, Sendable {
        var KeyId: String
        var KeyMaterialId: String?
    }

    func importMaterial(_ input: ImportInput, _ context: Context) async throws -> ImportOutput {
        let expires = try Self.expiry(input, context.now)
        let key = try await context.store.read { try self.external(input.KeyId, context, $0).key }
        let plain = try unwrap(input, key, context.now, context.vault)
        let id = context.vault.identify(plain)
        if let named = input.KeyMaterialId, named != id { throw Self.otherMaterial }
        return try await context.store.write { transaction in
            var key = try self.external(input.KeyId, context, transaction).key
            let isNew = input.ImportType.map { $0 == "NEW_KEY_MATERIAL" } ?? key.materials.isEmpty
            let index: Int
            if let known = key.materials.firstIndex(where: { $0.id == id }) {
                index = known
            } else {
                guard isNew else { throw Self.otherMaterial }
                index = try self.place(plain, in: &key, context.now, context.vault)
            }
            let number = key.materials[index].number
            key.materials[index].sealed = try context.vault.seal(plain, key.id, number)
            key.materials[index].expires = expires
            key.materials[index].description = input.KeyMaterialDescription ?? key.materials[index].description
            try transaction.keep(key)
            try transaction.scheduleExpiry(key, number, expires, on: context.platform)
            return ImportOutput(KeyId: key.arn, KeyMaterialId: key.spec == .symmetric ? id : nil)
        }
    }

    private static let otherMaterial = KMSFault.incorrectKeyMaterial(
        "The key material in the request is not the same as the key material that was previously imported into this KMS key.")

    /// Room for new material: the first becomes the key's, later ones wait for RotateKeyOnDemand.
    private func place(_ plain: [UInt8], in key: inout KeyRecord, _ now: Timestamp, _ vault: KeyVault) throws -> Int {
        let number = (key.materials.map(\.number).max() ?? 0) + 1
        var material = try vault.material(plain, of: key.id, number: number, at: now)
        if key.materials.isEmpty {
            key.current = number
            key.isEnabled = true
        } else {
            guard key.spec == .symmetric else { throw Self.otherMaterial }
            guard key.multiRegion == nil else {
                throw KMSFault.unsupported("Tarn does not rotate the imported key material of multi-Region keys.")
            }
            guard !key.materials.contains(where: { $0.isPendingRotation == true }) else {
                throw KMSFault.invalidState("\(key.arn) already has key material that waits for rotation.")
            }
            material.isPendingRotation = true
        }
        key.materials.append(material)
        return key.materials.count - 1
    }

    private static func expiry(_ input: ImportInput, _ now: Timestamp) throws(KMSFault) -> Timestamp? {
        guard input.ExpirationModel != "KEY_MATERIAL_DOES_NOT_EXPIRE" else {
            guard input.ValidTo == nil else {
                throw .validation("A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE")
            }
            return nil
        }
        guard let date = input.ValidTo else {
            throw .validation("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
        }
        guard date > now, date <= now + .days(365) else {
            throw .validation("The validTo date must be in the future, and at most 365 days ahead")
        }
        return date
    }

    private func unwrap(_ input: ImportInput, _ key: KeyRecord, _ now: Timestamp, _ vault: KeyVault) throws -> [UInt8] {
        guard let opened = try? vault.tokens.open(input.ImportToken, place: "import token"),
            let claims = try? DocumentDecoder().decode(ImportClaims.self, from: CBOR.parse(opened)), claims.key == key.arn
        else { throw KMSFault.invalidImportToken }
        guard now < claims.expires else { throw KMSFault.expiredImportToken }
        let rsa = try RSAPair(claims.wrappingKey).encryption()
        let padding: _RSA.Encryption.Padding = claims.algorithm.hasSuffix("256") ? .PKCS1_OAEP_SHA256 : .PKCS1_OAEP
        var plain: [UInt8]
        if claims.algorithm.hasPrefix("RSA_AES") {
            // The wrapped AES key, as long as the modulus; behind it the key material, wrapped with that.
            let cut = rsa.keySizeInBits / 8
            let wrapped = input.EncryptedKeyMaterial
            guard wrapped.count > cut, let inner = try? rsa.decrypt(wrapped[..<cut], padding: padding), inner.count == 32,
                let material = PaddedKeyWrap.unwrap(Array(wrapped[cut...]), SymmetricKey(data: inner))
            else { throw KMSFault.invalidCiphertext }
            plain = material
        } else {
            guard let material = try? rsa.decrypt(input.EncryptedKeyMaterial, padding: padding) else {
                throw KMSFault.invalidCiphertext
            }
            plain = Array(material)
        }
        try Self.mustFit(plain, key.spec)
        return plain
    }

    private static func mustFit(_ plain: [UInt8], _ spec: KMS.KeySpec) throws {
        let fits: Bool
        if spec.isAsymmetric {
            switch try? KeyMaterial(plain, spec) {
            case .rsa(let pair)?: fits = pair.signing.keySizeInBits == spec.rsaBits
            case nil: fits = false
            default: fits = true
            }
        } else {
            fits = plain.count == spec.materialBytes
        }
        guard fits else {
            throw KMSFault.incorrectKeyMaterial("The key material is not that of a \(spec.rawValue) key.")
        }
    }

    struct DeleteMaterialInput: Codable, Sendable {
        var KeyId: String
        var KeyMaterialId: String?
    }

    func deleteMaterial(_ input: DeleteMaterialInput, _ context: Context) async throws -> ImportOutput {
        try await context.store.write { transaction in
            var key = try self.external(input.KeyId, context, transaction).key
            let id = input.KeyMaterialId ?? key.currentMaterial?.id
            guard let index = key.materials.firstIndex(where: { $0.id == id }) else {
                guard input.KeyMaterialId == nil else {
                    throw KMSFault.validation("\(key.arn) has no key material \(input.KeyMaterialId ?? "").")
                }
                return ImportOutput(KeyId: key.arn)
            }
            let number = key.materials[index].number
            if key.materials[index].isPendingRotation == true {
                key.materials.remove(at: index)
            } else {
                (key.materials[index].sealed, key.materials[index].expires) = (nil, nil)
            }
            try transaction.keep(key)
            try transaction.scheduleExpiry(key, number, nil, on: context.platform)
            return ImportOutput(KeyId: key.arn, KeyMaterialId: key.spec == .symmetric ? id : nil)
        }
    }

    /// The timer: expired material is gone, until the same is imported again.
    func expireDue(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let region = timer.payload["region"]?.string, let id = timer.payload["key"]?.string,
            let number = timer.payload["material"]?.integer
        else { return }
        let now = platform.clock.now()
        try await platform.store.write { transaction in
            guard var key = try transaction.record(KeyRecord.self, KeyRecord.key(region, id)),
                let index = key.materials.firstIndex(where: { Int64($0.number) == number }),
                let expires = key.materials[index].expires, expires <= now
            else { return }
            key.materials[index].sealed = nil
            try transaction.keep(key)
            try transaction.tellExpiry(of: key.materials[index].id, key, on: platform)
        }
    }

    private func external(_ text: String, _ context: Context, _ snapshot: Snapshot) throws -> KeyEntry {
        let entry = try managed(text, context, snapshot)
        guard entry.key.origin == .external else {
            throw KMSFault.unsupported("\(entry.key.arn) origin is AWS_KMS which is not valid for this operation.")
        }
        try entry.key.mustNotBeDeleted()
        return entry
    }
}

extension Transaction {
    fileprivate func scheduleExpiry(_ key: KeyRecord, _ number: UInt32, _ date: Timestamp?, on platform: Platform) throws {
        let id = "expire/\(key.region)/\(key.id)/\(number)"
        guard let date else { return try cancelTimer(KMSService.id, id: id) }
        try schedule(
            TimerRecord(
                id: id, service: KMSService.id, name: "expire", due: date,
                payload: ["region": .string(key.region), "key": .string(key.id), "material": .integer(Int64(number))]),
            on: platform)
    }
}
