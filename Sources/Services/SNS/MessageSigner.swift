import Crypto
import CryptoExtras
import Documents
import Foundation
import Kernel
import Store
import X509

/// Signs messages for subscribers, with one RSA key of this installation. Its certificate is served at ``path``.
public actor MessageSigner {
    struct Signature: Sendable {
        var version: String
        /// Base64.
        var text: String
        var certificateURL: String
    }

    private struct Record: Stored {
        static let tag: UInt8 = 2
        /// PKCS #8 DER, sealed.
        var sealed: [UInt8]
        /// PEM.
        var certificate: String

        /// The first form had the private key open: it is not used again, and another takes its place.
        static func upgrade(from old: Document, tag: UInt8) throws -> Document {
            ["sealed": .blob([]), "certificate": old["certificate"] ?? ""]
        }
    }

    /// The page with the certificate.
    public static let path = "/_tarn/SimpleNotificationService.pem"
    private static let days: Double = 3_650
    private static let place = Store.Key(.snsSigningKey)
    private static let purpose = "sns signing key"
    private var known: (key: _RSA.Signing.PrivateKey, certificate: String)?

    init() {}

    /// - Parameter version: `1` is SHA-1, `2` SHA-256, both RSASSA-PKCS1-v1_5.
    func sign(_ text: String, version: String, on platform: Platform) async throws -> Signature {
        let key = try await present(platform).key
        let bytes = Array(text.utf8)
        let signature =
            version == "2"
            ? try key.signature(for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5)
            : try key.signature(for: Insecure.SHA1.hash(data: bytes), padding: .insecurePKCS1v1_5)
        return Signature(
            version: version, text: Base64.string(Array(signature.rawRepresentation)),
            certificateURL: platform.endpoint + Self.path)
    }

    func certificate(_ platform: Platform) async throws -> String { try await present(platform).certificate }

    private func present(_ platform: Platform) async throws -> (key: _RSA.Signing.PrivateKey, certificate: String) {
        if let known { return known }
        let sealer = platform.rootKey.sealer(Self.purpose)
        var record = try await platform.store.read { try $0.record(Record.self, Self.place) }
        if record?.sealed.isEmpty != false {
            let made = try Self.make(now: platform.clock.machineNow, sealer)
            // Another task may have been first while this one waited.
            record = try await platform.store.write { transaction in
                if let other = try transaction.record(Record.self, Self.place), !other.sealed.isEmpty { return other }
                try transaction.put(Self.place, made)
                return made
            }
        }
        guard let record else { throw AWSError.internalFailure }
        let bytes = try sealer.open(record.sealed, place: Self.purpose)
        let read = (key: try _RSA.Signing.PrivateKey(derRepresentation: bytes), certificate: record.certificate)
        known = read
        return read
    }

    private static func make(now: Timestamp, _ sealer: Sealer) throws -> Record {
        let secret = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let today = Date(timeIntervalSince1970: now.epochSeconds)
        let name = try DistinguishedName {
            OrganizationName("Tarn")
            CommonName("sns.amazonaws.com")
        }
        let key = try Certificate.PrivateKey(pemEncoded: secret.pkcs8PEMRepresentation)
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
            notValidBefore: today.addingTimeInterval(-86_400), notValidAfter: today.addingTimeInterval(days * 86_400),
            issuer: name, subject: name, signatureAlgorithm: .sha256WithRSAEncryption,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                SubjectAlternativeNames([.dnsName("sns.amazonaws.com")])
            }, issuerPrivateKey: key)
        return Record(
            sealed: try sealer.seal(Array(secret.pkcs8DERRepresentation), place: purpose),
            certificate: try certificate.serializeAsPEM().pemString + "\n")
    }
}

extension SNSService {
    /// The certificate of message signatures, in PEM, for the page at ``MessageSigner/path``.
    public func signingCertificate(_ platform: Platform) async throws -> String { try await signer.certificate(platform) }
}
