import Documents
import Kernel
import TestSupport
import Testing

@testable import KMS

@Suite struct MultiRegionTests {
    @Test func aReplicaOpensWhatThePrimarySealed() async throws {
        try await withKMS { tarn in
            let key = try await tarn.key(["MultiRegion": true])
            let id = Document.string(key.id)
            #expect(key.id.hasPrefix("mrk-"))
            let made = try await tarn.kms("ReplicateKey", ["KeyId": id, "ReplicaRegion": "eu-west-1"])
            #expect(made["ReplicaKeyMetadata"]?["MultiRegionConfiguration"]?["MultiRegionKeyType"]?.string == "REPLICA")
            _ = try await tarn.kms("RotateKeyOnDemand", ["KeyId": id])
            let sealed = try await tarn.kms("Encrypt", ["KeyId": id, "Plaintext": .blob([3])])
            let input: Document = ["CiphertextBlob": try #require(sealed["CiphertextBlob"])]
            let there = try await tarn.kms("Decrypt", input, region: "eu-west-1")
            #expect(there["Plaintext"]?.blob == [3])
            #expect(there["KeyId"]?.string == "arn:aws:kms:eu-west-1:\(account):key/\(key.id)")
            #expect(
                try await tarn.refusal("Decrypt", input, region: "eu-north-1").message.hasPrefix("The ciphertext refers to"))
            #expect(
                try await tarn.refusal("RotateKeyOnDemand", ["KeyId": id], region: "eu-west-1").code
                    == "UnsupportedOperationException")
        }
    }

    @Test func thePrimaryMovesAndWaitsForItsReplicas() async throws {
        try await withKMS { tarn in
            let id = Document.string(try await tarn.key(["MultiRegion": true]).id)
            _ = try await tarn.kms("ReplicateKey", ["KeyId": id, "ReplicaRegion": "eu-west-1"])
            _ = try await tarn.kms("UpdatePrimaryRegion", ["KeyId": id, "PrimaryRegion": "eu-west-1"])
            let moved = try await tarn.kms("DescribeKey", ["KeyId": id])["KeyMetadata"]?["MultiRegionConfiguration"]
            #expect(moved?["MultiRegionKeyType"]?.string == "REPLICA")
            #expect(moved?["PrimaryKey"]?["Region"]?.string == "eu-west-1")
            let deletion = try await tarn.kms(
                "ScheduleKeyDeletion", ["KeyId": id, "PendingWindowInDays": 7], region: "eu-west-1")
            #expect(deletion["KeyState"]?.string == "PendingReplicaDeletion")
            _ = try await tarn.kms("ScheduleKeyDeletion", ["KeyId": id, "PendingWindowInDays": 7])
            try await tarn.advance(.seconds(8 * 86_400))
            let waiting = try await tarn.kms("DescribeKey", ["KeyId": id], region: "eu-west-1")["KeyMetadata"]
            #expect(waiting?["KeyState"]?.string == "PendingDeletion")
            try await tarn.advance(.seconds(8 * 86_400))
            #expect(try await tarn.refusal("DescribeKey", ["KeyId": id], region: "eu-west-1").code == "NotFoundException")
        }
    }
}
