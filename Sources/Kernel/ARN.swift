/// An Amazon Resource Name, `arn:partition:service:region:account:resource`
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html).
public struct ARN: Sendable, Hashable, CustomStringConvertible {
    public var partition = "aws"
    public var service: String
    /// Empty for global services and S3.
    public var region: String
    /// Twelve digits; empty for S3 buckets.
    public var account: String
    public var resource: String

    public init(_ service: String, region: String = "", account: String = "", _ resource: String) {
        (self.service, self.region, self.account, self.resource) = (service, region, account, resource)
    }

    /// - Returns: nil for text that is not an ARN.
    public init?(_ text: String) {
        let parts = Array(text.utf8).split(separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 6, parts[0] == "arn", !parts[1].isEmpty, !parts[2].isEmpty, !parts[5].isEmpty else { return nil }
        self.init(parts[2], region: parts[3], account: parts[4], parts[5])
        partition = parts[1]
    }

    public var description: String { "arn:\(partition):\(service):\(region):\(account):\(resource)" }
}
