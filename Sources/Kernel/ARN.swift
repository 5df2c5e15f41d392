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
        guard text.hasPrefix("arn:") else { return nil }
        var rest = text.utf8.dropFirst(4)
        func next() -> String? {
            guard let colon = rest.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            defer { rest = rest[rest.index(after: colon)...] }
            return String(Substring(rest[..<colon]))
        }
        guard let partition = next(), !partition.isEmpty, let service = next(), !service.isEmpty,
            let region = next(), let account = next(), !rest.isEmpty
        else { return nil }
        self.init(service, region: region, account: account, String(Substring(rest)))
        self.partition = partition
    }

    public var description: String { "arn:\(partition):\(service):\(region):\(account):\(resource)" }
}
