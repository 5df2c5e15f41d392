import Documents
import Policy

/// What a bucket policy must be before it is kept; what it means is the policy engine's.
enum BucketPolicyRules {
    /// - Throws: ``S3Fault/malformedPolicy(_:)``.
    static func check(_ text: String, bucket: String) throws {
        let rules = ResourcePolicyRules(vendor: "s3", bytesMax: PolicyLimit.bucketPolicyBytesMax) { covers($0, bucket) }
        do { try rules.check(text) } catch { throw S3Fault.malformedPolicy(error.bucketMessage) }
    }

    /// A bucket name with wildcards may match the bucket; a literal one must be it.
    private static func covers(_ resource: String, _ bucket: String) -> Bool {
        let name = resource.prefix { $0 != "/" }
        return name == "arn:aws:s3:::\(bucket)" || name.contains("*") || name.contains("?")
    }
}
