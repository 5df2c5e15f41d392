import Crypto
import CryptoExtras
import Documents
import Kernel
import Store

/// The RSA keys that sign digests: one at a time, for a year; the public ones are kept to check old digests, the private ones
/// rest sealed by the root key.
enum SigningKeys {
    struct Key: Stored, Hashable {
        static let tag: UInt8 = 2
        /// PKCS #8 DER, sealed; empty for a key that signs no more.
        var sealed: [UInt8]
        /// PKCS #1 DER.
        var publicKey: [UInt8]
        /// MD5 of the public key, hex.
        var fingerprint: String
        var start: Timestamp
        var end: Timestamp

        /// The first form had the private key open: it is not used again, and leaves the store when the next key is made.
        static func upgrade(from old: Document, tag: UInt8) throws -> Document {
            var members = old.members ?? [:]
            members["privateKey"] = nil
            members["sealed"] = .blob([])
            return .map(members)
        }

        fileprivate var place: String { "cloudtrail signing key \(fingerprint)" }
    }

    private static let all = Store.Key(.trailSigningKey)

    private static func sealer(_ platform: Platform) -> Sealer { platform.rootKey.sealer("cloudtrail signing key") }

    /// The signature of a text in hex: RSASSA-PKCS1-v1_5 with SHA-256.
    static func sign(_ text: String, with key: Key, _ platform: Platform) throws -> String {
        let secret = try _RSA.Signing.PrivateKey(derRepresentation: sealer(platform).open(key.sealed, place: key.place))
        let signature = try secret.signature(for: SHA256.hash(data: Array(text.utf8)), padding: .insecurePKCS1v1_5)
        return Hex.encode(Array(signature.rawRepresentation))
    }

    /// The key for today; made when there is none.
    static func present(_ platform: Platform) async throws -> Key {
        let now = platform.clock.now()
        let isPresent: @Sendable (Key) -> Bool = { !$0.sealed.isEmpty && $0.start <= now && now < $0.end }
        if let key = try await keys(platform).last(where: isPresent) { return key }
        let secret = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let shown = Array(secret.publicKey.pkcs1DERRepresentation)
        var fresh = Key(
            sealed: [], publicKey: shown, fingerprint: Hex.encode(Insecure.MD5.hash(data: shown)), start: now,
            end: now + TrailLimit.keyLife)
        fresh.sealed = try sealer(platform).seal(Array(secret.pkcs8DERRepresentation), place: fresh.place)
        let made = fresh
        return try await platform.store.write { transaction in
            var others: [(place: Store.Key, key: Key)] = []
            try transaction.records(Key.self, all) { place, key in
                others.append((place, key))
                return true
            }
            // Another run was first.
            if let other = others.map(\.key).last(where: isPresent) { return other }
            for (place, key) in others where key.sealed.isEmpty { try transaction.put(place, key) }
            try transaction.put(all.appending(.integer(now.microseconds)), made)
            return made
        }
    }

    static func keys(_ platform: Platform) async throws -> [Key] {
        try await platform.store.read { try $0.all(Key.self, all) }
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
