import Documents
import Kernel
import Store

extension S3Service {
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
    func uploadPartCopy(_ input: UploadPartCopyInput, _ context: Context) async throws -> UploadPartCopyOutput {
        try Self.checkPartNumber(input.partNumber)
        let (bucket, upload) = try await context.store.read { snapshot in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: snapshot)
            return (bucket, try UploadTable.upload(input.bucket, input.key, input.uploadID, in: snapshot))
        }
        let object = try await findSource(try CopySource(input.copySource), owner: input.expectedSourceBucketOwner, context)
        try ReadConditions(
            ifMatch: input.copySourceIfMatch, ifNoneMatch: input.copySourceIfNoneMatch,
            ifModifiedSince: input.copySourceIfModifiedSince, ifUnmodifiedSince: input.copySourceIfUnmodifiedSince
        ).checkSource(object.record)
        try object.record.checkReadable(at: context.now)
        let range = try input.copySourceRange.map { try Self.copyRange($0, size: object.record.size) } ?? 0..<object.record.size
        guard Int64(range.count) <= Limit.putSize else {
            throw S3Fault.invalidRequest(
                "The specified copy source is larger than the maximum allowable size for a copy source: \(Limit.putSize)")
        }
        let source = try await cipher(
            of: object.record.encryption, in: object.bucket, given: input.sourceKey(), context)
        let target = try await cipher(of: upload, in: bucket, given: input.customerKey(), context)
        let payload = RequestBody(try stream(object, range, source, context.platform))
        let received = try await receive(
            payload, PayloadPromise(algorithm: upload.algorithm), sealedBy: target, inlineUpTo: -1, context.platform)
        let part: PartRecord
        do {
            part = try await keep(received, as: input.partNumber, of: upload, context)
        } catch {
            await drop(received.body, context.platform)
            throw error
        }
        var result = Shape.CopyPartResult(eTag: "\"\(part.eTag)\"", lastModified: part.lastModified.wholeSeconds)
        if upload.isChosen { result[upload.algorithm] = part.checksum }
        var output = UploadPartCopyOutput(
            copySourceVersionID: object.bucket.versioning == nil ? nil : object.record.versionID, copyPartResult: result)
        output.fill(upload.encryption)
        return output
    }

    /// Unlike a GET's range, a copy's has both ends and lies inside the object.
    private static func copyRange(_ header: String, size: Int64) throws -> Range<Int64> {
        let parts = header.hasPrefix("bytes=") ? header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false) : []
        guard parts.count == 2, let first = Int64(parts[0]), let last = Int64(parts[1]), first >= 0, last >= first else {
            throw S3Fault.invalidArgument(
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based "
                    + "offsets of the first and last bytes to copy", name: "x-amz-copy-source-range", value: header)
        }
        guard last < size else {
            throw S3Fault.invalidArgument(
                "Range specified is not valid for source object of size: \(size)", name: "x-amz-copy-source-range", value: header)
        }
        return first..<last + 1
    }
}
