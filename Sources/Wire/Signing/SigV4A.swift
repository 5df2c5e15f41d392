import Crypto
import Documents
import Kernel

/// Signature Version 4A: ECDSA over P-256 with a key that the secret derives, good in a set of Regions
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, "AWS4-ECDSA-P256-SHA256").
enum SigV4A {
    static let algorithm = "AWS4-ECDSA-P256-SHA256"

    /// The order of P-256 minus two: the largest candidate that still has a successor which is a key.
    private static let candidateMax: [UInt8] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD,
        0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x4F,
    ]

    /// The private key of an access key: a KDF in counter mode over HMAC-SHA256 (NIST SP 800-108) of one block, tried with
    /// the next counter where its outcome is too large (NIST FIPS 186-4, B.4.2).
    /// - Returns: nil where no counter gives a key, which has a chance of 2^-8000.
    static func privateKey(accessKeyID: String, secret: String) -> P256.Signing.PrivateKey? {
        let inputKey = SymmetricKey(data: Array("AWS4A\(secret)".utf8))
        for counter in UInt8(1)...254 {
            var fixed: [UInt8] = [0, 0, 0, 1]
            fixed += Array(algorithm.utf8) + [0]
            fixed += Array(accessKeyID.utf8) + [counter]
            fixed += [0, 0, 1, 0]
            var candidate = Array(HMAC<SHA256>.authenticationCode(for: fixed, using: inputKey))
            if candidateMax.lexicographicallyPrecedes(candidate) { continue }
            increment(&candidate)
            return try? P256.Signing.PrivateKey(rawRepresentation: candidate)
        }
        return nil
    }

    private static func increment(_ number: inout [UInt8]) {
        for index in number.indices.reversed() {
            number[index] &+= 1
            if number[index] != 0 { return }
        }
    }

    /// - Parameter signature: DER in hexadecimal digits; those of chunks are filled up with `*`.
    static func isValid(_ signature: String, of text: [UInt8], by key: P256.Signing.PublicKey) -> Bool {
        let digits = signature.utf8.prefix { $0 != UInt8(ascii: "*") }
        guard digits.count <= 144, let bytes = Hex.decode(String(Substring(digits))),
            let parsed = try? P256.Signing.ECDSASignature(derRepresentation: bytes)
        else { return false }
        return key.isValidSignature(parsed, for: text)
    }
}

/// What a signature is verified with.
enum VerificationKey: Sendable {
    case hmac(HMACKey)
    case ecdsa(P256.Signing.PublicKey)

    /// The first line of the strings that are signed.
    var algorithm: String {
        switch self {
        case .hmac: PresentedSignature.algorithm
        case .ecdsa: SigV4A.algorithm
        }
    }

    func accepts(_ signature: String, of text: [UInt8]) -> Bool {
        switch self {
        case .hmac(let key): ConstantTime.equal(SigV4.signature(text, key), signature)
        case .ecdsa(let key): SigV4A.isValid(signature, of: text, by: key)
        }
    }

    /// Whether a chunk's signature has the length that this kind has.
    func fits(_ signature: String) -> Bool {
        switch self {
        case .hmac: signature.utf8.count == 64
        case .ecdsa: (128...144).contains(signature.utf8.count)
        }
    }
}
