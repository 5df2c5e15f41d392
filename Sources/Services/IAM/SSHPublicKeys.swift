import Crypto
import CryptoExtras
import Documents
import Kernel
import Store

struct SSHPublicKeyRecord: Stored {
    static let tag: UInt8 = 1
    /// `APKA...`
    var id: String
    var key: SSHKey
    var uploaded: Timestamp
    var isActive: Bool
}

/// An RSA key in the forms in which CodeCommit takes it: OpenSSH's line (RFC 4253, section 6.6) and PEM.
struct SSHKey: Codable, Sendable, Hashable {
    /// The key's bytes in OpenSSH's form.
    var blob: [UInt8]

    private enum Limit { static let bytes = 4_096 }

    /// - Throws: ``IAMFault/invalidPublicKey``
    init(_ text: String) throws {
        if text.contains("-----BEGIN") {
            guard let key = try? _RSA.Signing.PublicKey(pemRepresentation: text), let parts = try? key.getKeyPrimitives() else {
                throw IAMFault.invalidPublicKey
            }
            blob =
                Self.field(Array("ssh-rsa".utf8)) + Self.field(Self.number(Array(parts.publicExponent)))
                + Self.field(Self.number(Array(parts.modulus)))
            return
        }
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count >= 2, words[0] == "ssh-rsa", let bytes = Base64.decode(String(words[1])), bytes.count <= Limit.bytes
        else { throw IAMFault.invalidPublicKey }
        blob = bytes
        _ = try primitives()
    }

    var ssh: String { "ssh-rsa " + Base64.string(blob) }

    func pem() throws -> String {
        let (exponent, modulus) = try primitives()
        guard let key = try? _RSA.Signing.PublicKey(n: modulus, e: exponent) else { throw IAMFault.invalidPublicKey }
        return key.pemRepresentation
    }

    /// MD5 of the key's bytes, as CodeCommit shows it.
    var fingerprint: String { Insecure.MD5.hash(data: blob).map { Hex.encode([$0]) }.joined(separator: ":") }

    private func primitives() throws -> (exponent: [UInt8], modulus: [UInt8]) {
        var fields: [[UInt8]] = []
        var rest = blob[...]
        while !rest.isEmpty, fields.count < 4 {
            guard rest.count >= 4 else { throw IAMFault.invalidPublicKey }
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard length <= rest.count else { throw IAMFault.invalidPublicKey }
            fields.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        guard fields.count == 3, fields[0] == Array("ssh-rsa".utf8), fields[2].count >= 128 else {
            throw IAMFault.invalidPublicKey
        }
        return (Array(fields[1].drop { $0 == 0 }), Array(fields[2].drop { $0 == 0 }))
    }

    private static func field(_ bytes: [UInt8]) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> (24 - 8 * $0)) } + bytes
    }

    /// A positive number keeps its highest bit clear.
    private static func number(_ bytes: [UInt8]) -> [UInt8] {
        let bytes = Array(bytes.drop { $0 == 0 })
        return bytes.first.map { $0 >= 0x80 } ?? false ? [0] + bytes : bytes
    }
}

/// UploadSSHPublicKey, GetSSHPublicKey, ListSSHPublicKeys, UpdateSSHPublicKey, DeleteSSHPublicKey.
enum SSHPublicKeys {
    struct Upload: Codable, Sendable {
        var UserName: String
        var SSHPublicKeyBody: String
    }
    struct Get: Codable, Sendable {
        var UserName: String
        var SSHPublicKeyId: String
        var Encoding: String
    }
    struct Update: Codable, Sendable {
        var UserName: String
        var SSHPublicKeyId: String
        var Status: String
    }
    struct Delete: Codable, Sendable {
        var UserName: String
        var SSHPublicKeyId: String
    }
    struct Shape: Codable, Sendable {
        var UserName: String
        var SSHPublicKeyId: String
        var Fingerprint: String
        var SSHPublicKeyBody: String
        var Status: String
        var UploadDate: Timestamp
    }
    struct Output: Codable, Sendable { var SSHPublicKey: Shape }
    struct Entry: Codable, Sendable {
        var UserName: String
        var SSHPublicKeyId: String
        var Status: String
        var UploadDate: Timestamp
    }
    struct List: Codable, Sendable {
        var SSHPublicKeys: [Entry]
        var IsTruncated: Bool
        var Marker: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("UploadSSHPublicKey") { (input: Upload, context) in
            let key = try SSHKey(input.SSHPublicKeyBody)
            let id = "APKA" + Identifier.code(17)
            return try await context.store.write { txn in
                let user = try txn.find(UserRecord.self, context.account, input.UserName)
                let others = try txn.all(SSHPublicKeyRecord.self, UserCredentials.all(.ssh, of: user))
                guard !others.contains(where: { $0.key == key }) else { throw IAMFault.publicKeyExists }
                guard others.count < Limit.sshKeysPerUser else {
                    throw IAMFault.quota(name: "SSHPublicKeysPerUser", limit: Limit.sshKeysPerUser)
                }
                let record = SSHPublicKeyRecord(id: id, key: key, uploaded: context.now, isActive: true)
                try txn.put(UserCredentials.key(.ssh, id, of: user), record)
                return Output(SSHPublicKey: shape(record, user, input.SSHPublicKeyBody))
            }
        }
        operations.on("GetSSHPublicKey") { (input: Get, context) in
            guard ["SSH", "PEM"].contains(input.Encoding) else { throw IAMFault.encodingUnknown(input.Encoding) }
            return try await context.store.read { snapshot in
                let user = try snapshot.find(UserRecord.self, context.account, input.UserName)
                let record = try find(input.SSHPublicKeyId, user, snapshot)
                return Output(
                    SSHPublicKey: shape(record, user, input.Encoding == "SSH" ? record.key.ssh : try record.key.pem()))
            }
        }
        operations.on("ListSSHPublicKeys") { (input: UserPage, context) in
            let request = try PageRequest(input.Marker, input.MaxItems, of: context.list(input.UserName))
            let name = try Users.name(input.UserName, context)
            return try await context.store.read { snapshot in
                let user = try snapshot.find(UserRecord.self, context.account, name)
                let all = try snapshot.all(SSHPublicKeyRecord.self, UserCredentials.all(.ssh, of: user))
                let page = Page(of: all, request, name: \.id)
                let entries = page.items.map {
                    Entry(UserName: user.name, SSHPublicKeyId: $0.id, Status: status($0), UploadDate: $0.uploaded)
                }
                return List(SSHPublicKeys: entries, IsTruncated: page.isTruncated, Marker: page.marker)
            }
        }
        operations.on("UpdateSSHPublicKey") { (input: Update, context) in
            try await context.store.write { txn in
                let user = try txn.find(UserRecord.self, context.account, input.UserName)
                var record = try find(input.SSHPublicKeyId, user, txn)
                record.isActive = input.Status == "Active"
                try txn.put(UserCredentials.key(.ssh, record.id, of: user), record)
                return Nothing()
            }
        }
        operations.on("DeleteSSHPublicKey") { (input: Delete, context) in
            try await context.store.write { txn in
                let user = try txn.find(UserRecord.self, context.account, input.UserName)
                try txn.delete(UserCredentials.key(.ssh, find(input.SSHPublicKeyId, user, txn).id, of: user))
                return Nothing()
            }
        }
    }

    private static func status(_ record: SSHPublicKeyRecord) -> String { record.isActive ? "Active" : "Inactive" }

    private static func shape(_ record: SSHPublicKeyRecord, _ user: UserRecord, _ body: String) -> Shape {
        Shape(
            UserName: user.name, SSHPublicKeyId: record.id, Fingerprint: record.key.fingerprint, SSHPublicKeyBody: body,
            Status: status(record), UploadDate: record.uploaded)
    }

    private static func find(_ id: String, _ user: UserRecord, _ snapshot: Snapshot) throws -> SSHPublicKeyRecord {
        guard let record = try snapshot.record(SSHPublicKeyRecord.self, UserCredentials.key(.ssh, id, of: user)) else {
            throw IAMFault.entityNotFound("The Public Key with id \(id) cannot be found.")
        }
        return record
    }
}
