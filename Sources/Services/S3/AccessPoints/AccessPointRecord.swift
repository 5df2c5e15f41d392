import Documents
import Kernel
import Store

/// A named way into a bucket, with a policy of its own
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points.html).
struct AccessPointRecord: Stored, Hashable {
    static let tag: UInt8 = 1

    var name: String
    /// The owner's twelve digits; not always the bucket owner's.
    var account: String
    var region: String
    var bucket: String
    var bucketAccount: String
    /// The VPC that requests must come from; nil where the Internet may.
    var vpcID: String?
    var publicAccessBlock: PublicAccessBlock
    var alias: String
    var created: Timestamp
    /// The policy's JSON, as given.
    var policy: String?
    /// Whether ``policy`` counts as public, worked out when it was put.
    var isPolicyPublic: Bool?
    var tags: [Tag]?

    var arn: String { Self.arn(name, account: account, region: region) }
    var networkOrigin: String { vpcID == nil ? "Internet" : "VPC" }

    static func arn(_ name: String, account: String, region: String) -> String {
        "arn:aws:s3:\(region):\(account):accesspoint/\(name)"
    }
    static func all(account: String, region: String) -> Key { Key(.s3AccessPoint, "name", .text(account), .text(region)) }
    static func key(_ name: String, account: String, region: String) -> Key {
        all(account: account, region: region).appending(.text(name))
    }
    /// A row for each alias, with the key's elements.
    static func aliasKey(_ alias: String) -> Key { Key(.s3AccessPoint, "alias", .text(alias)) }
    /// A row for each access point of a bucket.
    static func ofBucket(_ bucket: String) -> Key { Key(.s3AccessPoint, "bucket", .text(bucket)) }

    var key: Key { Self.key(name, account: account, region: region) }
    var bucketKey: Key { Self.ofBucket(bucket).appending(.text(account), .text(name)) }
}

/// What an alias stands for.
struct AccessPointPlace: Stored, Hashable {
    static let tag: UInt8 = 1
    var name: String
    var account: String
    var region: String
}

/// The rules for names of access points
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-restrictions-limitations-naming-rules.html).
enum AccessPointName {
    static let objectLambdaSuffix = "--ol-s3"
    private static let suffixes = ["-s3alias", objectLambdaSuffix, "--xa-s3", ".mrap"]

    static func isValid(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard (3...50).contains(bytes.count), let first = bytes.first, let last = bytes.last, isAlphanumeric(first),
            isAlphanumeric(last), bytes.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: "-") })
        else { return false }
        return !name.hasPrefix("xn--") && !suffixes.contains(where: name.hasSuffix)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...122).contains(byte) }

    /// `NAME-METADATA-s3alias`, at most 63 characters that a bucket's name could have
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html).
    static func alias(of name: String, suffix: String = "-s3alias") -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
        let metadata = String(Identifier.random(34).map { alphabet[Int($0 & 31)] })
        var head = name.prefix(63 - 35 - suffix.utf8.count)
        while head.last == "-" { head = head.dropLast() }
        return "\(head)-\(metadata)\(suffix)"
    }
}

/// What names an access point where a bucket's name may stand.
enum AccessPointReference: Hashable, Sendable {
    case place(name: String, account: String, region: String)
    case alias(String)
    case objectLambda(name: String, account: String, region: String)
    case objectLambdaAlias(String)
    /// By its alias, `....mrap`. The account is in the ARN form alone.
    case multiRegion(String, account: String?)

    /// The ARN forms and aliases.
    /// - Returns: nil for what can only be a bucket's name.
    /// - Throws: ``AccessPointFault/invalid`` for an ARN that names no access point.
    init?(_ bucket: String) throws {
        guard bucket.hasPrefix("arn:") else {
            if bucket.hasSuffix("-s3alias") {
                self = .alias(bucket)
            } else if bucket.hasSuffix(AccessPointName.objectLambdaSuffix) {
                self = .objectLambdaAlias(bucket)
            } else if bucket.hasSuffix(".mrap") {
                self = .multiRegion(bucket, account: nil)
            } else {
                return nil
            }
            return
        }
        guard let arn = ARN(bucket), arn.service == "s3" || arn.service == "s3-object-lambda" else {
            throw AccessPointFault.invalid
        }
        let parts = arn.resource.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "/" || $0 == ":" }
        guard parts.count == 2, parts[0] == "accesspoint", arn.account.utf8.count == 12 else { throw AccessPointFault.invalid }
        let name = String(parts[1])
        if arn.service == "s3", arn.region.isEmpty, name.hasSuffix(".mrap") {
            self = .multiRegion(name, account: arn.account)
            return
        }
        guard !arn.region.isEmpty, AccessPointName.isValid(name) else { throw AccessPointFault.invalid }
        self =
            arn.service == "s3"
            ? .place(name: name, account: arn.account, region: arn.region)
            : .objectLambda(name: name, account: arn.account, region: arn.region)
    }

    /// The first label of the access point's own host name, `NAME-ACCOUNT`, where the rest of the host says no more.
    static func label(_ label: String, region: String) -> AccessPointReference? {
        let account = label.suffix(12)
        guard label.utf8.count > 15, account.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        let head = label.dropLast(12)
        guard head.last == "-", AccessPointName.isValid(String(head.dropLast())) else { return nil }
        return .place(name: String(head.dropLast()), account: String(account), region: region)
    }
}
