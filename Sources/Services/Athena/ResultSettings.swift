import Documents
import Kernel

/// How results are written: encrypted how, for which owner of the bucket, with which access control list
/// (https://docs.aws.amazon.com/athena/latest/APIReference/API_ResultConfiguration.html).
struct ResultSettings: Codable, Hashable, Sendable {
    struct Encryption: Codable, Hashable, Sendable {
        var EncryptionOption: String
        var KmsKey: String?
    }
    struct ACL: Codable, Hashable, Sendable { var S3AclOption: String }

    var EncryptionConfiguration: Encryption?
    var ExpectedBucketOwner: String?
    var AclConfiguration: ACL?

    /// What a query asks for; nil where it says nothing.
    init?(_ asked: Queries.ResultInput?) {
        guard let asked else { return nil }
        (EncryptionConfiguration, AclConfiguration) = (asked.EncryptionConfiguration, asked.AclConfiguration)
        ExpectedBucketOwner = asked.ExpectedBucketOwner
        if isEmpty { return nil }
    }

    /// What a work group says, from its ResultConfiguration.
    init?(_ configuration: Document?) throws {
        guard let configuration else { return nil }
        self = try DocumentDecoder().decode(ResultSettings.self, from: configuration)
        if isEmpty { return nil }
    }

    private var isEmpty: Bool { EncryptionConfiguration == nil && ExpectedBucketOwner == nil && AclConfiguration == nil }

    /// - Throws: ``AthenaFault`` for a key that is missing, and for encryption by the client, which Tarn does not do.
    func check() throws {
        guard let encryption = EncryptionConfiguration else { return }
        switch encryption.EncryptionOption {
        case "SSE_S3": break
        case "SSE_KMS":
            guard encryption.KmsKey?.isEmpty == false else {
                throw AthenaFault.invalid("KmsKey is required for the encryption option SSE_KMS")
            }
        default: throw AWSError.notImplemented(member: encryption.EncryptionOption, "athena", "EncryptionConfiguration")
        }
    }

    /// The members of PutObject.
    var upload: Members {
        var members: Members = [:]
        switch EncryptionConfiguration?.EncryptionOption {
        case "SSE_S3": members["ServerSideEncryption"] = "AES256"
        case "SSE_KMS":
            members["ServerSideEncryption"] = "aws:kms"
            members["SSEKMSKeyId"] = EncryptionConfiguration?.KmsKey.map { .string($0) }
        default: break
        }
        members["ExpectedBucketOwner"] = ExpectedBucketOwner.map { .string($0) }
        if AclConfiguration?.S3AclOption == "BUCKET_OWNER_FULL_CONTROL" { members["ACL"] = "bucket-owner-full-control" }
        return members
    }

    /// As GetQueryExecution shows them.
    var document: Members {
        var members: Members = [:]
        if let encryption = EncryptionConfiguration {
            var shown: Members = ["EncryptionOption": .string(encryption.EncryptionOption)]
            shown["KmsKey"] = encryption.KmsKey.map { .string($0) }
            members["EncryptionConfiguration"] = .map(shown)
        }
        members["ExpectedBucketOwner"] = ExpectedBucketOwner.map { .string($0) }
        if let acl = AclConfiguration { members["AclConfiguration"] = ["S3AclOption": .string(acl.S3AclOption)] }
        return members
    }
}
