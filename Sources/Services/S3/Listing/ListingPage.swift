import Documents
import Store

/// What the listings have in common.
enum ListingRules {
    /// The page size asked for, held to the maximum.
    static func limit(_ asked: Int?, name: String) throws -> Int {
        guard let asked else { return Limit.pageSize }
        guard asked >= 0 else {
            throw S3Fault.invalidArgument(
                "Argument \(name) must be an integer between 0 and 2147483647", name: name, value: String(asked))
        }
        guard asked <= Int32.max else {
            throw S3Fault.invalidArgument(
                "Provided \(name) not an integer or within integer range", name: name, value: String(asked))
        }
        return min(asked, Limit.pageSize)
    }

    /// What the second version of the listing alone understands. Passed over, it would begin each page at the start.
    static func checkFirstVersion(_ query: String) throws {
        if let type = RequestConditions.value("list-type", in: query) {
            throw S3Fault.invalidArgument("Invalid List Type specified in Request", name: "list-type", value: type)
        }
        for (name, member) in [("continuation-token", "continuationToken"), ("start-after", "startAfter")] {
            guard let value = RequestConditions.value(name, in: query) else { continue }
            throw S3Fault.invalidArgument(
                "\(member) only supported in REST.GET.BUCKET with list-type=2", name: name, value: value)
        }
    }

    /// How names are written: as they are, or percent-encoded when the client asked for it.
    static func encoder(_ encodingType: String?) throws -> @Sendable (String) -> String {
        guard let encodingType else { return { $0 } }
        guard encodingType == "url" else {
            throw S3Fault.invalidArgument(
                "Invalid Encoding Method specified in Request", name: "encoding-type", value: encodingType)
        }
        return { PercentEncoding.encode($0, keeping: "/*") }
    }
}

/// One page of current objects.
struct ListingPage: Sendable {
    var objects: [(key: String, record: ObjectRecord)] = []
    var commonPrefixes: [String] = []
    /// The last entry, where there are more after it.
    var next: String?

    var count: Int { objects.count + commonPrefixes.count }

    /// - Parameter start: the first place to look.
    static func read(_ walk: KeyWalk, from start: Key, limit: Int, in snapshot: Snapshot) throws -> ListingPage {
        var page = ListingPage()
        guard limit > 0 else { return page }
        var last = ""
        try walk.run(from: start, in: snapshot) { entry in
            switch entry {
            case .key(let key, let value, _):
                let record = try ObjectRecord(encoded: value)
                if record.isDeleteMarker { return true }
                guard page.count < limit else {
                    page.next = last
                    return false
                }
                page.objects.append((key, record))
                last = key
            case .commonPrefix(let prefix):
                guard try holdsObject(prefix, walk, snapshot) else { return true }
                guard page.count < limit else {
                    page.next = last
                    return false
                }
                page.commonPrefixes.append(prefix)
                last = prefix
            }
            return true
        }
        return page
    }

    /// Whether something under a common prefix is not a delete marker.
    private static func holdsObject(_ prefix: String, _ walk: KeyWalk, _ snapshot: Snapshot) throws -> Bool {
        let inner = KeyWalk(space: walk.space, bucket: walk.bucket, prefix: prefix, delimiter: nil)
        var found = false
        try inner.run(from: inner.start(after: nil), in: snapshot) { entry in
            if case .key(_, let value, _) = entry { found = try !ObjectRecord(encoded: value).isDeleteMarker }
            return !found
        }
        return found
    }
}

/// Whom a listing names as an object's owner: where access lists count, who wrote it.
struct ListedOwners {
    private let bucket: BucketRecord
    private let usual: Shape.Owner

    init(_ bucket: BucketRecord) { (self.bucket, usual) = (bucket, CanonicalUser.owner(bucket.account)) }

    subscript(_ record: ObjectRecord) -> Shape.Owner {
        guard let owner = record.owner, owner != bucket.account, bucket.usesACLs else { return usual }
        return CanonicalUser.owner(owner)
    }
}

extension Shape.Object {
    init(_ key: String, _ record: ObjectRecord, owner: Shape.Owner?) {
        self.init(
            key: key, lastModified: record.lastModified, eTag: record.quotedETag,
            checksumAlgorithm: record.checksum.map { [$0.algorithm.name] }, checksumType: record.checksum?.type.name,
            size: record.size, storageClass: record.headers.storageClass ?? "STANDARD", owner: owner)
    }
}
