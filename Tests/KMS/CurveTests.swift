import Crypto
import Documents
import Testing

@testable import KMS

/// What the library does not have and KMS does by itself, against published values.
@Suite struct CurveTests {
    private func bytes(_ hex: String) -> [UInt8] { Hex.decode(hex) ?? [] }

    /// FIPS 180-4's example and RFC 4231, test case 2.
    @Test func sha224() {
        #expect(SHA224.hash(Array("abc".utf8)) == bytes("23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"))
        #expect(SHA224.hash([]) == bytes("d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f"))
        #expect(
            SHA224.mac(Array("what do ya want for nothing?".utf8), Array("Jefe".utf8))
                == bytes("a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"))
        // RFC 4231, test case 6: a key longer than a block.
        #expect(
            SHA224.mac(
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8), [UInt8](repeating: 0xAA, count: 131))
                == bytes("95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e"))
    }

    /// The key 1 has the base point of SEC 2 for its public key; the nonces are those of RFC 6979.
    @Test func secp256k1() throws {
        let one = [UInt8](repeating: 0, count: 31) + [1]
        let head = Array(Secp256k1.PrivateKey().pkcs8.prefix(33))
        let key = try Secp256k1.PrivateKey(der: head + one + Array(Secp256k1.PrivateKey().pkcs8.dropFirst(head.count + 32)))
        #expect(
            key.publicKey
                == bytes(
                    "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
                        + "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"))
        let digest = SHA256.hash(data: Array("Satoshi Nakamoto".utf8))
        let signature = key.signature(for: digest)
        let r = bytes("934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8")
        #expect(signature.count > 40 && Array(signature.dropFirst(signature[3] == 33 ? 5 : 4).prefix(32)) == r)
        #expect(key.isValid(signature, for: digest))
        #expect(!key.isValid(signature, for: SHA256.hash(data: [1])))
        var broken = signature
        broken[broken.count - 1] ^= 1
        #expect(!key.isValid(broken, for: digest))
        for junk: [UInt8] in [[], [0x30, 0], [0x30, 6, 2, 1, 0, 2, 1, 0], [UInt8](repeating: 0x30, count: 72)] {
            #expect(!key.isValid(junk, for: digest))
        }
    }

    @Test func keysReadBackWhatTheyWrote() throws {
        let key = Secp256k1.PrivateKey()
        let again = try Secp256k1.PrivateKey(der: key.pkcs8)
        #expect(again.publicDER == key.publicDER)
        let digest = SHA256.hash(data: [1, 2, 3])
        #expect(again.signature(for: digest) == key.signature(for: digest))
        #expect(Secp256k1.PrivateKey().publicKey != key.publicKey)
        #expect(throws: KMSFault.self) { try Secp256k1.PrivateKey(der: [1, 2, 3]) }
        let zero = Array(key.pkcs8.prefix(33)) + [UInt8](repeating: 0, count: 32) + Array(key.pkcs8.dropFirst(65))
        #expect(throws: KMSFault.self) { try Secp256k1.PrivateKey(der: zero) }
        for spec: KeySpec in [.ed25519, .mldsa65, .mldsa87] {
            let der = SeedKey.pkcs8([UInt8](repeating: 7, count: 32), spec)
            let key = try SeedKey(der: der, spec)
            #expect(try key.isValid(key.signature(for: [1]), for: [1]))
            #expect(try !key.isValid(key.signature(for: [1]), for: [2]))
            #expect(throws: KMSFault.self) { try SeedKey(der: der + [0], spec) }
        }
    }

    @Test(arguments: [
        ("ECC_SECG_P256K1", "ECDSA_SHA_256", "DIGEST"), ("ECC_SECG_P256K1", "ECDSA_SHA_256", "RAW"),
        ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512", "RAW"), ("ML_DSA_65", "ML_DSA_SHAKE_256", "RAW"),
        ("ML_DSA_87", "ML_DSA_SHAKE_256", "RAW"),
    ])
    func theFurtherKeysSign(_ spec: String, _ algorithm: String, _ type: String) async throws {
        try await withKMS { tarn in
            let key = try await tarn.key(["KeySpec": .string(spec), "KeyUsage": "SIGN_VERIFY"])
            var input: Members = [
                "KeyId": .string(key.id), "SigningAlgorithm": .string(algorithm), "MessageType": .string(type),
                "Message": .blob([UInt8](repeating: 9, count: 32)),
            ]
            input["Signature"] = try await tarn.kms("Sign", .map(input))["Signature"]
            #expect(try await tarn.kms("Verify", .map(input))["SignatureValid"]?.bool == true)
            let shown = try await tarn.kms("GetPublicKey", ["KeyId": .string(key.id)])
            #expect(shown["SigningAlgorithms"] == [.string(algorithm)] && shown["KeySpec"]?.string == spec)
            input["Message"] = .blob([UInt8](repeating: 8, count: 32))
            #expect(try await tarn.refusal("Verify", .map(input)).code == "KMSInvalidSignatureException")
            guard spec != "ECC_SECG_P256K1" else { return }
            input["MessageType"] = "DIGEST"
            #expect(
                try await tarn.refusal("Verify", .map(input)).message
                    == "Message type DIGEST is incompatible with key spec \(spec).")
        }
    }

    @Test func shortMacsAreVerified() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key(["KeySpec": "HMAC_224", "KeyUsage": "GENERATE_VERIFY_MAC"])
            var input: Members = ["KeyId": .string(key.id), "Message": .blob([1]), "MacAlgorithm": "HMAC_SHA_224"]
            let mac = try #require(try await tarn.kms("GenerateMac", .map(input))["Mac"]?.blob)
            #expect(mac.count == 28)
            input["Mac"] = .blob(mac)
            #expect(try await tarn.kms("VerifyMac", .map(input))["MacValid"]?.bool == true)
            input["Mac"] = .blob(mac.dropLast() + [mac[27] ^ 1])
            #expect(try await tarn.refusal("VerifyMac", .map(input)).code == "KMSInvalidMacException")
        }
    }
}
