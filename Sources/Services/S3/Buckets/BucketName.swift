/// The rules for names of general purpose buckets
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
enum BucketName {
    private static let prefixes = ["xn--", "sthree-", "amzn-s3-demo-"]
    private static let suffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]

    static func isValid(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard (3...63).contains(bytes.count), let first = bytes.first, let last = bytes.last, isAlphanumeric(first),
            isAlphanumeric(last),
            bytes.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") })
        else { return false }
        return !name.contains("..") && !isAddress(name) && !prefixes.contains(where: name.hasPrefix)
            && !suffixes.contains(where: name.hasSuffix)
    }

    private static let regionalSuffix = "-an"

    /// Names in an account's own part of the namespace: `PREFIX-ACCOUNT-REGION-an`. Nobody else gets them, and who wants one
    /// says so (https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html).
    /// - Parameter namespace: the header `x-amz-bucket-namespace`.
    /// - Throws: ``S3Fault``.
    static func check(_ name: String, namespace: String?, account: String, region: String) throws {
        guard namespace == nil || namespace == "global" || namespace == "account-regional" else {
            throw S3Fault.invalidNamespaceHeader
        }
        let isRegional = namespace == "account-regional"
        guard name.hasSuffix(regionalSuffix) else {
            if isRegional { throw S3Fault.invalidNamespaceHeader }
            return
        }
        let suffix = "-\(account)-\(region)\(regionalSuffix)"
        guard name.hasSuffix(suffix), name.utf8.count > suffix.utf8.count else { throw S3Fault.invalidBucketName(name) }
        guard isRegional else { throw S3Fault.missingNamespaceHeader }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...122).contains(byte) }

    /// Four decimal numbers with dots.
    private static func isAddress(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}
