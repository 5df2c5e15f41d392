import Documents

/// How an object's bytes are encrypted, as its record keeps it. Objects from before encryption have none of this.
///
/// No key stands here: only what leads to one, a salt for keys that Tarn or the customer holds and the wrapped data key
/// for those of KMS (https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html).
struct ObjectEncryption: Sendable, Hashable, Codable {
    enum Method: Int64, Sendable, Codable {
        /// SSE-S3: with the key of this installation.
        case s3 = 1
        /// SSE-KMS: with a data key of a KMS key.
        case kms = 2
        /// DSSE-KMS: with a data key of a KMS key, and once more with the key of this installation.
        case dsse = 3
        /// SSE-C: with a key that comes with each request.
        case customer = 4

        /// `x-amz-server-side-encryption`; nil for SSE-C, which has headers of its own.
        var header: String? {
            switch self {
            case .s3: "AES256"
            case .kms: "aws:kms"
            case .dsse: "aws:kms:dsse"
            case .customer: nil
            }
        }

        /// - Returns: nil for what is no method that a request can name.
        init?(header: String) {
            switch header {
            case "AES256": self = .s3
            case "aws:kms": self = .kms
            case "aws:kms:dsse": self = .dsse
            default: return nil
            }
        }

        var usesKMS: Bool { self == .kms || self == .dsse }
    }

    var method: Method
    /// 16 random bytes that make the object's keys its own.
    var salt: [UInt8]
    /// The KMS key's ARN.
    var keyARN: String?
    /// The data key as KMS wrapped it.
    var wrappedKey: [UInt8]?
    /// The encryption context under which it was wrapped.
    var context: [String: String] = [:]
    /// The data key is the bucket's, shared by many objects.
    var usesBucketKey = false
    /// Base64, as SSE-C clients send it.
    var customerKeyMD5: String?
    /// A salted digest by which the customer's key is known again.
    var customerKeyProof: [UInt8]?

    /// Whether the ETag is the content's MD5
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html).
    var keepsMD5: Bool { method == .s3 }
}

extension ObjectEncryption? {
    var keepsMD5: Bool { self?.keepsMD5 ?? true }
}

/// The members that answer how an object is encrypted.
protocol EncryptionMembers {
    var serverSideEncryption: String? { get set }
    var sseKMSKeyID: String? { get set }
    var bucketKeyEnabled: Bool? { get set }
    var sseCustomerAlgorithm: String? { get set }
    var sseCustomerKeyMD5: String? { get set }
}

extension EncryptionMembers {
    mutating func fill(_ encryption: ObjectEncryption?) {
        guard let encryption else { return }
        serverSideEncryption = encryption.method.header
        sseKMSKeyID = encryption.keyARN
        bucketKeyEnabled = encryption.usesBucketKey ? true : nil
        if encryption.method == .customer {
            sseCustomerAlgorithm = "AES256"
            sseCustomerKeyMD5 = encryption.customerKeyMD5
        }
    }
}
