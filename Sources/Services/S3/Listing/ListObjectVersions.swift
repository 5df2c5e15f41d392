import Documents
import Kernel
import Store

/// One page of versions and delete markers, each key's newest first.
private struct VersionPage: Sendable {
    struct Entry: Sendable {
        var key: String
        var record: ObjectRecord
        var isLatest: Bool

        func version(_ name: (String) -> String, _ owner: Shape.Owner) -> Shape.ObjectVersion {
            var shape = Shape.ObjectVersion()
            shape.eTag = record.quotedETag
            shape.checksumAlgorithm = record.checksum.map { [$0.algorithm.name] }
            shape.checksumType = record.checksum?.type.name
            shape.size = record.size
            shape.storageClass = record.headers.storageClass ?? "STANDARD"
            (shape.key, shape.versionID, shape.isLatest) = (name(key), record.versionID, isLatest)
            (shape.lastModified, shape.owner) = (record.lastModified, owner)
            return shape
        }

        func marker(_ name: (String) -> String, _ owner: Shape.Owner) -> Shape.DeleteMarkerEntry {
            Shape.DeleteMarkerEntry(
                owner: owner, key: name(key), versionID: record.versionID, isLatest: isLatest, lastModified: record.lastModified)
        }
    }
    var entries: [Entry] = []
    var commonPrefixes: [String] = []
    var isTruncated = false
    var nextKey: String?
    var nextVersion: String?
    let limit: Int

    private var isFull: Bool { entries.count + commonPrefixes.count >= limit }

    /// - Returns: whether there was room.
    mutating func take(_ key: String, _ record: ObjectRecord, isLatest: Bool) -> Bool {
        guard !isFull else { return stop() }
        entries.append(Entry(key: key, record: record, isLatest: isLatest))
        (nextKey, nextVersion) = (key, record.versionID)
        return true
    }

    mutating func take(_ prefix: String) -> Bool {
        guard !isFull else { return stop() }
        commonPrefixes.append(prefix)
        (nextKey, nextVersion) = (prefix, nil)
        return true
    }

    private mutating func stop() -> Bool {
        isTruncated = true
        return false
    }
}

extension S3Service {
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
    /// - Returns: a ``ListObjectVersionsOutput``, and the order in which versions and delete markers stand among each other.
    func listObjectVersions(_ input: ListObjectVersionsInput, _ context: Context) async throws -> Document {
        let limit = try ListingRules.limit(input.maxKeys, name: "max-keys")
        let name = try ListingRules.encoder(input.encodingType)
        let versionMarker = input.versionIDMarker.flatMap { $0.isEmpty ? nil : $0 }
        let keyMarker = input.keyMarker.flatMap { $0.isEmpty ? nil : $0 }
        if let versionMarker, keyMarker == nil {
            throw S3Fault.invalidArgument(
                "A version-id marker cannot be specified without a key marker.", name: "version-id-marker", value: versionMarker)
        }
        if keyMarker != nil, input.versionIDMarker == "" {
            throw S3Fault.invalidArgument("A version-id marker cannot be empty.", name: "version-id-marker", value: "")
        }
        let shown = try RestoreStatusWish(input.optionalObjectAttributes, now: context.now)
        let walk = KeyWalk(space: .s3Object, bucket: input.bucket, prefix: input.prefix, delimiter: input.delimiter)
        let (bucket, page) = try await context.store.read { snapshot in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: snapshot)
            var page = VersionPage(limit: limit)
            guard limit > 0 else { return (bucket, page) }
            var resumeAfter: Int64?
            if let keyMarker, let versionMarker {
                resumeAfter = try order(of: versionMarker, keyMarker, bucket.name, in: snapshot)
            }
            try walk.run(from: walk.start(after: keyMarker, inclusive: versionMarker != nil), in: snapshot) { entry in
                switch entry {
                case .commonPrefix(let prefix): return page.take(prefix)
                case .key(let key, let value, _):
                    let head = try ObjectRecord(encoded: value)
                    let after = key == keyMarker ? resumeAfter : nil
                    if (after ?? .max) > head.order, !page.take(key, head, isLatest: true) { return false }
                    guard bucket.versioning != nil else { return true }
                    return try takeOlder(key, after: after, &page, bucket.name, snapshot)
                }
            }
            return (bucket, page)
        }
        let owners = ListedOwners(bucket)
        var output = ListObjectVersionsOutput()
        output.isTruncated = page.isTruncated
        output.keyMarker = name(input.keyMarker ?? "")
        output.versionIDMarker = input.versionIDMarker ?? ""
        output.nextKeyMarker = page.isTruncated ? page.nextKey.map(name) : nil
        output.nextVersionIDMarker = page.isTruncated ? page.nextVersion : nil
        var versions: [Shape.ObjectVersion] = []
        var markers: [Shape.DeleteMarkerEntry] = []
        for entry in page.entries {
            if entry.record.isDeleteMarker {
                markers.append(entry.marker(name, owners[entry.record]))
            } else {
                var shape = entry.version(name, owners[entry.record])
                shape.restoreStatus = shown?.status(of: entry.record)
                versions.append(shape)
            }
        }
        output.versions = versions
        output.deleteMarkers = markers
        output.name = bucket.name
        output.prefix = name(input.prefix ?? "")
        output.delimiter = walk.delimiter.map(name)
        output.maxKeys = limit
        output.commonPrefixes = page.commonPrefixes.map { Shape.CommonPrefix(prefix: name($0)) }
        output.encodingType = input.encodingType
        let sequence = page.entries.map { Document.string($0.record.isDeleteMarker ? "DeleteMarkers" : "Versions") }
        guard case .map(var members) = try DocumentEncoder().encode(output) else { return [:] }
        members["*sequence"] = .list(sequence)
        return .map(members)
    }

    private func takeOlder(
        _ key: String, after: Int64?, _ page: inout VersionPage, _ bucket: String, _ snapshot: Snapshot
    ) throws -> Bool {
        let versions = ObjectTable.versions(bucket, key)
        var goesOn = true
        try snapshot.scan(versions, after: after.map { versions.appending(.integer(-$0)) }) { _, value in
            goesOn = page.take(key, try ObjectRecord(encoded: value), isLatest: false)
            return goesOn
        }
        return goesOn
    }

    /// The place of a version marker; a version that is gone still has its place by its id.
    private func order(of version: String, _ key: String, _ bucket: String, in snapshot: Snapshot) throws -> Int64 {
        if let parsed = VersionID.parse(version) { return parsed.order }
        guard version == VersionID.null else {
            throw S3Fault.invalidArgument("Invalid version id specified", name: "version-id-marker", value: version)
        }
        return try ObjectTable.version(bucket, key, version, in: snapshot)?.order ?? .max
    }
}
