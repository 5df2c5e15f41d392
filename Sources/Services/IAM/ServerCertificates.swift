import Documents
import Foundation
import Kernel
import Store
import X509

/// A certificate with its key for a server. The key is kept and never shown again.
struct ServerCertificateRecord: Stored, NamedRecord, TaggedEntity {
    static let tag: UInt8 = 1
    static var kind: String { "server-certificate" }
    static var nameMember: String { "ServerCertificateName" }
    var account: String
    var name: String
    var path: String
    /// `ASCA...`
    var id: String
    var uploaded: Timestamp
    var expires: Timestamp
    /// PEM, as are the others.
    var body: String
    var chain: String?
    var privateKey: String
    var tags: TagList

    var arn: String { ARN("iam", account: account, "server-certificate\(path)\(name)").description }
    var key: Key { Self.key(account, name) }
    static func key(_ account: String, _ name: String) -> Key {
        Key(.serverCertificate, .text(account), .text(name.lowercased()))
    }
    static func all(in account: String) -> Key { Key(.serverCertificate, .text(account)) }

    static func find(_ name: String, in account: String, _ snapshot: Snapshot) throws -> Self {
        guard let certificate = try snapshot.record(Self.self, key(account, name)) else {
            throw IAMFault.entityNotFound("The Server Certificate with name \(name) cannot be found.")
        }
        return certificate
    }
}

/// UploadServerCertificate, GetServerCertificate, ListServerCertificates, UpdateServerCertificate, DeleteServerCertificate.
enum ServerCertificates {
    struct Upload: Codable, Sendable {
        var Path: String?
        var ServerCertificateName: String
        var CertificateBody: String
        var PrivateKey: String
        var CertificateChain: String?
        var Tags: [Tag]?
    }
    struct Metadata: Codable, Sendable {
        var Path: String
        var ServerCertificateName: String
        var ServerCertificateId: String
        var Arn: String
        var UploadDate: Timestamp
        var Expiration: Timestamp

        init(_ record: ServerCertificateRecord) {
            (Path, ServerCertificateName, ServerCertificateId) = (record.path, record.name, record.id)
            (Arn, UploadDate, Expiration) = (record.arn, record.uploaded, record.expires)
        }
    }
    struct Uploaded: Codable, Sendable {
        var ServerCertificateMetadata: Metadata
        var Tags: [Tag]?
    }
    struct Details: Codable, Sendable {
        var ServerCertificateMetadata: Metadata
        var CertificateBody: String
        var CertificateChain: String?
        var Tags: [Tag]?
    }
    struct Got: Codable, Sendable { var ServerCertificate: Details }
    struct List: Codable, Sendable {
        var ServerCertificateMetadataList: [Metadata]
        var IsTruncated: Bool
        var Marker: String?
    }
    struct Update: Codable, Sendable {
        var NewPath: String?
        var NewServerCertificateName: String?
    }

    static func register(in operations: inout Operations) {
        EntityTags<ServerCertificateRecord>.register("ServerCertificate", in: &operations)
        operations.on("UploadServerCertificate") { (input: Upload, context) in try await upload(input, context) }
        operations.on("GetServerCertificate") { (input: Of<ServerCertificateRecord, Nothing>, context) in
            let record = try await context.store.read {
                try ServerCertificateRecord.find(input.name, in: context.account, $0)
            }
            return Got(
                ServerCertificate: Details(
                    ServerCertificateMetadata: Metadata(record), CertificateBody: record.body, CertificateChain: record.chain,
                    Tags: record.tags.isEmpty ? nil : Tag.list(record.tags)))
        }
        operations.on("ListServerCertificates") { (input: PathPageInput, context) in
            let request = try PageRequest(input.Marker, input.MaxItems, of: context.list(input.PathPrefix))
            let page = try await context.store.read {
                try $0.page(ServerCertificateRecord.self, in: context.account, path: input.PathPrefix, request)
            }
            return List(
                ServerCertificateMetadataList: page.items.map(Metadata.init), IsTruncated: page.isTruncated, Marker: page.marker)
        }
        operations.on("UpdateServerCertificate") { (input: Of<ServerCertificateRecord, Update>, context) in
            try await context.store.write { txn in
                let old = try ServerCertificateRecord.find(input.name, in: context.account, txn)
                var record = old
                record.path = input.rest.NewPath ?? old.path
                record.name = input.rest.NewServerCertificateName ?? old.name
                if record.key != old.key { try mustBeFree(record.name, context.account, txn) }
                try txn.delete(old.key)
                try txn.put(record.key, record)
                return Nothing()
            }
        }
        operations.on("DeleteServerCertificate") { (input: Of<ServerCertificateRecord, Nothing>, context) in
            try await context.store.write { txn in
                try txn.delete(ServerCertificateRecord.find(input.name, in: context.account, txn).key)
                return Nothing()
            }
        }
    }

    private static func mustBeFree(_ name: String, _ account: String, _ snapshot: Snapshot) throws {
        guard try !snapshot.contains(ServerCertificateRecord.key(account, name)) else {
            throw IAMFault.entityExists("The Server Certificate with name \(name) already exists.")
        }
    }

    private static func upload(_ input: Upload, _ context: Context) async throws -> Uploaded {
        let certificate = try PEM.certificate(input.CertificateBody)
        guard let key = try? Certificate.PrivateKey(pemEncoded: input.PrivateKey) else {
            throw IAMFault.malformedCertificate("Unable to parse key; the body must be in PEM encoding.")
        }
        guard key.publicKey == certificate.publicKey else { throw IAMFault.keyPairMismatch }
        if let chain = input.CertificateChain { _ = try PEM.certificate(chain) }
        let expires = Timestamp(seconds: Int64(certificate.notValidAfter.timeIntervalSince1970))
        let id = "ASCA" + Identifier.code(17)
        return try await context.store.write { txn in
            try mustBeFree(input.ServerCertificateName, context.account, txn)
            let count = try txn.all(ServerCertificateRecord.self, ServerCertificateRecord.all(in: context.account)).count
            guard count < Limit.serverCertificates else {
                throw IAMFault.quota(name: "ServerCertificatesPerAccount", limit: Limit.serverCertificates)
            }
            var record = ServerCertificateRecord(
                account: context.account, name: input.ServerCertificateName, path: input.Path ?? "/", id: id,
                uploaded: context.now, expires: expires, body: input.CertificateBody, chain: input.CertificateChain,
                privateKey: input.PrivateKey, tags: [:])
            try record.tags.add(input.Tags ?? [])
            try txn.put(record.key, record)
            return Uploaded(
                ServerCertificateMetadata: Metadata(record), Tags: record.tags.isEmpty ? nil : Tag.list(record.tags))
        }
    }
}

enum PEM {
    static func certificate(_ text: String) throws -> Certificate {
        guard let certificate = try? Certificate(pemEncoded: text) else {
            throw IAMFault.malformedCertificate("Unable to parse certificate. Please ensure the certificate is in PEM format.")
        }
        return certificate
    }
}
