import Crypto
import Foundation
import Kernel
import NIOSSL
import SwiftASN1
import Synchronization
import X509

/// The TLS side of the front door: a certificate authority of this installation, kept under `<data>/tls/` (clients trust
/// `ca.pem`), and certificates that it signs anew in each process: one for local names and the commonest of AWS's, and one
/// for each other name of ``LocalNames`` that a client asks for.
final class LocalTLS: Sendable {
    private static let leafDays: Double = 397
    private static let authorityDays: Double = 3_650
    /// Names whose certificates are remembered; past these, all are forgotten.
    private static let namesMax = 1_000

    private let authority: LocalAuthority
    private let clock: PlatformClock
    private let made = Mutex<NIOSSLContext?>(nil)
    private let named = Mutex<[String: NIOSSLCertificate]>([:])

    init(directory: String, clock: PlatformClock) {
        authority = LocalAuthority(directory: directory)
        self.clock = clock
    }

    /// Makes the authority's files, so that a client can be told to trust them before it first connects.
    func prepare() throws { _ = try authority.load(now: now, days: Self.authorityDays) }

    private var now: Date { Date(timeIntervalSince1970: clock.machineNow.epochSeconds) }

    /// Made when the first client asks for TLS.
    var context: NIOSSLContext {
        get throws {
            try made.withLock { made in
                if let made { return made }
                let context = try make()
                made = context
                return context
            }
        }
    }

    private func make() throws -> NIOSSLContext {
        let (issuer, issuerKey) = try authority.load(now: now, days: Self.authorityDays)
        let key = P256.Signing.PrivateKey()
        let leaf: @Sendable ([GeneralName]) throws -> NIOSSLCertificate = { [now] names in
            let leaf = try Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
                notValidBefore: now.addingTimeInterval(-86_400), notValidAfter: now.addingTimeInterval(Self.leafDays * 86_400),
                issuer: issuer.subject, subject: try DistinguishedName { CommonName("localhost") },
                signatureAlgorithm: .ecdsaWithSHA256,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.notCertificateAuthority)
                    try ExtendedKeyUsage([.serverAuth])
                    SubjectAlternativeNames(names)
                }, issuerPrivateKey: .init(issuerKey))
            return try NIOSSLCertificate(bytes: Array(try leaf.serializeAsPEM().pemString.utf8), format: .pem)
        }
        let common: [GeneralName] =
            TLSNames.dns.map { .dnsName($0) } + [
                .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                .ipAddress(ASN1OctetString(contentBytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
            ]
        let root = try NIOSSLCertificate(bytes: Array(try issuer.serializeAsPEM().pemString.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try leaf(common)), .certificate(root)],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.pemRepresentation.utf8), format: .pem)))
        configuration.applicationProtocols = ["h2", "http/1.1"]
        configuration.sslContextCallback = { [self] asked, promise in
            promise.completeWith(Result { try change(for: asked.serverHostname, root, leaf) })
        }
        return try NIOSSLContext(configuration: configuration)
    }

    /// The chain for a name that the common certificate is not good for.
    private func change(
        for host: String?, _ root: NIOSSLCertificate, _ leaf: ([GeneralName]) throws -> NIOSSLCertificate
    ) throws -> NIOSSLContextConfigurationOverride {
        guard let name = host?.lowercased(), LocalNames.covers(name), !TLSNames.isCommon(name) else { return .noChanges }
        let certificate = try named.withLock { named in
            if let known = named[name] { return known }
            let made = try leaf([.dnsName(name)])
            if named.count >= Self.namesMax { named = [:] }
            named[name] = made
            return made
        }
        var change = NIOSSLContextConfigurationOverride()
        change.certificateChain = [.certificate(certificate), .certificate(root)]
        return change
    }
}

/// The certificate authority's key and certificate on disk.
struct LocalAuthority: Sendable {
    let directory: String

    enum Failure: Error { case unusable(path: String, errno: Int32) }

    func load(now: Date, days: Double) throws -> (Certificate, P256.Signing.PrivateKey) {
        let (certificatePath, keyPath) = (directory + "/ca.pem", directory + "/ca-key.pem")
        if let certificateText = FileManager.default.contents(atPath: certificatePath),
            let keyText = FileManager.default.contents(atPath: keyPath)
        {
            let certificate = try Certificate(pemEncoded: String(decoding: certificateText, as: UTF8.self))
            return (certificate, try P256.Signing.PrivateKey(pemRepresentation: String(decoding: keyText, as: UTF8.self)))
        }
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName {
            OrganizationName("Tarn")
            CommonName("Tarn local CA \(Identifier.code(6))")
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
            notValidBefore: now.addingTimeInterval(-86_400), notValidAfter: now.addingTimeInterval(days * 86_400),
            issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            }, issuerPrivateKey: .init(key))
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try write(key.pemRepresentation, to: keyPath)
        try write(try certificate.serializeAsPEM().pemString, to: certificatePath)
        return (certificate, key)
    }

    private func write(_ text: String, to path: String) throws {
        let file = open(path + ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failure.unusable(path: path, errno: errno) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard bytes.withUnsafeBytes({ unistdWrite(file, $0) }) == bytes.count, fsync(file) == 0, rename(path + ".new", path) == 0
        else {
            throw Failure.unusable(path: path, errno: errno)
        }
    }
}

/// `write(2)`, apart from the method of that name.
private func unistdWrite(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int { write(file, bytes.baseAddress, bytes.count) }

/// The names that the front door's common certificate is good for.
enum TLSNames {
    private static let regions = [
        "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "eu-west-1", "eu-west-2", "eu-west-3",
        "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "ap-south-1", "ap-south-2", "ap-southeast-1",
        "ap-southeast-2", "ap-southeast-3", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-east-1", "me-south-1",
        "me-central-1", "af-south-1", "il-central-1",
    ]

    static let dns =
        [
            "localhost", "*.localhost", "*.s3.localhost", "localhost.localstack.cloud", "*.localhost.localstack.cloud",
            "*.s3.localhost.localstack.cloud", "*.amazonaws.com", "*.s3.amazonaws.com",
        ] + regions.flatMap { ["*.\($0).amazonaws.com", "*.s3.\($0).amazonaws.com"] }

    private static let all = Set(dns)

    /// Whether one of ``dns`` stands for the name: an asterisk does for one label, the first.
    static func isCommon(_ name: String) -> Bool {
        if all.contains(name) { return true }
        guard let dot = name.firstIndex(of: ".") else { return false }
        return all.contains("*" + name[dot...])
    }
}
