import Documents
import Kernel
import Store

extension S3Service {
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
    func getObjectAttributes(_ input: GetObjectAttributesInput, _ context: Context) async throws -> GetObjectAttributesOutput {
        let wanted = Set(input.objectAttributes ?? [])
        guard !wanted.isEmpty, wanted.isSubset(of: Self.attributes) else {
            throw S3Fault.invalidArgument(
                "Invalid attribute name specified.", name: "x-amz-object-attributes",
                value: (input.objectAttributes ?? []).joined(separator: ","))
        }
        let object = try await find(
            bucket: input.bucket, key: input.key, version: input.versionID, owner: input.expectedBucketOwner, for: context)
        let record = object.record
        try check(input.customerKey(), opens: record.encryption)
        var output = GetObjectAttributesOutput()
        output.lastModified = record.lastModified
        output.versionID = object.bucket.versioning == nil ? nil : record.versionID
        if wanted.contains("ETag") { output.eTag = record.eTag }
        if wanted.contains("StorageClass") { output.storageClass = record.headers.storageClass ?? "STANDARD" }
        if wanted.contains("ObjectSize") { output.objectSize = record.size }
        if wanted.contains("Checksum"), let checksum = record.checksum {
            var shape = Shape.Checksum()
            shape[checksum.algorithm] = checksum.value
            shape.checksumType = checksum.type.name
            output.checksum = shape
        }
        if wanted.contains("ObjectParts"), record.partsCount > 0 { output.objectParts = try parts(of: object, input) }
        return output
    }

    private static let attributes: Set<String> = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]

    /// Parts are told apart only where they have checksums of their own.
    private func parts(of object: FoundObject, _ input: GetObjectAttributesInput) throws -> Shape.GetObjectAttributesParts {
        var shape = Shape.GetObjectAttributesParts()
        shape.totalPartsCount = object.record.partsCount
        guard let checksum = object.record.checksum, checksum.type == .composite else { return shape }
        let limit = try ListingRules.limit(input.maxParts, name: "max-parts")
        let marker = input.partNumberMarker ?? 0
        let rest = object.segments.filter { $0.partNumber > marker }
        let page = rest.prefix(limit)
        shape.partNumberMarker = marker
        shape.nextPartNumberMarker = page.last?.partNumber ?? marker
        shape.maxParts = limit
        shape.isTruncated = rest.count > page.count
        shape.parts = page.map { segment in
            var part = Shape.ObjectPart(partNumber: segment.partNumber, size: segment.blob.size)
            part[checksum.algorithm] = segment.checksum
            return part
        }
        return shape
    }
}
