import Documents
import Kernel
import Store

extension S3Service {
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
    func listParts(_ input: ListPartsInput, _ context: Context) async throws -> ListPartsOutput {
        let limit = try ListingRules.limit(input.maxParts, name: "max-parts")
        let marker = input.partNumberMarker ?? 0
        _ = try ListingRules.limit(marker, name: "part-number-marker")
        let (bucket, upload, parts) = try await context.store.read { snapshot in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: snapshot)
            let upload = try UploadTable.upload(bucket.name, input.key, input.uploadID, in: snapshot)
            let after = UploadTable.part(bucket.name, upload.id, max(marker, 0))
            let parts = try snapshot.all(
                PartRecord.self, UploadTable.parts(bucket.name, upload.id), after: after, limit: limit + 1)
            return (bucket, upload, parts)
        }
        let page = parts.prefix(limit)
        var output = ListPartsOutput()
        (output.bucket, output.key, output.uploadID) = (bucket.name, upload.key, upload.id)
        output.partNumberMarker = marker
        output.nextPartNumberMarker = page.last?.number ?? marker
        output.maxParts = limit
        output.isTruncated = limit > 0 && parts.count > limit
        output.parts = page.map { part in
            var shape = Shape.Part(
                partNumber: part.number, lastModified: part.lastModified.wholeSeconds, eTag: "\"\(part.eTag)\"",
                size: part.blob.size)
            if upload.isChosen { shape[upload.algorithm] = part.checksum }
            return shape
        }
        output.initiator = Self.initiator(upload, bucket)
        output.owner = CanonicalUser.owner(bucket.account)
        output.storageClass = upload.headers.storageClass ?? "STANDARD"
        if let setting = bucket.lifecycle,
            let end = LifecyclePlan(setting).abortion(of: upload.key, begun: upload.initiated)
        {
            (output.abortDate, output.abortRuleID) = (end.date, end.rule)
        }
        if upload.isChosen {
            output.checksumAlgorithm = upload.algorithm.name
            output.checksumType = upload.type.name
        }
        return output
    }

    /// The root user is named by the account's canonical id, everybody else by ARN.
    private static func initiator(_ upload: UploadRecord, _ bucket: BucketRecord) -> Shape.Initiator {
        let isRoot = upload.initiatorARN.hasSuffix(":root")
        return Shape.Initiator(id: isRoot ? CanonicalUser.id(upload.initiatorID) : upload.initiatorARN, displayName: nil)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
    func listMultipartUploads(_ input: ListMultipartUploadsInput, _ context: Context) async throws -> ListMultipartUploadsOutput {
        let limit = try ListingRules.limit(input.maxUploads, name: "max-uploads")
        let name = try ListingRules.encoder(input.encodingType)
        let walk = KeyWalk(space: .s3Upload, bucket: input.bucket, prefix: input.prefix, delimiter: input.delimiter)
        let keyMarker = input.keyMarker.flatMap { $0.isEmpty ? nil : $0 }
        // Without a key marker the upload id marker says nothing.
        let idMarker = keyMarker == nil ? nil : input.uploadIDMarker.flatMap { $0.isEmpty ? nil : $0 }
        let (bucket, page) = try await context.store.read { snapshot in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: snapshot)
            var start = walk.start(after: keyMarker)
            if let keyMarker, let idMarker {
                start = max(walk.start(after: nil), UploadTable.key(bucket.name, keyMarker, idMarker).successor)
            }
            return (bucket, try UploadPage.read(walk, from: start, limit: limit, in: snapshot))
        }
        var output = ListMultipartUploadsOutput()
        output.bucket = bucket.name
        output.keyMarker = name(input.keyMarker ?? "")
        output.uploadIDMarker = input.uploadIDMarker ?? ""
        output.nextKeyMarker = page.isTruncated ? page.lastKey.map(name) : nil
        output.nextUploadIDMarker = page.isTruncated ? page.lastID : nil
        output.prefix = name(input.prefix ?? "")
        output.delimiter = walk.delimiter.map(name)
        output.maxUploads = limit
        output.isTruncated = page.isTruncated
        output.uploads = page.uploads.map { upload in
            Shape.MultipartUpload(
                uploadID: upload.id, key: name(upload.key), initiated: upload.initiated.wholeSeconds,
                storageClass: upload.headers.storageClass ?? "STANDARD", owner: CanonicalUser.owner(bucket.account),
                initiator: Self.initiator(upload, bucket), checksumAlgorithm: upload.isChosen ? upload.algorithm.name : nil,
                checksumType: upload.isChosen ? upload.type.name : nil)
        }
        output.commonPrefixes = page.commonPrefixes.map { Shape.CommonPrefix(prefix: name($0)) }
        output.encodingType = input.encodingType
        return output
    }
}

private struct UploadPage: Sendable {
    var uploads: [UploadRecord] = []
    var commonPrefixes: [String] = []
    var isTruncated = false
    var lastKey: String?
    var lastID: String?

    static func read(_ walk: KeyWalk, from start: Key, limit: Int, in snapshot: Snapshot) throws -> UploadPage {
        var page = UploadPage()
        guard limit > 0 else { return page }
        try walk.run(from: start, in: snapshot) { entry in
            guard page.uploads.count + page.commonPrefixes.count < limit else {
                page.isTruncated = true
                return false
            }
            switch entry {
            case .key(let key, let value, _):
                let upload = try UploadRecord(stored: value)
                page.uploads.append(upload)
                (page.lastKey, page.lastID) = (key, upload.id)
            case .commonPrefix(let prefix):
                page.commonPrefixes.append(prefix)
                (page.lastKey, page.lastID) = (prefix, nil)
            }
            return true
        }
        return page
    }
}
