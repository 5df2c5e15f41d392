import Crypto
import Documents
import Foundation
import Kernel
import Store
import TestSupport
import Testing

@testable import S3

@Suite struct EncryptionTests {
    private let cipher = ObjectCipher(bases: [HMACKey(SymmetricKey(size: .bits256))], salt: [UInt8](repeating: 3, count: 16))

    @Test func inlineBodiesOpenOnlyAsTheyWere() throws {
        let plain = Array("a body".utf8)
        let sealed = try cipher.sealInline(plain)
        #expect(sealed.count == plain.count + FrameCipher.tagSize)
        #expect(try cipher.openInline(sealed) == plain)
        for index in sealed.indices {
            var broken = sealed
            broken[index] ^= 1
            #expect(throws: StoreError.self) { try cipher.openInline(broken) }
        }
        let other = ObjectCipher(bases: [HMACKey(SymmetricKey(size: .bits256))], salt: [UInt8](repeating: 3, count: 16))
        #expect(throws: StoreError.self) { try other.openInline(sealed) }
    }

    @Test func framesCannotChangePlaces() throws {
        guard let id = BlobID("0123456789abcdef0123456789abcdef"), let elsewhere = BlobID("f123456789abcdef0123456789abcdef")
        else { return }
        let frames = cipher.frames(of: id)
        let frame = try frames.seal([1, 2, 3], index: 4, isLast: false)
        #expect(frames.open(frame[...], index: 4, isLast: false) == [1, 2, 3])
        #expect(frames.open(frame[...], index: 5, isLast: false) == nil)
        #expect(frames.open(frame[...], index: 4, isLast: true) == nil)
        #expect(frames.open(frame.dropLast(), index: 4, isLast: false) == nil)
        #expect(cipher.frames(of: elsewhere).open(frame[...], index: 4, isLast: false) == nil)
    }

    /// Every range of a sealed blob is that of the plain bytes, whatever frames it cuts; what is not there is an error.
    @Test func rangesOfABlobAreThoseOfItsBytes() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: directory) }
        let store = try BlobStore(directory: directory.path)
        let size = 2 * FrameCipher.frameSize + 777
        let plain = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
        for cipher in [cipher, nil] {
            var writer = BodyWriter(try await store.writer(), cipher)
            try await writer.write(Array(plain[..<100_000]))
            try await writer.write(Array(plain[100_000...]))
            let blob = try await writer.finish()
            let reader = BodyReader(try #require(try await store.reader(blob.id)), size: blob.size, cipher)
            let edges = [0, 1, 65_535, 65_536, 65_537, 131_072, size - 1, size]
            for from in edges {
                for to in edges where to > from {
                    #expect(try await reader.read(offset: Int64(from), count: to - from) == Array(plain[from..<to]))
                }
            }
            guard cipher != nil else { continue }
            let longer = BodyReader(try #require(try await store.reader(blob.id)), size: blob.size + 1, cipher)
            await #expect(throws: StoreError.self) { try await longer.read(offset: 0, count: size + 1) }
            await #expect(throws: StoreError.self) { try await longer.read(offset: Int64(size), count: 1) }
        }
    }

    @Test func twoLayersAreTwoLayers() throws {
        let (inner, outer) = (SymmetricKey(size: .bits256), SymmetricKey(size: .bits256))
        let both = ObjectCipher(bases: [inner, outer].map { HMACKey($0) }, salt: [1])
        let sealed = try both.sealInline([9])
        #expect(sealed.count == 1 + 2 * FrameCipher.tagSize)
        #expect(try both.openInline(sealed) == [9])
        // The outer key alone shows what the inner one still hides.
        let half = try ObjectCipher(bases: [HMACKey(outer)], salt: [1]).openInline(sealed)
        #expect(try ObjectCipher(bases: [HMACKey(inner)], salt: [1]).openInline(half) == [9])
    }

    @Test func recordsKeepTheirEncryptionAndList() throws {
        var record = ObjectRecord()
        var encryption = ObjectEncryption(method: .kms, salt: [1, 2])
        encryption.keyARN = "arn:aws:kms:us-east-1:111122223333:key/k"
        encryption.wrappedKey = [7, 8]
        encryption.context = ["aws:s3:arn": "arn:aws:s3:::b/k", "team": "red"]
        encryption.usesBucketKey = true
        record.encryption = encryption
        record.owner = "222222222222"
        record.grants = [Grant(grantee: Group.allUsers.rawValue, right: .read)]
        record.tags = [Tag(key: "a", value: "b")]
        #expect(try ObjectRecord(encoded: record.encoded()) == record)
        encryption = ObjectEncryption(method: .customer, salt: [1])
        (encryption.customerKeyMD5, encryption.customerKeyProof) = ("md5", [4])
        (record.encryption, record.grants) = (encryption, [])
        #expect(try ObjectRecord(encoded: record.encoded()) == record)
    }

    @Test func aBitFlippedOnDiskIsNeverServed() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
            _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "k"], body: body)
            #expect(try await tarn.get(["Bucket": "lake", "Key": "k"]).1 == body)
            let files = FileManager.default.enumerator(atPath: tarn.directory + "/blobs")?.compactMap { $0 as? String } ?? []
            guard let name = files.first(where: { $0.split(separator: "/").last?.count == 32 }) else {
                Issue.record("there is no blob")
                return
            }
            let path = tarn.directory + "/blobs/" + name
            var bytes = try Data(contentsOf: URL(filePath: path))
            #expect(bytes.count == body.count + 4 * FrameCipher.tagSize)
            bytes[150_000] ^= 4
            try bytes.write(to: URL(filePath: path))
            await #expect(throws: (any Error).self) { try await tarn.get(["Bucket": "lake", "Key": "k"]) }
            // Frames that are whole can still be read.
            let (_, head) = try await tarn.get(["Bucket": "lake", "Key": "k", "Range": "bytes=0-99"])
            #expect(head == Array(body[..<100]))
        }
    }

    @Test func bytesFromBeforeEncryptionStayReadable() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            try await tarn.platform.store.write { transaction in
                guard let bytes = try transaction.value(BucketRecord.key("lake")) else { return }
                var record = ObjectRecord()
                (record.size, record.eTag) = (3, "00000000000000000000000000000000")
                _ = try ObjectTable.put(
                    record, .inline([1, 2, 3]), replacing: nil, in: BucketRecord(stored: bytes), "old", now: TestPlatform.epoch,
                    transaction)
            }
            let (reply, bytes) = try await tarn.get(["Bucket": "lake", "Key": "old"])
            #expect(bytes == [1, 2, 3])
            #expect(reply.output["ServerSideEncryption"] == nil)
            // A copy is a new object, and encrypted.
            let copy = try await tarn.s3("CopyObject", ["Bucket": "lake", "Key": "new", "CopySource": "lake/old"])
            #expect(copy["ServerSideEncryption"]?.string == "AES256")
            #expect(try await tarn.get(["Bucket": "lake", "Key": "new"]).1 == [1, 2, 3])
        }
    }

    @Test func theInstallationsKeyOpensUnderItsRootKeyOnly() async throws {
        try await TestPlatform.with([]) { tarn in
            try await InstallationKey().open(tarn.platform)
            try await InstallationKey().open(tarn.platform)
            let own = tarn.platform
            let other = Platform(
                configuration: own.configuration, clock: own.clock, store: own.store, blobs: own.blobs, logs: own.logs,
                models: own.models, identity: own.identity, rootKey: .random(), services: [], log: own.log)
            await #expect(throws: Sealer.Failure.self) { try await InstallationKey().open(other) }
        }
    }
}
