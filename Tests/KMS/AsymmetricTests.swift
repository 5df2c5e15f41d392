import Crypto
import Documents
import Kernel
import TestSupport
import Testing

@testable import KMS

@Suite struct AsymmetricTests {
    @Test(arguments: [
        ("ECC_NIST_P256", "ECDSA_SHA_256"), ("ECC_NIST_P384", "ECDSA_SHA_384"), ("ECC_NIST_P521", "ECDSA_SHA_512"),
        ("RSA_2048", "RSASSA_PSS_SHA_256"), ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_512"), ("RSA_2048", "RSASSA_PSS_SHA_384"),
    ])
    func signaturesHoldForTheirMessageOnly(spec: String, algorithm: String) async throws {
        try await withKMS { tarn in
            let key = try await tarn.key(["KeySpec": .string(spec), "KeyUsage": "SIGN_VERIFY"])
            let message = Array("message".utf8)
            func input(_ message: [UInt8], _ type: String, _ signature: Document? = nil) -> Document {
                var members: Members = [
                    "KeyId": .string(key.id), "Message": .blob(message), "MessageType": .string(type),
                    "SigningAlgorithm": .string(algorithm),
                ]
                members["Signature"] = signature
                return .map(members)
            }
            let digest: [UInt8] =
                switch algorithm.suffix(3) {
                case "256": Array(SHA256.hash(data: message))
                case "384": Array(SHA384.hash(data: message))
                default: Array(SHA512.hash(data: message))
                }
            let raw = try #require(try await tarn.kms("Sign", input(message, "RAW"))["Signature"])
            #expect(try await tarn.kms("Verify", input(digest, "DIGEST", raw))["SignatureValid"]?.bool == true)
            let given = try #require(try await tarn.kms("Sign", input(digest, "DIGEST"))["Signature"])
            #expect(try await tarn.kms("Verify", input(message, "RAW", given))["SignatureValid"]?.bool == true)
            var changed = try #require(raw.blob)
            changed[changed.count - 1] ^= 1
            for refused in [
                input(message + [0], "RAW", raw), input(message, "RAW", .blob(changed)), input(message, "RAW", .blob([1])),
            ] {
                #expect(try await tarn.refusal("Verify", refused).code == "KMSInvalidSignatureException")
            }
            #expect(
                try await tarn.refusal("Sign", input([1, 2], "DIGEST")).message
                    == "Digest is invalid length for algorithm \(algorithm).")
            #expect(
                try await tarn.refusal("Encrypt", ["KeyId": .string(key.id), "Plaintext": .blob([1])]).message
                    == "\(key.arn) key usage is SIGN_VERIFY which is not valid for Encrypt.")
        }
    }

    /// The public key is good outside of KMS.
    @Test func publicKeysAreSubjectPublicKeyInfo() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key(["KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"])
            let id = Document.string(key.id)
            let der = try #require(try await tarn.kms("GetPublicKey", ["KeyId": id])["PublicKey"]?.blob)
            let signed = try await tarn.kms(
                "Sign", ["KeyId": id, "Message": .blob([5]), "SigningAlgorithm": "ECDSA_SHA_256"])
            let outside = try P256.Signing.PublicKey(derRepresentation: der)
            let signature = try P256.Signing.ECDSASignature(derRepresentation: try #require(signed["Signature"]?.blob))
            #expect(outside.isValidSignature(signature, for: [5] as [UInt8]))
        }
    }

    @Test func rsaKeysEncrypt() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key(["KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"])
            for algorithm: Document in ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] {
                let sealed = try await tarn.kms(
                    "Encrypt", ["KeyId": .string(key.id), "Plaintext": .blob([4, 2]), "EncryptionAlgorithm": algorithm])
                let blob = try #require(sealed["CiphertextBlob"])
                let input: Document = ["KeyId": .string(key.id), "CiphertextBlob": blob, "EncryptionAlgorithm": algorithm]
                #expect(try await tarn.kms("Decrypt", input)["Plaintext"]?.blob == [4, 2])
            }
            let long: Document = [
                "KeyId": .string(key.id), "Plaintext": .blob([UInt8](repeating: 0, count: 191)),
                "EncryptionAlgorithm": "RSAES_OAEP_SHA_256",
            ]
            #expect(try await tarn.refusal("Encrypt", long).code == "ValidationException")
        }
    }

    @Test func macsAreVerified() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key(["KeySpec": "HMAC_512", "KeyUsage": "GENERATE_VERIFY_MAC"])
            let input: Members = ["KeyId": .string(key.id), "Message": .blob([1]), "MacAlgorithm": "HMAC_SHA_512"]
            let mac = try #require(try await tarn.kms("GenerateMac", .map(input))["Mac"]?.blob)
            #expect(mac.count == 64)
            var verify = input
            verify["Mac"] = .blob(mac)
            #expect(try await tarn.kms("VerifyMac", .map(verify))["MacValid"]?.bool == true)
            verify["Mac"] = .blob(mac.reversed())
            #expect(try await tarn.refusal("VerifyMac", .map(verify)).code == "KMSInvalidMacException")
            verify["MacAlgorithm"] = "HMAC_SHA_256"
            #expect(try await tarn.refusal("VerifyMac", .map(verify)).code == "InvalidKeyUsageException")
        }
    }

    @Test func keyPairsComeWithTheirPrivateHalfSealed() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key()
            let made = try await tarn.kms("GenerateDataKeyPair", ["KeyId": .string(key.id), "KeyPairSpec": "ECC_NIST_P384"])
            let opened = try await tarn.kms("Decrypt", ["CiphertextBlob": try #require(made["PrivateKeyCiphertextBlob"])])
            #expect(opened["Plaintext"] == made["PrivateKeyPlaintext"])
            let pair = try P384.Signing.PrivateKey(derRepresentation: try #require(opened["Plaintext"]?.blob))
            #expect(Array(pair.publicKey.derRepresentation) == made["PublicKey"]?.blob)
        }
    }

    @Test func sharedSecretsAgree() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key(["KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"])
            let der = try #require(try await tarn.kms("GetPublicKey", ["KeyId": .string(key.id)])["PublicKey"]?.blob)
            let other = P256.KeyAgreement.PrivateKey()
            let here = try other.sharedSecretFromKeyAgreement(with: .init(derRepresentation: der)).withUnsafeBytes { Array($0) }
            let there = try await tarn.kms(
                "DeriveSharedSecret",
                [
                    "KeyId": .string(key.id), "KeyAgreementAlgorithm": "ECDH",
                    "PublicKey": .blob(Array(other.publicKey.derRepresentation)),
                ])
            #expect(there["SharedSecret"]?.blob == here)
        }
    }

    @Test func whatTarnHasNotIsRefusedByName() async throws {
        try await withKMS { tarn in
            for spec: Document in ["SM2", "ML_DSA_44"] {
                let refused = try await tarn.refusal("CreateKey", ["KeySpec": spec, "KeyUsage": "SIGN_VERIFY"])
                #expect(refused.code == "UnsupportedOperationException")
            }
        }
    }
}
