/// The kinds of keys (https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html). Those that
/// AWS has and Tarn has not (SM2, ML-DSA-44, ML-KEM) are refused by name.
enum KeySpec: String, Codable, Sendable, Hashable {
    case symmetric = "SYMMETRIC_DEFAULT"
    case rsa2048 = "RSA_2048"
    case rsa3072 = "RSA_3072"
    case rsa4096 = "RSA_4096"
    case p256 = "ECC_NIST_P256"
    case p384 = "ECC_NIST_P384"
    case p521 = "ECC_NIST_P521"
    case secp256k1 = "ECC_SECG_P256K1"
    case ed25519 = "ECC_NIST_EDWARDS25519"
    case mldsa65 = "ML_DSA_65"
    case mldsa87 = "ML_DSA_87"
    case hmac224 = "HMAC_224"
    case hmac256 = "HMAC_256"
    case hmac384 = "HMAC_384"
    case hmac512 = "HMAC_512"

    /// - Throws: ``KMSFault/unsupported(_:)``; names that AWS does not know were refused by the API model.
    init(named name: String) throws(KMSFault) {
        guard let spec = KeySpec(rawValue: name) else { throw .unsupported("Tarn has no keys of the spec \(name).") }
        self = spec
    }

    var isRSA: Bool { self == .rsa2048 || self == .rsa3072 || self == .rsa4096 }
    var isHMAC: Bool { self == .hmac224 || self == .hmac256 || self == .hmac384 || self == .hmac512 }
    var isAsymmetric: Bool { self != .symmetric && !isHMAC }

    var usages: [KeyUsage] {
        switch self {
        case .symmetric: [.encryptDecrypt]
        case .hmac224, .hmac256, .hmac384, .hmac512: [.mac]
        case .rsa2048, .rsa3072, .rsa4096: [.encryptDecrypt, .signVerify]
        case .p256, .p384, .p521: [.signVerify, .keyAgreement]
        case .secp256k1, .ed25519, .mldsa65, .mldsa87: [.signVerify]
        }
    }

    /// Of the key's own material, in bits: what RSA keys are made with.
    var rsaBits: Int {
        switch self {
        case .rsa3072: 3_072
        case .rsa4096: 4_096
        default: 2_048
        }
    }

    /// Bytes of symmetric and HMAC material.
    var materialBytes: Int {
        switch self {
        case .hmac224: 28
        case .hmac384: 48
        case .hmac512: 64
        default: 32
        }
    }

    func encryptionAlgorithms(_ usage: KeyUsage) -> [String]? {
        guard usage == .encryptDecrypt else { return nil }
        return self == .symmetric ? ["SYMMETRIC_DEFAULT"] : ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]
    }

    func signingAlgorithms(_ usage: KeyUsage) -> [String]? {
        guard usage == .signVerify else { return nil }
        switch self {
        case .p256, .secp256k1: return ["ECDSA_SHA_256"]
        case .p384: return ["ECDSA_SHA_384"]
        case .p521: return ["ECDSA_SHA_512"]
        // Not ED25519_PH_SHA_512: the library has no prehashed form.
        case .ed25519: return ["ED25519_SHA_512"]
        case .mldsa65, .mldsa87: return ["ML_DSA_SHAKE_256"]
        default:
            return ["RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PKCS1_V1_5_SHA_384", "RSASSA_PKCS1_V1_5_SHA_512"]
                + ["RSASSA_PSS_SHA_256", "RSASSA_PSS_SHA_384", "RSASSA_PSS_SHA_512"]
        }
    }

    var macAlgorithm: String? {
        switch self {
        case .hmac224: "HMAC_SHA_224"
        case .hmac256: "HMAC_SHA_256"
        case .hmac384: "HMAC_SHA_384"
        case .hmac512: "HMAC_SHA_512"
        default: nil
        }
    }
}

enum KeyUsage: String, Codable, Sendable, Hashable {
    case encryptDecrypt = "ENCRYPT_DECRYPT"
    case signVerify = "SIGN_VERIFY"
    case mac = "GENERATE_VERIFY_MAC"
    case keyAgreement = "KEY_AGREEMENT"
}

enum KeyOrigin: String, Codable, Sendable, Hashable {
    case kms = "AWS_KMS"
    case external = "EXTERNAL"
}
