import Documents
import Kernel
import Testing

@testable import S3

struct LockTests {
    private static let now = Timestamp(seconds: 1_000_000)

    private static func record(_ mode: Retention.Mode?, held: Bool = false, until: Int64 = 2_000_000) -> ObjectRecord {
        var record = ObjectRecord()
        record.retention = mode.map { Retention(mode: $0, until: Timestamp(seconds: until)) }
        record.legalHold = held
        return record
    }

    @Test func whoMayRemove() {
        #expect(!Self.record(nil).isProtected(at: Self.now, bypasses: false))
        #expect(Self.record(.governance).isProtected(at: Self.now, bypasses: false))
        #expect(!Self.record(.governance).isProtected(at: Self.now, bypasses: true))
        #expect(Self.record(.compliance).isProtected(at: Self.now, bypasses: true))
        #expect(!Self.record(.compliance, until: 1_000_000).isProtected(at: Self.now, bypasses: false))
        #expect(Self.record(nil, held: true).isProtected(at: Self.now, bypasses: true))
    }

    @Test func theRecordKeepsLocksAndRestores() throws {
        var record = Self.record(.compliance, held: true)
        record.restored = RestoredCopy(ready: Timestamp(seconds: 5), expires: Timestamp(seconds: 9))
        record.storedSum = 0xFFFF_FFFF
        #expect(try ObjectRecord(encoded: record.encoded()) == record)
        let manifest = BodyManifest(segments: [])
        #expect(try BodyManifest(encoded: manifest.encoded()) == manifest)
    }

    @Test func restoredCopiesEndAtMidnight() {
        #expect(Archive.expiry(Timestamp(seconds: 3_600), days: 1).seconds == 2 * 86_400)
        #expect(Archive.expiry(Timestamp(seconds: 0), days: 1).seconds == 86_400)
        var record = ObjectRecord()
        record.headers.storageClass = "GLACIER"
        #expect(!record.isReadable(at: Self.now))
        record.restored = RestoredCopy(ready: Self.now, expires: Timestamp(seconds: 1_000_010))
        #expect(record.isReadable(at: Self.now))
        #expect(!record.isReadable(at: Timestamp(seconds: 1_000_010)))
    }

    @Test(arguments: [
        ("http://a.example.com", "PUT", ["x-amz-date"], true), ("http://a.example.com", "DELETE", [], false),
        ("http://example.org", "PUT", [], false), ("http://a.example.com", "PUT", ["content-type"], false),
    ])
    func crossOriginRules(origin: String, method: String, headers: [String], fits: Bool) {
        let rule = Shape.CORSRule(
            allowedHeaders: ["X-Amz-*"], allowedMethods: ["PUT"], allowedOrigins: ["http://*.example.com"])
        #expect((CrossOriginRules.rule([rule], origin: origin, method: method, headers: headers) != nil) == fits)
    }
}
