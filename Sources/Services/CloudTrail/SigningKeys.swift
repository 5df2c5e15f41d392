import Crypto
import CryptoExtras
import Documents
import Kernel
import Store

/// The RSA keys that sign digests: one at a time, for a year; the public ones are kept to check old digests.
enum SigningKeys {
    struct Key: Stored, Hashable {
        static let tag: UInt8 = 1
        /// PKCS #8 DER.
        var privateKey: [UInt8]
        /// PKCS #1 DER.
        var publicKey: [UInt8]
        /// MD5 of the public key, hex.
        var fingerprint: String
        var start: Timestamp
        var end: Timestamp

        /// The signature of a text in hex: RSASSA-PKCS1-v1_5 with SHA-256.
        func sign(_ text: String) throws -> String {
            let key = try _RSA.Signing.PrivateKey(derRepresentation: privateKey)
            let signature = try key.signature(for: SHA256.hash(data: Array(text.utf8)), padding: .insecurePKCS1v1_5)
            return Hex.encode(Array(signature.rawRepresentation))
        }
    }

    private static let all = Store.Key(.trailSigningKey)

    /// The key for today; made when there is none.
    static func present(_ platform: Platform) async throws -> Key {
        let now = platform.clock.now()
        if let key = try await keys(platform).last(where: { $0.start <= now && now < $0.end }) { return key }
        let secret = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let shown = Array(secret.publicKey.pkcs1DERRepresentation)
        let made = Key(
            privateKey: Array(secret.pkcs8DERRepresentation), publicKey: shown,
            fingerprint: Hex.encode(Insecure.MD5.hash(data: shown)), start: now, end: now + TrailLimit.keyLife)
        return try await platform.store.write { transaction in
            var other: Key?
            try transaction.records(Key.self, all) { _, key in
                if key.start <= now, now < key.end { other = key }
                return true
            }
            // Another run was first.
            if let other { return other }
            try transaction.put(all.appending(.integer(now.microseconds)), made)
            return made
        }
    }

    static func keys(_ platform: Platform) async throws -> [Key] {
        try await platform.store.read { snapshot in
            var keys: [Key] = []
            try snapshot.records(Key.self, all) { _, key in
                keys.append(key)
                return true
            }
            return keys
        }
    }
}

extension CloudTrailService {
    struct ListPublicKeysInput: Decodable, Sendable {
        var StartTime: Timestamp?
        var EndTime: Timestamp?
        var NextToken: String?
    }
    struct ListPublicKeysOutput: Encodable, Sendable {
        struct PublicKey: Encodable, Sendable {
            var Value: [UInt8]
            var ValidityStartTime: Timestamp
            var ValidityEndTime: Timestamp
            var Fingerprint: String
        }
        var PublicKeyList: [PublicKey]
    }

    func listPublicKeys(_ input: ListPublicKeysInput, _ context: Context) async throws -> ListPublicKeysOutput {
        if input.NextToken != nil { throw CloudTrailFault.nextToken }
        let end = input.EndTime ?? context.now
        let start = input.StartTime ?? end
        guard start <= end else { throw CloudTrailFault.timeRange("The start time is after the end time.") }
        let keys = try await SigningKeys.keys(context.platform).filter { $0.start <= end && $0.end >= start }
        return ListPublicKeysOutput(
            PublicKeyList: keys.map {
                .init(Value: $0.publicKey, ValidityStartTime: $0.start, ValidityEndTime: $0.end, Fingerprint: $0.fingerprint)
            })
    }
}
