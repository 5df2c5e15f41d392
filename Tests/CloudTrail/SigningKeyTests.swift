import Documents
import Kernel
import Store
import TestSupport
import Testing

@Suite struct SigningKeyTests {
    /// The object identifier rsaEncryption in DER: it stands in every private key of PKCS #8, and in no public one of PKCS #1.
    private static let mark: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]

    @Test func theKeyThatSignsDigestsIsNotInTheStore() async throws {
        try await Fixture.with { tarn in
            try await tarn.call("s3", "CreateBucket", ["Bucket": "trails"])
            try await Fixture.openBucket(tarn)
            let trail: Document = ["Name": "main", "S3BucketName": "trails", "EnableLogFileValidation": true]
            try await tarn.call("cloudtrail", "CreateTrail", trail)
            try await tarn.call("cloudtrail", "StartLogging", ["Name": "main"])
            try await tarn.advance(.seconds(2 * 3_600))
            let kept = try await tarn.platform.store.read { snapshot -> [[UInt8]] in
                var kept: [[UInt8]] = []
                try snapshot.scan(Key(.trailSigningKey)) { _, bytes in
                    kept.append(bytes)
                    return true
                }
                return kept
            }
            #expect(kept.count == 1)
            let isOpen = kept.contains { bytes in
                bytes.indices.contains { bytes[$0...].starts(with: Self.mark) }
            }
            #expect(!isOpen)
            let keys = try await tarn.call("cloudtrail", "ListPublicKeys", [:])["PublicKeyList"]?.list
            #expect(keys?.count == 1)
        }
    }
}
