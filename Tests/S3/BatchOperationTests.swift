import Documents
import Kernel
import TestSupport
import Testing

@testable import S3

/// Manifests and reports of batch jobs.
@Suite struct BatchOperationTests {
    private static func rows(_ text: String, piece: Int) throws -> [[String]] {
        var splitter = CSVSplitter()
        var rows: [[String]] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            rows += try splitter.feed(Array(bytes[start..<min(start + piece, bytes.count)]))
        }
        if let last = try splitter.end() { rows.append(last) }
        return rows
    }

    @Test(arguments: [1, 3, 1_000])
    func manifestRows(piece: Int) throws {
        let text = "lake,plain\r\nlake,\"with, comma\"\n\n\"la\"\"ke\",\"two\nlines\"\nlake,ünïcode,\nlake,last"
        #expect(
            try Self.rows(text, piece: piece) == [
                ["lake", "plain"], ["lake", "with, comma"], ["la\"ke", "two\nlines"], ["lake", "ünïcode", ""], ["lake", "last"],
            ])
    }

    @Test func emptyManifestsHaveNoRows() throws {
        #expect(try Self.rows("", piece: 1) == [])
        #expect(try Self.rows("\n\r\n\n", piece: 1) == [])
    }

    @Test func rowsThatAreTooLongOrNoText() {
        #expect(throws: (any Error).self) { try Self.rows(String(repeating: "x", count: Limit.jobLine + 1), piece: 4_096) }
        var splitter = CSVSplitter()
        #expect(throws: (any Error).self) { try splitter.feed([0x61, 0xFF, 0x0A]) }
    }

    @Test(arguments: [
        ("arn:aws:s3:::lake", "lake", nil), ("arn:aws:s3:::lake/a/b c", "lake", "a/b c"),
        (
            "arn:aws:s3:us-east-1:123456789012:accesspoint/door/object/a/b",
            "arn:aws:s3:us-east-1:123456789012:accesspoint/door", "a/b"
        ),
    ])
    func locations(text: String, bucket: String, key: String?) throws {
        let path = try #require(JobPath(text))
        #expect(path.bucket == bucket && path.key == key)
    }

    @Test(arguments: ["lake/key", "arn:aws:sqs:::lake", "arn:aws:s3:::", "arn:aws:s3:::lake/", "arn:aws:s3:::/key"])
    func noLocations(text: String) {
        #expect(JobPath(text) == nil)
    }

    @Test func linesOfAReport() {
        let task = JobTask(bucket: "lake", key: "a key,\"quoted\"", version: nil)
        let good = JobOutcome(task: task, hasSucceeded: true, httpStatus: 200, code: "", message: "Successful")
        #expect(good.line == "lake,a%20key%2C%22quoted%22,,succeeded,200,,Successful\n")
        var other = task
        (other.key, other.version) = ("k", "v1")
        let bad = JobOutcome(
            task: other, hasSucceeded: false, httpStatus: 403, code: "AccessDenied", message: "no, \"never\"\nagain")
        #expect(bad.line == "lake,k,v1,failed,403,AccessDenied,\"no, \"\"never\"\"\nagain\"\n")
    }

    @Test func whatAGeneratorTakes() {
        let filter = JobFilter([
            "CreatedAfter": .timestamp(Timestamp(seconds: 100)), "ObjectSizeGreaterThanBytes": 10, "ObjectSizeLessThanBytes": 20,
            "KeyNameConstraint": ["MatchAnyPrefix": ["logs/", "data/"], "MatchAnySuffix": [".csv"], "MatchAnySubstring": ["-"]],
            "MatchAnyStorageClass": ["STANDARD"],
        ])
        func takes(_ key: String, size: Int64 = 15, at: Int64 = 200, storage: String? = nil) -> Bool {
            var entry: Members = [
                "Key": .string(key), "Size": .integer(size), "LastModified": .timestamp(Timestamp(seconds: at)),
            ]
            if let storage { entry["StorageClass"] = .string(storage) }
            return filter.takes(.map(entry))
        }
        #expect(takes("logs/a-b.csv") && takes("data/-.csv", storage: "STANDARD"))
        #expect(!takes("other/a-b.csv") && !takes("logs/a-b.txt") && !takes("logs/ab.csv"))
        // The bounds themselves are outside.
        #expect(!takes("logs/a-b.csv", size: 10) && !takes("logs/a-b.csv", size: 20) && !takes("logs/a-b.csv", at: 100))
        #expect(!takes("logs/a-b.csv", storage: "GLACIER"))
        #expect(filter.commonPrefix == nil && !filter.needsRecord)
    }

    @Test func whatAGeneratorLooksIntoRecordsFor() {
        var bucket = BucketRecord(name: "lake", account: "123456789012", region: "us-east-1", created: TestPlatform.epoch)
        var record = ObjectRecord()
        func takes(_ filter: Document) -> Bool {
            #expect(JobFilter(filter).needsRecord)
            return JobFilter(filter).takes(record, "logs/1", in: bucket)
        }
        #expect(takes(["ObjectReplicationStatuses": ["NONE", "FAILED"]]))
        record.replication = ReplicationState()
        #expect(!takes(["ObjectReplicationStatuses": ["FAILED"]]) && takes(["ObjectReplicationStatuses": ["COMPLETED"]]))
        record.replication = nil

        #expect(!takes(["EligibleForReplication": true]))
        bucket.versioning = .enabled
        let rule = Shape.ReplicationRule(
            id: "r", priority: 1, filter: Shape.ReplicationRuleFilter(prefix: "logs/"), status: "Enabled",
            destination: Shape.ReplicationDestination(bucket: "arn:aws:s3:::copy"))
        bucket.replication = Shape.ReplicationConfiguration(role: "arn:aws:iam::123456789012:role/r", rules: [rule])
        #expect(!takes(["EligibleForReplication": true]), "a version from before versioning has no id")
        record.nonce = [7]
        #expect(takes(["EligibleForReplication": true]))
        // Replicas go on by a job, and by nothing else.
        record.replication = ReplicationState(isReplica: true)
        #expect(takes(["EligibleForReplication": true]))

        func encrypted(_ filter: Document) -> Bool { takes(["MatchAnyObjectEncryption": [filter]]) }
        #expect(encrypted(["NOTSSE": [:]]) && !encrypted(["SSES3": [:]]))
        record.encryption = ObjectEncryption(method: .s3, salt: [])
        #expect(encrypted(["SSES3": [:]]) && !encrypted(["SSEKMS": [:]]) && !encrypted(["NOTSSE": [:]]))
        record.encryption = ObjectEncryption(method: .kms, salt: [], keyARN: "arn:aws:kms:us-east-1:123456789012:key/1")
        #expect(encrypted(["SSEKMS": [:]]) && !encrypted(["DSSEKMS": [:]]))
        #expect(encrypted(["SSEKMS": ["KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1", "BucketKeyEnabled": false]]))
        #expect(!encrypted(["SSEKMS": ["KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/2"]]))
        #expect(!encrypted(["SSEKMS": ["BucketKeyEnabled": true]]))
    }
}
