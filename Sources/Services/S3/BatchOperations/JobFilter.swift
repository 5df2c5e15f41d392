import Compression
import Crypto
import Documents
import Kernel

/// Which objects a manifest generator takes
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_JobManifestGeneratorFilter.html).
struct JobFilter {
    private let createdAfter: Timestamp?
    private let createdBefore: Timestamp?
    private let prefixes: [String]?
    private let suffixes: [String]?
    private let substrings: [String]?
    private let larger: Int64?
    private let smaller: Int64?
    private let classes: Set<String>?
    private let statuses: Set<String>?
    private let isForReplication: Bool
    private let encryption: EncryptionWish?

    init(_ filter: Document) {
        (createdAfter, createdBefore) = (filter["CreatedAfter"]?.timestamp, filter["CreatedBefore"]?.timestamp)
        func texts(_ name: String) -> [String]? { filter["KeyNameConstraint"]?[name]?.list?.compactMap(\.string) }
        (prefixes, suffixes, substrings) = (texts("MatchAnyPrefix"), texts("MatchAnySuffix"), texts("MatchAnySubstring"))
        (larger, smaller) = (filter["ObjectSizeGreaterThanBytes"]?.integer, filter["ObjectSizeLessThanBytes"]?.integer)
        classes = filter["MatchAnyStorageClass"]?.list.map { Set($0.compactMap(\.string)) }
        statuses = filter["ObjectReplicationStatuses"]?.list.map { Set($0.compactMap(\.string)) }
        isForReplication = filter["EligibleForReplication"]?.bool == true
        encryption = filter["MatchAnyObjectEncryption"]?.list.map(EncryptionWish.init)
    }

    /// What every key begins with, where there is one prefix only.
    var commonPrefix: String? { prefixes?.count == 1 ? prefixes?.first : nil }
    /// A listing does not tell enough.
    var needsRecord: Bool { statuses != nil || isForReplication || encryption != nil }

    /// - Parameter entry: of a listing.
    func takes(_ entry: Document) -> Bool {
        let (key, size) = (entry["Key"]?.string ?? "", entry["Size"]?.integer ?? 0)
        if let prefixes, !prefixes.contains(where: key.hasPrefix) { return false }
        if let suffixes, !suffixes.contains(where: key.hasSuffix) { return false }
        if let substrings, !substrings.contains(where: { Self.contains(key, $0) }) { return false }
        if let larger, size <= larger { return false }
        if let smaller, size >= smaller { return false }
        if let classes, !classes.contains(entry["StorageClass"]?.string ?? "STANDARD") { return false }
        if let modified = entry["LastModified"]?.timestamp {
            if let createdAfter, modified <= createdAfter { return false }
            if let createdBefore, modified >= createdBefore { return false }
        }
        return true
    }

    /// What a listing does not tell.
    func takes(_ record: ObjectRecord, _ key: String, in bucket: BucketRecord) -> Bool {
        if let statuses, !statuses.contains(record.replication?.status.rawValue ?? "NONE") { return false }
        if isForReplication {
            guard record.nonce != nil, !bucket.replicationRules(for: record, key).isEmpty else { return false }
        }
        return encryption?.takes(record.encryption) ?? true
    }

    private static func contains(_ text: String, _ part: String) -> Bool {
        let (text, part) = (Array(text.utf8), Array(part.utf8))
        guard !part.isEmpty else { return true }
        guard text.count >= part.count else { return false }
        return (0...text.count - part.count).contains { text[$0..<$0 + part.count].elementsEqual(part) }
    }
}

/// How the objects of a generated manifest are encrypted
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ObjectEncryptionFilter.html).
struct EncryptionWish {
    private let filters: [Document]

    init(_ filters: [Document]) { self.filters = filters }

    func takes(_ encryption: ObjectEncryption?) -> Bool { filters.contains { Self.takes(encryption, $0) } }

    private static func takes(_ encryption: ObjectEncryption?, _ filter: Document) -> Bool {
        switch encryption?.method {
        case nil: return filter["NOTSSE"] != nil
        case .s3: return filter["SSES3"] != nil
        case .customer: return filter["SSEC"] != nil
        case .kms, .dsse:
            guard let wish = filter[encryption?.method == .kms ? "SSEKMS" : "DSSEKMS"] else { return false }
            if let key = wish["KmsKeyArn"]?.string, key != encryption?.keyARN { return false }
            if let usesBucketKey = wish["BucketKeyEnabled"]?.bool, usesBucketKey != encryption?.usesBucketKey { return false }
            return true
        }
    }
}

/// A generated manifest that the customer wants to have: packed lists, and an inventory's manifest over them.
struct ManifestOutput {
    struct File {
        var bucket: String
        var key: String
        var bytes: [UInt8]
        var headers: Members
    }
    let bucketARN: String
    private let bucket: String
    private let prefix: String
    private let headers: Members
    private var lines: [UInt8] = []
    private var count = 0
    private var files: [Document] = []

    init?(_ generator: Document, _ job: JobRecord) {
        guard let location = generator["ManifestOutputLocation"], let arn = location["Bucket"]?.string, let path = JobPath(arn)
        else { return nil }
        (bucketARN, bucket) = (arn, path.bucket)
        let own = location["ManifestPrefix"]?.string ?? ""
        prefix = "\(own)\(own.isEmpty || own.hasSuffix("/") ? "" : "/")job-\(job.id)/manifest"
        var headers: Members = [:]
        if let owner = location["ExpectedManifestBucketOwner"] { headers["ExpectedBucketOwner"] = owner }
        if let key = location["ManifestEncryption"]?["SSEKMS"]?["KeyId"] {
            headers["ServerSideEncryption"] = "aws:kms"
            headers["SSEKMSKeyId"] = key
        } else if location["ManifestEncryption"]?["SSES3"] != nil {
            headers["ServerSideEncryption"] = "AES256"
        }
        self.headers = headers
    }

    /// - Returns: a list that is full.
    mutating func add(_ task: JobTask) throws -> File? {
        let key = PercentEncoding.encode(task.key, keeping: "/")
        lines.append(contentsOf: "\"\(task.bucket)\",\"\(key)\",\"\(task.version ?? "")\"\n".utf8)
        count += 1
        return count >= Limit.jobReportLines ? try last() : nil
    }

    mutating func last() throws -> File? {
        guard count > 0 else { return nil }
        let packed = try Gzip.compress(lines)
        (lines, count) = ([], 0)
        let key = "\(prefix)/data/\(Identifier.uuid()).csv.gz"
        let sum = Hex.encode(Insecure.MD5.hash(data: packed))
        files.append(["key": .string(key), "size": .integer(Int64(packed.count)), "MD5checksum": .string(sum)])
        return File(bucket: bucket, key: key, bytes: packed, headers: headers)
    }

    func manifest(_ source: String, at now: Timestamp) -> File {
        let manifest: Document = [
            "sourceBucket": .string(source), "destinationBucket": .string(bucketARN), "version": "2021-11-30",
            "creationTimestamp": .string(String(now.milliseconds)), "fileFormat": "CSV", "fileSchema": "Bucket, Key, VersionId",
            "files": .list(files),
        ]
        return File(bucket: bucket, key: "\(prefix)/manifest.json", bytes: JSON.write(manifest), headers: headers)
    }
}

/// Rows of a CSV file that comes in pieces (RFC 4180).
struct CSVSplitter {
    private var line: [UInt8] = []
    private var isQuoted = false

    mutating func feed(_ piece: [UInt8]) throws -> [[String]] {
        var rows: [[String]] = []
        for byte in piece {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            guard byte == 0x0A, !isQuoted else {
                guard line.count < Limit.jobLine else {
                    throw JobRecord.Failure.thrown("InvalidManifest", "A row is longer than \(Limit.jobLine) bytes.")
                }
                line.append(byte)
                continue
            }
            if let row = try take() { rows.append(row) }
        }
        return rows
    }

    mutating func end() throws -> [String]? { try take() }

    /// - Returns: nil for an empty line.
    private mutating func take() throws -> [String]? {
        defer { (line, isQuoted) = ([], false) }
        if line.last == 0x0D { line.removeLast() }
        guard !line.isEmpty else { return nil }
        var (fields, field, inside, index) = ([String](), [UInt8](), false, 0)
        func text() throws -> String {
            guard let text = String(validating: field, as: UTF8.self) else {
                throw JobRecord.Failure.thrown("InvalidManifest", "A row is not UTF-8.")
            }
            return text
        }
        while index < line.count {
            let byte = line[index]
            if inside, byte == UInt8(ascii: "\""), index + 1 < line.count, line[index + 1] == byte {
                field.append(byte)
                index += 1
            } else if byte == UInt8(ascii: "\"") {
                inside.toggle()
            } else if byte == UInt8(ascii: ","), !inside {
                fields.append(try text())
                field = []
            } else {
                field.append(byte)
            }
            index += 1
        }
        return fields + [try text()]
    }
}
