import Crypto
import Documents
import Kernel
import Store

extension S3Service {
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
    /// The object takes over the parts' blobs; no byte is moved. Asked again, because the answer was lost, it answers the same
    /// as long as the object is the key's current version.
    func completeMultipartUpload(
        _ input: CompleteMultipartUploadInput, _ context: Context
    ) async throws -> CompleteMultipartUploadOutput {
        guard let upload = input.multipartUpload else { throw S3Fault.invalidRequest("You must specify at least one part") }
        let asked = upload.parts ?? []
        guard !asked.isEmpty, asked.count <= Limit.parts else { throw S3Fault.malformedXML }
        let conditions = try WriteConditions(ifMatch: input.ifMatch, ifNoneMatch: input.ifNoneMatch)
        let given = try input.givenChecksum()
        let (place, state) = try await context.store.read { snapshot in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: snapshot)
            return (bucket, try UploadState(input, asked, in: snapshot))
        }
        let begun: UploadRecord
        switch state {
        case .completed(let made): return Self.answer(input, made, in: place, context)
        case .begun(let upload): begun = upload
        }
        // The parts are sealed already; who completes them must still hold the key, as with AWS.
        if begun.encryption?.method != .customer || input.sseCustomerKey != nil {
            _ = try await cipher(of: begun, in: place, given: input.customerKey(), context)
        }
        let stored = try await context.store.write { [collector] transaction in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: transaction)
            let upload: UploadRecord
            switch try UploadState(input, asked, in: transaction) {
            // By another request, meanwhile.
            case .completed(let made): return made
            case .begun(let found): upload = found
            }
            let parts = try Assembly.choose(asked, of: upload, from: UploadTable.parts(of: upload, in: transaction))
            let size = parts.reduce(0) { $0 + $1.blob.size }
            guard size <= Limit.objectSize else { throw S3Fault.entityTooLarge(size) }
            if let expected = input.mpuObjectSize, expected != size {
                throw S3Fault.invalidRequest(
                    "The provided 'x-amz-mp-object-size' header value \(expected) does not match what was computed: \(size)")
            }
            if let type = input.checksumType, type != upload.type.name {
                throw S3Fault.invalidRequest(
                    "The upload was created using the \(upload.type.name) checksum mode. The complete request must use the same checksum mode."
                )
            }
            var record = ObjectRecord()
            (record.headers, record.tags, record.size, record.partsCount) = (upload.headers, upload.tags, size, parts.count)
            record.encryption = upload.encryption
            (record.owner, record.grants) = (upload.owner, upload.grants)
            try record.lock(upload.lock ?? LockWish(), in: bucket, now: context.now)
            record.uploadID = upload.id
            record.eTag = Assembly.eTag(of: parts)
            record.checksum = Assembly.checksum(of: parts, upload)
            try Assembly.check(given, against: record.checksum)
            let manifest = BodyManifest(
                segments: parts.map {
                    .init(blob: $0.blob, partNumber: $0.number, checksum: $0.checksum, storedSum: $0.storedSum)
                })
            // The parts' references become the object's.
            try UploadTable.remove(upload, keeping: Set(parts.map(\.number)), transaction)
            transaction.afterCommit { collector.wake() }
            let write = ObjectWrite(
                bucket: bucket.name, owner: nil, key: upload.key, record: record, body: .blobs(manifest), conditions: conditions,
                event: .completeMultipartUpload)
            return try commit(write, context, transaction)
        }
        return Self.answer(input, stored, in: place, context)
    }

    private static func answer(
        _ input: CompleteMultipartUploadInput, _ stored: ObjectRecord, in place: BucketRecord, _ context: Context
    ) -> CompleteMultipartUploadOutput {
        var output = CompleteMultipartUploadOutput()
        output.location = "\(context.platform.endpoint)/\(input.bucket)/\(PercentEncoding.encode(input.key))"
        (output.bucket, output.key, output.eTag) = (input.bucket, input.key, stored.quotedETag)
        output.versionID = stored.nonce == nil ? nil : stored.versionID
        output.expiration = place.expirationHeader(stored, input.key)
        output.serverSideEncryption = stored.encryption?.method.header
        output.sseKMSKeyID = stored.encryption?.keyARN
        output.bucketKeyEnabled = stored.encryption?.usesBucketKey == true ? true : nil
        if let checksum = stored.checksum {
            output[checksum.algorithm] = checksum.value
            output.checksumType = checksum.type.name
        }
        return output
    }
}

/// What a completion finds: an upload, or the object that the same parts of it have become.
private enum UploadState: Sendable {
    case begun(UploadRecord)
    case completed(ObjectRecord)

    /// - Throws: ``S3Fault/noSuchUpload(_:)``.
    init(_ input: CompleteMultipartUploadInput, _ asked: [Shape.CompletedPart], in snapshot: Snapshot) throws {
        do {
            self = .begun(try UploadTable.upload(input.bucket, input.key, input.uploadID, in: snapshot))
        } catch S3Fault.noSuchUpload(let id) {
            guard let made = try ObjectTable.head(input.bucket, input.key, in: snapshot), made.uploadID == input.uploadID,
                made.eTag == Assembly.eTag(of: asked)
            else { throw S3Fault.noSuchUpload(id) }
            self = .completed(made)
        }
    }
}

/// How parts become an object.
enum Assembly {
    /// The parts that the client names, held against those that are there.
    static func choose(_ asked: [Shape.CompletedPart], of upload: UploadRecord, from present: [Int: PartRecord]) throws
        -> [PartRecord]
    {
        var chosen: [PartRecord] = []
        for part in asked {
            guard let number = part.partNumber, let given = part.eTag else { throw S3Fault.malformedXML }
            let eTag = bare(given)
            if let last = chosen.last, number <= last.number { throw S3Fault.invalidPartOrder(upload: upload.id) }
            guard let found = present[number], eTag == found.eTag else {
                throw S3Fault.invalidPart(upload: upload.id, part: number, eTag: eTag)
            }
            let checksum = try part.givenChecksum()
            if checksum == nil, upload.isChosen, upload.type == .composite {
                let name = upload.algorithm.name.lowercased()
                throw S3Fault.invalidRequest(
                    "The upload was created using a \(name) checksum. The complete request must include the checksum for each part. "
                        + "It was missing for part \(number) in the request.")
            }
            if let checksum, checksum.algorithm == upload.algorithm, checksum.value != found.checksum {
                throw S3Fault.invalidPart(upload: upload.id, part: number, eTag: eTag)
            }
            chosen.append(found)
        }
        for part in chosen.dropLast() where part.blob.size < Limit.partSizeMin {
            throw S3Fault.entityTooSmall(size: part.blob.size, part: part.number, eTag: part.eTag)
        }
        return chosen
    }

    /// The MD5 of the parts' MD5s, `-` and their number.
    static func eTag(of parts: [PartRecord]) -> String { eTag(of: parts.map(\.eTag)) }

    static func eTag(of parts: [Shape.CompletedPart]) -> String {
        eTag(of: parts.map { bare($0.eTag ?? "") })
    }

    /// Clients give the tag with its quotation marks and without.
    private static func bare(_ eTag: String) -> String { eTag.filter { $0 != "\"" } }

    private static func eTag(of parts: [String]) -> String {
        var md5 = Insecure.MD5()
        for part in parts { md5.update(data: Hex.decode(part) ?? []) }
        return "\(Hex.encode(md5.finalize()))-\(parts.count)"
    }

    /// nil if a part lacks a checksum of the upload's algorithm.
    static func checksum(of parts: [PartRecord], _ upload: UploadRecord) -> Checksum? {
        let values = parts.compactMap { part -> (value: [UInt8], size: Int64)? in
            guard let value = Base64.decode(part.checksum), value.count == upload.algorithm.byteCount else { return nil }
            return (value, part.blob.size)
        }
        guard values.count == parts.count else { return nil }
        switch upload.type {
        case .fullObject:
            return Checksum(
                algorithm: upload.algorithm, type: .fullObject, value: Base64.string(upload.algorithm.combine(values)))
        case .composite:
            let digest = upload.algorithm.digest(values.flatMap(\.value))
            return Checksum(algorithm: upload.algorithm, type: .composite, value: "\(Base64.string(digest))-\(parts.count)")
        }
    }

    /// The client's own checksum of the whole, if it sent one. A composite one may come without its number of parts.
    static func check(_ given: Checksum?, against computed: Checksum?) throws {
        guard let given else { return }
        guard let computed, computed.algorithm == given.algorithm else {
            throw S3Fault.invalidRequest(
                "Checksum Type mismatch occurred, actual checksum Type: \(given.algorithm.name.lowercased())")
        }
        guard computed.value == given.value || computed.value.split(separator: "-").first.map(String.init) == given.value else {
            throw S3Fault.badChecksum(given.algorithm.name)
        }
    }
}
