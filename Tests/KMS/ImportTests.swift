import Crypto
import CryptoExtras
import Documents
import Kernel
import TestSupport
import Testing

@testable import KMS

@Suite struct ImportTests {
    /// Imports `plain` into an EXTERNAL key and gives what ImportKeyMaterial says.
    private static func put(
        _ plain: [UInt8], into id: Document, _ tarn: TestPlatform,
        _ more: Members = ["ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"]
    ) async throws -> Document {
        let parameters = try await tarn.kms(
            "GetParametersForImport",
            ["KeyId": id, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"])
        let key = try _RSA.Encryption.PublicKey(derRepresentation: try #require(parameters["PublicKey"]?.blob))
        var input = more
        input["KeyId"] = id
        input["ImportToken"] = parameters["ImportToken"]
        input["EncryptedKeyMaterial"] = .blob(Array(try key.encrypt(plain, padding: .PKCS1_OAEP_SHA256)))
        return try await tarn.kms("ImportKeyMaterial", .map(input))
    }

    /// RFC 4868, section 2.7.2.1: the published HMAC-SHA-256 of "Hi There" under 32 bytes 0x0b.
    @Test func importedMaterialIsWhatComputes() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key(["KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC", "Origin": "EXTERNAL"])
            let id = Document.string(key.id)
            let mac: Document = ["KeyId": id, "Message": .blob(Array("Hi There".utf8)), "MacAlgorithm": "HMAC_SHA_256"]
            #expect(try await tarn.refusal("GenerateMac", mac).message == "\(key.arn) is pending import.")
            _ = try await Self.put([UInt8](repeating: 0x0B, count: 32), into: id, tarn)
            #expect(
                Hex.encode(try #require(try await tarn.kms("GenerateMac", mac)["Mac"]?.blob))
                    == "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7")
        }
    }

    @Test func onlyTheSameMaterialComesBack() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key(["Origin": "EXTERNAL"])
            let id = Document.string(key.id)
            let material = [UInt8](repeating: 5, count: 32)
            let date = Document.timestamp(TestPlatform.epoch + .seconds(3_600))
            _ = try await Self.put(material, into: id, tarn, ["ValidTo": date])
            let sealed = try await tarn.kms("Encrypt", ["KeyId": id, "Plaintext": .blob([1])])
            let blob = try #require(sealed["CiphertextBlob"])
            try await tarn.advance(.seconds(3_601))
            #expect(try await tarn.refusal("Decrypt", ["CiphertextBlob": blob]).message == "\(key.arn) is pending import.")
            await #expect(throws: AWSError.self) { _ = try await Self.put([UInt8](repeating: 6, count: 32), into: id, tarn) }
            _ = try await Self.put(material, into: id, tarn)
            #expect(try await tarn.kms("Decrypt", ["CiphertextBlob": blob])["Plaintext"]?.blob == [1])
            _ = try await tarn.kms("DeleteImportedKeyMaterial", ["KeyId": id])
            let state = try await tarn.kms("DescribeKey", ["KeyId": id])["KeyMetadata"]?["KeyState"]
            #expect(state?.string == "PendingImport")
        }
    }

    @Test func newMaterialWaitsForItsRotation() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key(["Origin": "EXTERNAL"])
            let id = Document.string(key.id)
            _ = try await Self.put([UInt8](repeating: 1, count: 32), into: id, tarn)
            let old = try await tarn.kms("GenerateDataKey", ["KeyId": id, "KeySpec": "AES_256"])
            let new = try await Self.put(
                [UInt8](repeating: 2, count: 32), into: id, tarn,
                ["ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE", "ImportType": "NEW_KEY_MATERIAL"])
            #expect(
                try await tarn.kms("GenerateDataKey", ["KeyId": id, "KeySpec": "AES_256"])["KeyMaterialId"]
                    == old["KeyMaterialId"])
            _ = try await tarn.kms("RotateKeyOnDemand", ["KeyId": id])
            #expect(
                try await tarn.kms("GenerateDataKey", ["KeyId": id, "KeySpec": "AES_256"])["KeyMaterialId"]
                    == new["KeyMaterialId"])
            let opened = try await tarn.kms("Decrypt", ["CiphertextBlob": try #require(old["CiphertextBlob"])])
            #expect(opened["Plaintext"] == old["Plaintext"])
        }
    }

    @Test func tokensOfAnotherKeyAreRefused() async throws {
        try await withKMS { tarn in
            let (one, two) = (try await tarn.key(["Origin": "EXTERNAL"]), try await tarn.key(["Origin": "EXTERNAL"]))
            let parameters = try await tarn.kms(
                "GetParametersForImport",
                ["KeyId": .string(one.id), "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"])
            let refused = try await tarn.refusal(
                "ImportKeyMaterial",
                [
                    "KeyId": .string(two.id), "ImportToken": try #require(parameters["ImportToken"]),
                    "EncryptedKeyMaterial": .blob([1]), "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
                ])
            #expect(refused.code == "InvalidImportTokenException")
        }
    }

    /// RFC 5649, section 6.
    @Test func paddedKeyWrapKnownAnswers() throws {
        let key = SymmetricKey(data: try #require(Hex.decode("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8")))
        for (plain, wrapped) in [
            ("c37b7e6492584340bed12207808941155068f738", "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"),
            ("466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f"),
        ] {
            let bytes = try #require(Hex.decode(wrapped))
            #expect(PaddedKeyWrap.unwrap(bytes, key) == Hex.decode(plain))
            var changed = bytes
            changed[3] ^= 1
            #expect(PaddedKeyWrap.unwrap(changed, key) == nil)
        }
    }
}
