import Crypto
import Documents
import Kernel
import Store

/// What a new body is sealed with, and what its record says of it.
struct SealingKey: Sendable {
    var encryption: ObjectEncryption
    var cipher: ObjectCipher
}

extension S3Service {
    /// The key for a new object; KMS is asked where the plan says so.
    func sealingKey(_ plan: EncryptionPlan, in bucket: BucketRecord, key: String, _ context: Context) async throws -> SealingKey {
        var encryption = ObjectEncryption(method: .s3, salt: Identifier.random(16))
        switch plan {
        case .s3:
            return SealingKey(
                encryption: encryption, cipher: ObjectCipher(bases: [try installationKey.base()], salt: encryption.salt))
        case .customer(let given):
            encryption.method = .customer
            encryption.customerKeyMD5 = given.md5
            encryption.customerKeyProof = given.proof(salt: encryption.salt)
            return SealingKey(encryption: encryption, cipher: ObjectCipher(bases: [HMACKey(given.key)], salt: encryption.salt))
        case .kms(let plan):
            encryption.method = plan.method
            encryption.usesBucketKey = plan.usesBucketKey
            // What the client names itself stays; a bucket key is bound to the bucket alone.
            if plan.usesBucketKey {
                encryption.context = ["aws:s3:arn": bucket.arn]
            } else {
                encryption.context = plan.context
                if encryption.context["aws:s3:arn"] == nil { encryption.context["aws:s3:arn"] = "\(bucket.arn)/\(key)" }
            }
            let data = try await dataKeys.generate(plan, in: bucket, context: encryption.context, context)
            (encryption.keyARN, encryption.wrappedKey) = (data.keyARN, data.wrapped)
            return SealingKey(encryption: encryption, cipher: try cipher(encryption, HMACKey(data.plain)))
        }
    }

    /// The cipher of an object that is there.
    /// - Parameter given: the key that came with the request.
    /// - Throws: ``S3Fault`` where the object has another kind of encryption than the request thinks, and for a key that
    ///   is not the object's.
    func cipher(
        of encryption: ObjectEncryption?, in bucket: BucketRecord, given: CustomerKey?, _ context: Context
    ) async throws -> ObjectCipher? {
        try check(given, opens: encryption)
        guard let encryption else { return nil }
        switch encryption.method {
        case .s3: return try cipher(encryption, installationKey.base())
        case .customer: return try given.map { try cipher(encryption, HMACKey($0.key)) }
        case .kms, .dsse: return try cipher(encryption, HMACKey(await dataKeys.unwrap(encryption, in: bucket, context)))
        }
    }

    /// Only the holder of a customer's key sees anything of its object, its headers included.
    func check(_ given: CustomerKey?, opens encryption: ObjectEncryption?) throws {
        guard encryption?.method == .customer, let encryption else {
            if given != nil { throw S3Fault.invalidRequest("The encryption parameters are not applicable to this object.") }
            return
        }
        guard let given else {
            throw S3Fault.invalidRequest(
                "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to "
                    + "retrieve the object.")
        }
        guard given.opens(encryption) else { throw S3Fault.accessDenied }
    }

    private func cipher(_ encryption: ObjectEncryption, _ base: HMACKey) throws -> ObjectCipher {
        let bases = encryption.method == .dsse ? [base, try installationKey.base()] : [base]
        return ObjectCipher(bases: bases, salt: encryption.salt)
    }
}
