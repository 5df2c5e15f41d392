import Model

/// What a host name says of the service and, for S3, of the bucket.
///
/// Names under `amazonaws.com`, `localhost.localstack.cloud` and `localhost` are understood
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html); others say nothing.
struct HostName: Sendable, Equatable {
    /// The label that names a service, `s3`, `dynamodb`, `api.ecr`.
    var label: String?
    /// Before the `s3` label, or alone before a local domain.
    var bucket: String?
    var region: String?

    private static let domains = [".amazonaws.com.cn", ".amazonaws.com", ".localhost.localstack.cloud", ".localhost"]

    init(_ name: String, isEndpoint: (String) -> Bool) {
        guard let domain = Self.domains.first(where: { name.hasSuffix($0) }), name.utf8.count > domain.utf8.count else { return }
        let isReal = domain.hasPrefix(".amazonaws")
        let labels = name.dropLast(domain.count).split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if let at = labels.lastIndex(where: Self.isS3) {
            label = "s3"
            region = labels[at...].first(where: Self.isRegion)
            if labels[at].hasPrefix("s3-"), Self.isRegion(String(labels[at].dropFirst(3))) {
                region = String(labels[at].dropFirst(3))
            }
            if at > 0 { bucket = labels[..<at].joined(separator: ".") }
            // `ALIAS.mrap.accesspoint.s3-global` is a multi-Region access point's.
            if labels[at] == "s3-global" { bucket = at > 1 ? labels[..<(at - 1)].joined(separator: ".") : nil }
            if Self.accessPoints.contains(labels[at]), let name = bucket { bucket = Self.accessPoint(name, labels[at], region) }
            return
        }
        region = labels.last.flatMap { Self.isRegion($0) ? $0 : nil }
        let named = region == nil ? labels[...] : labels.dropLast()
        for start in named.indices {
            let candidate = named[start...].joined(separator: ".")
            if isEndpoint(candidate) {
                label = candidate
                break
            }
        }
        if !isReal, region == nil { bucket = labels.joined(separator: ".") }
    }

    private static let accessPoints = ["s3-accesspoint", "s3-accesspoint-fips", "s3-object-lambda", "s3-object-lambda-fips"]

    /// `NAME-ACCOUNT.s3-accesspoint.REGION` as the ARN that may stand for a bucket. Its kind is parted from its name by a
    /// colon, so that it fits into a path. An alias stands as it is.
    private static func accessPoint(_ name: String, _ label: String, _ region: String?) -> String {
        let account = name.suffix(12)
        guard account.utf8.count == 12, account.utf8.allSatisfy({ (48...57).contains($0) }), name.dropLast(12).last == "-" else {
            return name
        }
        let service = label.hasPrefix("s3-object-lambda") ? "s3-object-lambda" : "s3"
        return "arn:aws:\(service):\(region ?? "us-east-1"):\(account):accesspoint:\(name.dropLast(13))"
    }

    private static func isS3(_ label: String) -> Bool {
        label == "s3" || accessPoints.contains(label) || label == "s3-accelerate" || label == "s3-external-1"
            || label == "s3-global"
            || (label.hasPrefix("s3-") && isRegion(String(label.dropFirst(3))))
    }

    /// `us-east-1`, `us-gov-west-1`: lower-case words and a digit at the end.
    static func isRegion(_ label: String) -> Bool {
        let parts = label.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3 || parts.count == 4, let last = parts.last, last.count == 1, last.allSatisfy(\.isNumber) else {
            return false
        }
        return parts[0].count == 2
            && parts.dropLast().allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isLowercase && $0.isASCII } }
    }
}
