import Documents
import Kernel
import Store

/// One name for buckets of several Regions
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPoints.html).
struct MultiRegionRecord: Stored, Hashable {
    static let tag: UInt8 = 1

    enum Status: String, Codable, Sendable {
        case ready = "READY"
        case creating = "CREATING"
        case deleting = "DELETING"
    }

    /// A Region's bucket, and whether requests go there.
    struct Route: Codable, Hashable, Sendable {
        var bucket: String
        var bucketAccount: String
        var region: String
        /// 100 for a Region that takes requests, 0 for one that stands by.
        var dial: Int
    }

    var name: String
    /// The owner's twelve digits.
    var account: String
    /// `....mrap`, the name that requests use.
    var alias: String
    var created: Timestamp
    var status: Status
    var publicAccessBlock: PublicAccessBlock
    /// In the order of the request that made it, which is the order of preference.
    var routes: [Route]
    /// The policy in force, and the one last put.
    var policy: String?
    var isPolicyPublic: Bool?
    var proposedPolicy: String?

    var arn: String { Self.arn(alias, account: account) }
    var key: Key { Self.key(name, account: account) }

    static func arn(_ alias: String, account: String) -> String { "arn:aws:s3::\(account):accesspoint/\(alias)" }
    static func all(account: String) -> Key { Key(.s3MultiRegion, "name", .text(account)) }
    static func key(_ name: String, account: String) -> Key { all(account: account).appending(.text(name)) }
    /// A row for each alias, with an ``AccessPointPlace``.
    static func aliasKey(_ alias: String) -> Key { Key(.s3MultiRegion, "alias", .text(alias)) }

    /// Thirteen characters, a letter first, and `.mrap`.
    static func freshAlias() -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
        let bytes = Identifier.random(13).enumerated().map { $0.offset == 0 ? $0.element & 15 : $0.element & 31 }
        return String(bytes.map { alphabet[Int($0)] }) + ".mrap"
    }

    /// The access point as requests to the bucket of `route` meet it.
    func point(_ route: Route) -> AccessPointRecord {
        AccessPointRecord(
            name: alias, account: account, region: "", bucket: route.bucket, bucketAccount: route.bucketAccount, vpcID: nil,
            publicAccessBlock: publicAccessBlock, alias: alias, created: created, policy: policy,
            isPolicyPublic: isPolicyPublic)
    }
}

/// A request about a multi-Region access point that is carried out afterwards
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_AsyncOperation.html).
struct AsyncRequestRecord: Stored, Hashable {
    static let tag: UInt8 = 1

    struct Failure: Codable, Hashable, Sendable {
        var code: String
        var message: String
    }

    var id: String
    var account: String
    /// `CreateMultiRegionAccessPoint`
    var operation: String
    /// The request's `Details`.
    var details: Document
    var created: Timestamp
    var requestID: String
    /// `INPROGRESS`, `SUCCEEDED` or `FAILED`.
    var status: String
    var failure: Failure?
    /// The Regions that it was carried out in.
    var regions: [String] = []

    var arn: String { "arn:aws:s3:us-west-2:\(account):async-request/mrap/\(Self.word(operation))/\(id)" }
    var key: Key { Self.key(id, account: account) }

    static func key(_ id: String, account: String) -> Key { Key(.s3MultiRegion, "request", .text(account), .text(id)) }
    /// A row for each client token, with the request's id.
    static func tokenKey(_ token: String, account: String) -> Key {
        Key(.s3MultiRegion, "token", .text(account), .text(token))
    }

    /// `create`, `delete`, `put-policy`.
    static func word(_ operation: String) -> String {
        switch operation {
        case "CreateMultiRegionAccessPoint": "create"
        case "DeleteMultiRegionAccessPoint": "delete"
        default: "put-policy"
        }
    }

    /// The account and id in a request token's ARN.
    static func place(_ arn: String) -> (account: String, id: String)? {
        guard let arn = ARN(arn), arn.service == "s3" else { return nil }
        let parts = arn.resource.split(separator: "/")
        guard parts.count == 4, parts[0] == "async-request", parts[1] == "mrap" else { return nil }
        return (arn.account, String(parts[3]))
    }
}

/// What a client token stands for.
struct AsyncRequestPlace: Stored, Hashable {
    static let tag: UInt8 = 1
    var id: String
    /// Of the request's details, so that a token is not used for another request.
    var fingerprint: String
}
