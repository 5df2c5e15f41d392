import Documents
import Kernel
import Store

/// Attribute-based access control: whether policies see a bucket's tags
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html).
extension S3Service {
    func registerAttributeControl(in operations: inout Operations) {
        operations.on("PutBucketAbac", putBucketAbac)
        operations.on("GetBucketAbac", getBucketAbac)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAbac.html
    func putBucketAbac(_ input: PutBucketAbacInput, _ context: Context) async throws -> Nothing {
        let isOn: Bool
        switch input.abacStatus.status {
        case "Enabled": isOn = true
        case "Disabled": isOn = false
        default: throw S3Fault.malformedXML
        }
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { $0.usesTagsForAccess = isOn ? true : nil }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAbac.html
    func getBucketAbac(_ input: GetBucketAbacInput, _ context: Context) async throws -> GetBucketAbacOutput {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        return GetBucketAbacOutput(
            abacStatus: Shape.AbacStatus(status: bucket.usesTagsForAccess == true ? "Enabled" : "Disabled"))
    }
}

extension BucketRecord {
    /// The tags that policies see.
    var accessTags: [String: String] {
        guard usesTagsForAccess == true else { return [:] }
        return tags?.byKey ?? [:]
    }

    /// Tags that decide over access change by TagResource and UntagResource alone.
    /// - Throws: ``S3Fault/invalidRequest(_:)``.
    func checkTagsMayBeReplaced() throws {
        guard usesTagsForAccess != true else {
            throw S3Fault.invalidRequest(
                "This operation is not supported on a bucket with attribute-based access control. Use TagResource and "
                    + "UntagResource instead.")
        }
    }
}

struct PutBucketAbacInput: Codable, Sendable {
    var bucket: String
    var abacStatus: Shape.AbacStatus
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case abacStatus = "AbacStatus"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketAbacInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketAbacOutput: Codable, Sendable {
    var abacStatus: Shape.AbacStatus?

    enum CodingKeys: String, CodingKey { case abacStatus = "AbacStatus" }
}

extension Shape {
    struct AbacStatus: Codable, Sendable {
        var status: String?

        enum CodingKeys: String, CodingKey { case status = "Status" }
    }
}
