import Crypto
import Documents

/// A key that comes with a request (SSE-C) and is forgotten with it
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html).
struct CustomerKey: Sendable {
    let key: SymmetricKey
    /// Base64.
    let md5: String

    private static let prefix = "x-amz-server-side-encryption-customer-"

    /// - Returns: nil where the request has none of the three members.
    /// - Throws: ``S3Fault`` for an incomplete or inconsistent set.
    init?(algorithm: String?, key text: String?, md5: String?, prefix: String = Self.prefix) throws {
        guard algorithm != nil || text != nil || md5 != nil else { return nil }
        func refuse(_ what: String, _ name: String, _ value: String? = nil) -> S3Fault {
            .invalidArgument(
                "Requests specifying Server Side Encryption with Customer provided keys must provide \(what).",
                name: prefix + name, value: value ?? "null")
        }
        guard let algorithm else { throw refuse("a valid encryption algorithm", "algorithm") }
        guard algorithm == "AES256" else { throw S3Fault.invalidEncryptionAlgorithm(algorithm) }
        guard let text else { throw refuse("an appropriate secret key", "key") }
        guard let md5 else { throw refuse("the client calculated MD5 of the secret key", "key-MD5") }
        guard let bytes = Base64.decode(text), bytes.count == 32 else {
            throw S3Fault.invalidArgument(
                "The secret key was invalid for the specified algorithm.", name: prefix + "key", value: "null")
        }
        guard let digest = Base64.decode(md5), Array(Insecure.MD5.hash(data: bytes)) == digest else {
            throw S3Fault.invalidArgument(
                "The calculated MD5 hash of the key did not match the hash that was provided.", name: prefix + "key-MD5",
                value: md5)
        }
        (key, self.md5) = (SymmetricKey(data: bytes), md5)
    }

    /// By which the key is known again; it leads back to no key.
    func proof(salt: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array("tarn s3 proof".utf8) + salt, using: key))
    }

    /// Compares in constant time.
    func opens(_ encryption: ObjectEncryption) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            encryption.customerKeyProof ?? [], authenticating: Array("tarn s3 proof".utf8) + encryption.salt, using: key)
    }
}

/// The members of requests that bring a key.
protocol CustomerKeyMembers {
    var sseCustomerAlgorithm: String? { get }
    var sseCustomerKey: String? { get }
    var sseCustomerKeyMD5: String? { get }
}

extension CustomerKeyMembers {
    func customerKey() throws -> CustomerKey? {
        try CustomerKey(algorithm: sseCustomerAlgorithm, key: sseCustomerKey, md5: sseCustomerKeyMD5)
    }
}

/// The members of requests that bring the key of a copy's source.
protocol SourceKeyMembers {
    var copySourceSSECustomerAlgorithm: String? { get }
    var copySourceSSECustomerKey: String? { get }
    var copySourceSSECustomerKeyMD5: String? { get }
}

extension SourceKeyMembers {
    func sourceKey() throws -> CustomerKey? {
        try CustomerKey(
            algorithm: copySourceSSECustomerAlgorithm, key: copySourceSSECustomerKey, md5: copySourceSSECustomerKeyMD5,
            prefix: "x-amz-copy-source-server-side-encryption-customer-")
    }
}
