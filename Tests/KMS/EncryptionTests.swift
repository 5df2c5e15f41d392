import Documents
import Kernel
import TestSupport
import Testing

@testable import KMS

@Suite struct EncryptionTests {
    @Test func whatWasEncryptedDecryptsWithTheSameContextOnly() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key()
            let context: Document = ["a": "1", "b": "2"]
            let sealed = try await tarn.kms(
                "Encrypt", ["KeyId": .string(key.id), "Plaintext": .blob([1, 2, 3]), "EncryptionContext": context])
            let blob = try #require(sealed["CiphertextBlob"])
            let plain = try await tarn.kms("Decrypt", ["CiphertextBlob": blob, "EncryptionContext": ["b": "2", "a": "1"]])
            #expect(plain["Plaintext"]?.blob == [1, 2, 3])
            #expect(plain["KeyId"]?.string == key.arn)
            for other: Document in [
                [:], ["a": "1"], ["a": "1", "b": "3"], ["A": "1", "b": "2"], ["a": "1", "b": "2", "c": ""],
            ] {
                let refused = try await tarn.refusal("Decrypt", ["CiphertextBlob": blob, "EncryptionContext": other])
                #expect(refused.code == "InvalidCiphertextException", "\(other)")
            }
        }
    }

    @Test func anyChangedBitIsRefused() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key()
            let sealed = try await tarn.kms("Encrypt", ["KeyId": .string(key.id), "Plaintext": .blob([7])])
            let blob = try #require(sealed["CiphertextBlob"]?.blob)
            for index in blob.indices {
                for bit in 0..<8 {
                    var changed = blob
                    changed[index] ^= 1 << UInt8(bit)
                    let refused = try await tarn.refusal("Decrypt", ["CiphertextBlob": .blob(changed)])
                    #expect(["InvalidCiphertextException", "AccessDeniedException"].contains(refused.code), "\(index).\(bit)")
                }
            }
            for count in [0, 1, 30, blob.count - 1] {
                let refused = try await tarn.refusal("Decrypt", ["CiphertextBlob": .blob(Array(blob.prefix(count)))])
                #expect(refused.code == (count == 0 ? "ValidationException" : "InvalidCiphertextException"))
            }
        }
    }

    @Test func anotherKeyIsIncorrect() async throws {
        try await withKMS { tarn in
            let (one, two) = (try await tarn.key(), try await tarn.key())
            let sealed = try await tarn.kms("Encrypt", ["KeyId": .string(one.id), "Plaintext": .blob([7])])
            let refused = try await tarn.refusal(
                "Decrypt", ["CiphertextBlob": try #require(sealed["CiphertextBlob"]), "KeyId": .string(two.id)])
            #expect(refused.code == "IncorrectKeyException")
        }
    }

    @Test func dataKeysComeInTheAskedSize() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key()
            let made = try await tarn.kms("GenerateDataKey", ["KeyId": .string(key.id), "KeySpec": "AES_256"])
            #expect(made["Plaintext"]?.blob?.count == 32)
            let opened = try await tarn.kms("Decrypt", ["CiphertextBlob": try #require(made["CiphertextBlob"])])
            #expect(opened["Plaintext"] == made["Plaintext"])
            let sealed = try await tarn.kms(
                "GenerateDataKeyWithoutPlaintext", ["KeyId": .string(key.id), "NumberOfBytes": 64])
            #expect(sealed["Plaintext"] == nil)
            let refused = try await tarn.refusal("GenerateDataKey", ["KeyId": .string(key.id)])
            #expect(refused.message == "Please specify either number of bytes or key spec.")
            #expect(
                try await tarn.refusal("GenerateDataKey", ["KeyId": .string(key.id), "KeySpec": "AES_256", "DryRun": true]).code
                    == "DryRunOperationException")
        }
    }

    @Test func reEncryptMovesToAnotherKey() async throws {
        try await withKMS { tarn in
            let (one, two) = (try await tarn.key(), try await tarn.key())
            let sealed = try await tarn.kms(
                "Encrypt", ["KeyId": .string(one.id), "Plaintext": .blob([9]), "EncryptionContext": ["k": "v"]])
            let moved = try await tarn.kms(
                "ReEncrypt",
                [
                    "CiphertextBlob": try #require(sealed["CiphertextBlob"]), "SourceEncryptionContext": ["k": "v"],
                    "DestinationKeyId": .string(two.id),
                ])
            #expect(moved["SourceKeyId"]?.string == one.arn)
            let plain = try await tarn.kms(
                "Decrypt", ["CiphertextBlob": try #require(moved["CiphertextBlob"]), "KeyId": .string(two.arn)])
            #expect(plain["Plaintext"]?.blob == [9])
        }
    }

    @Test func oldMaterialStillDecrypts() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key()
            let id = Document.string(key.id)
            let old = try await tarn.kms("Encrypt", ["KeyId": id, "Plaintext": .blob([1])])
            _ = try await tarn.kms("RotateKeyOnDemand", ["KeyId": id])
            _ = try await tarn.kms("EnableKeyRotation", ["KeyId": id, "RotationPeriodInDays": 90])
            try await tarn.advance(.seconds(91 * 86_400))
            let rotations = try await tarn.kms("ListKeyRotations", ["KeyId": id])["Rotations"]?.list ?? []
            #expect(rotations.compactMap { $0["RotationType"]?.string } == ["ON_DEMAND", "AUTOMATIC"])
            let plain = try await tarn.kms("Decrypt", ["CiphertextBlob": try #require(old["CiphertextBlob"])])
            #expect(plain["Plaintext"]?.blob == [1])
            let new = try await tarn.kms("GenerateDataKey", ["KeyId": id, "KeySpec": "AES_128"])
            #expect(new["KeyMaterialId"] != plain["KeyMaterialId"])
            #expect(new["KeyMaterialId"]?.string == rotations.last?["KeyMaterialId"]?.string)
        }
    }

    @Test func aDeletedKeyTakesItsCiphertextsAlong() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key()
            let id = Document.string(key.id)
            let old = try await tarn.kms("Encrypt", ["KeyId": id, "Plaintext": .blob([1])])
            let blob = try #require(old["CiphertextBlob"])
            _ = try await tarn.kms("ScheduleKeyDeletion", ["KeyId": id, "PendingWindowInDays": 7])
            #expect(try await tarn.refusal("Decrypt", ["CiphertextBlob": blob]).message == "\(key.arn) is pending deletion.")
            _ = try await tarn.kms("CancelKeyDeletion", ["KeyId": id])
            #expect(try await tarn.refusal("Decrypt", ["CiphertextBlob": blob]).message == "\(key.arn) is disabled.")
            _ = try await tarn.kms("EnableKey", ["KeyId": id])
            _ = try await tarn.kms("Decrypt", ["CiphertextBlob": blob])
            _ = try await tarn.kms("ScheduleKeyDeletion", ["KeyId": id, "PendingWindowInDays": 7])
            try await tarn.advance(.seconds(7 * 86_400 + 1))
            #expect(try await tarn.refusal("DescribeKey", ["KeyId": id]).message == "Key '\(key.arn)' does not exist")
            #expect(
                try await tarn.refusal("Decrypt", ["CiphertextBlob": blob]).message.hasPrefix(
                    "The ciphertext refers to a customer"))
        }
    }
}
