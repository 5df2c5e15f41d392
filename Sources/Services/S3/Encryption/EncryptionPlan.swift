import Crypto
import Documents
import Kernel

/// How a new object is to be encrypted: what the request says, else what the bucket's default says.
enum EncryptionPlan: Sendable {
    case s3
    case kms(KMSPlan)
    case customer(CustomerKey)

    struct KMSPlan: Sendable {
        var method: ObjectEncryption.Method
        /// As given: id, ARN or alias; nil means the AWS managed key.
        var keyID: String?
        /// The client's pairs.
        var context: [String: String]
        var usesBucketKey: Bool
    }

    /// How an object is encrypted is no question of who reads it
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, "Encryption").
    static func checkRead(_ http: HTTPDetails?) throws {
        for name in ["x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"] {
            guard let value = http?.headers[name] else { continue }
            throw S3Fault.invalidArgument("\(name) header is not supported for this operation.", name: name, value: value)
        }
    }

    /// - Throws: ``S3Fault`` for members that contradict each other, or a method that the bucket blocks.
    init(_ asked: some WriteRuleMembers, in bucket: BucketRecord) throws {
        let rules = bucket.encryption
        if let key = try asked.customerKey() {
            if let method = asked.serverSideEncryption {
                throw S3Fault.invalidArgument(
                    "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
                    name: "x-amz-server-side-encryption", value: method)
            }
            if asked.sseKMSKeyID != nil { throw Self.keyWithoutMethod(nil) }
            guard rules?.blocksCustomerKeys != true else { throw S3Fault.accessDenied }
            self = .customer(key)
            return
        }
        let method: ObjectEncryption.Method
        if let header = asked.serverSideEncryption {
            guard let known = ObjectEncryption.Method(header: header) else {
                throw S3Fault.invalidArgument(
                    "The encryption method specified is not supported", name: "x-amz-server-side-encryption", value: header)
            }
            method = known
        } else {
            if asked.sseKMSKeyID != nil || asked.sseKMSEncryptionContext != nil { throw Self.keyWithoutMethod(nil) }
            method = rules?.method ?? .s3
        }
        guard method.usesKMS else {
            if asked.sseKMSKeyID != nil || asked.sseKMSEncryptionContext != nil {
                throw Self.keyWithoutMethod(asked.serverSideEncryption)
            }
            self = .s3
            return
        }
        if method == .dsse, asked.bucketKeyEnabled == true {
            throw S3Fault.invalidArgument(
                "S3 Bucket Keys are not supported for DSSE-KMS", name: "x-amz-server-side-encryption-bucket-key-enabled",
                value: "true")
        }
        self = .kms(
            KMSPlan(
                method: method, keyID: asked.serverSideEncryption == nil ? rules?.keyID : asked.sseKMSKeyID,
                context: try Self.context(asked.sseKMSEncryptionContext),
                usesBucketKey: method == .kms && asked.bucketKeyEnabled ?? rules?.usesBucketKey ?? false))
    }

    private static func keyWithoutMethod(_ method: String?) -> S3Fault {
        .invalidArgument(
            "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
            name: "x-amz-server-side-encryption", value: method ?? "null")
    }

    /// Base64 of a JSON object of texts.
    private static func context(_ header: String?) throws -> [String: String] {
        guard let header else { return [:] }
        let fault = S3Fault.invalidArgument(
            "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which "
                + "represents a string-string map", name: "x-amz-server-side-encryption-context", value: header)
        guard header.utf8.count <= Limit.contextSize, let bytes = Base64.decode(header), let pairs = try? JSON.parse(bytes),
            let members = pairs.members
        else { throw fault }
        var context: [String: String] = [:]
        for (name, value) in members {
            guard let text = value.string else { throw fault }
            context[name] = text
        }
        return context
    }
}

/// A bucket's default encryption.
struct BucketEncryption: Codable, Hashable, Sendable {
    var method: ObjectEncryption.Method
    var keyID: String?
    var usesBucketKey: Bool?
    /// Whether SSE-C is refused; nil where nothing was said.
    var blocksCustomerKeys: Bool?
}
