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
        var text = text
        let parts = text.withUTF8 { bytes -> [String]? in
            var parts: [String] = []
            parts.reserveCapacity(6)
            var begin = 0
            for place in bytes.indices where bytes[place] == UInt8(ascii: ":") && parts.count < 5 {
                parts.append(String(decoding: bytes[begin..<place], as: UTF8.self))
                begin = place + 1
                if parts.count == 1, parts[0] != "arn" { return nil }
            }
            return parts + [String(decoding: bytes[begin...], as: UTF8.self)]
        }
        guard let parts, parts.count == 6, !parts[1].isEmpty, !parts[2].isEmpty, !parts[5].isEmpty else { return nil }
        self.init(parts[2], region: parts[3], account: parts[4], parts[5])
        partition = parts[1]
    }

    public var description: String {
        var text = "arn:"
        // With room from the start: interpolation grows the text piece by piece.
        text.reserveCapacity(
            partition.utf8.count + service.utf8.count + region.utf8.count + account.utf8.count + resource.utf8.count + 8)
        for part in [partition, service, region, account] {
            text += part
            text += ":"
        }
        return text + resource
    }
}
