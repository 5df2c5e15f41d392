import Documents
import Kernel
import Store
import X509

struct SigningCertificateRecord: Stored {
    static let tag: UInt8 = 1
    var id: String
    var body: String
    var uploaded: Timestamp
    var isActive: Bool
}

/// UploadSigningCertificate, ListSigningCertificates, UpdateSigningCertificate, DeleteSigningCertificate.
enum SigningCertificates {
    struct Upload: Codable, Sendable {
        var UserName: String?
        var CertificateBody: String
    }
    struct Shape: Codable, Sendable {
        var UserName: String
        var CertificateId: String
        var CertificateBody: String
        var Status: String
        var UploadDate: Timestamp

        init(_ record: SigningCertificateRecord, _ user: UserRecord) {
            (UserName, CertificateId, CertificateBody) = (user.name, record.id, record.body)
            (Status, UploadDate) = (record.isActive ? "Active" : "Inactive", record.uploaded)
        }
    }
    struct Uploaded: Codable, Sendable { var Certificate: Shape }
    struct List: Codable, Sendable {
        var Certificates: [Shape]
        var IsTruncated: Bool
        var Marker: String?
    }
    struct Update: Codable, Sendable {
        var UserName: String?
        var CertificateId: String
        var Status: String
    }
    struct Delete: Codable, Sendable {
        var UserName: String?
        var CertificateId: String
    }

    static func register(in operations: inout Operations) {
        operations.on("UploadSigningCertificate") { (input: Upload, context) in
            _ = try PEM.certificate(input.CertificateBody)
            let name = try Users.name(input.UserName, context)
            let id = Identifier.code(32)
            return try await context.store.write { txn in
                let user = try txn.find(UserRecord.self, context.account, name)
                let others = try txn.all(SigningCertificateRecord.self, UserCredentials.all(.signing, of: user))
                guard !others.contains(where: { $0.body == input.CertificateBody }) else { throw IAMFault.certificateExists }
                guard others.count < Limit.signingCertificates else {
                    throw IAMFault.quota(name: "SigningCertificatesPerUser", limit: Limit.signingCertificates)
                }
                let record = SigningCertificateRecord(
                    id: id, body: input.CertificateBody, uploaded: context.now, isActive: true)
                try txn.put(UserCredentials.key(.signing, id, of: user), record)
                return Uploaded(Certificate: Shape(record, user))
            }
        }
        operations.on("ListSigningCertificates") { (input: UserPage, context) in
            let request = try PageRequest(input.Marker, input.MaxItems, of: context.list(input.UserName))
            if Users.isRoot(input.UserName, context) { return List(Certificates: [], IsTruncated: false) }
            let name = try Users.name(input.UserName, context)
            return try await context.store.read { snapshot in
                let user = try snapshot.find(UserRecord.self, context.account, name)
                let all = try snapshot.all(SigningCertificateRecord.self, UserCredentials.all(.signing, of: user))
                let page = Page(of: all, request, name: \.id)
                return List(
                    Certificates: page.items.map { Shape($0, user) }, IsTruncated: page.isTruncated, Marker: page.marker)
            }
        }
        operations.on("UpdateSigningCertificate") { (input: Update, context) in
            let name = try Users.name(input.UserName, context)
            return try await context.store.write { txn in
                let user = try txn.find(UserRecord.self, context.account, name)
                var record = try find(input.CertificateId, user, txn)
                record.isActive = input.Status == "Active"
                try txn.put(UserCredentials.key(.signing, record.id, of: user), record)
                return Nothing()
            }
        }
        operations.on("DeleteSigningCertificate") { (input: Delete, context) in
            let name = try Users.name(input.UserName, context)
            return try await context.store.write { txn in
                let user = try txn.find(UserRecord.self, context.account, name)
                try txn.delete(UserCredentials.key(.signing, find(input.CertificateId, user, txn).id, of: user))
                return Nothing()
            }
        }
    }

    private static func find(_ id: String, _ user: UserRecord, _ snapshot: Snapshot) throws -> SigningCertificateRecord {
        guard let record = try snapshot.record(SigningCertificateRecord.self, UserCredentials.key(.signing, id, of: user)) else {
            throw IAMFault.entityNotFound("The Certificate with id \(id) cannot be found.")
        }
        return record
    }
}
