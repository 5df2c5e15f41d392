import Documents

/// Who is given what by an access control list
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html).
struct Grant: Codable, Hashable, Sendable {
    enum Right: String, Codable, Sendable {
        case fullControl = "FULL_CONTROL"
        case write = "WRITE"
        case writeACP = "WRITE_ACP"
        case read = "READ"
        case readACP = "READ_ACP"
    }
    /// A canonical user id, or a group's URI.
    var grantee: String
    var right: Right

    var isGroup: Bool { Group(rawValue: grantee) != nil }
    /// Given to everybody, or to everybody with an account.
    var isPublic: Bool { grantee == Group.allUsers.rawValue || grantee == Group.authenticatedUsers.rawValue }
}

/// The groups that a grant can name.
enum Group: String, Sendable {
    case allUsers = "http://acs.amazonaws.com/groups/global/AllUsers"
    case authenticatedUsers = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
    case logDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery"
}

/// The lists that have a name (https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl).
enum CannedACL: String, Sendable {
    case owner = "private"
    case publicRead = "public-read"
    case publicReadWrite = "public-read-write"
    case authenticatedRead = "authenticated-read"
    case execRead = "aws-exec-read"
    case bucketOwnerRead = "bucket-owner-read"
    case bucketOwnerFullControl = "bucket-owner-full-control"
    case logDeliveryWrite = "log-delivery-write"

    /// Its grants.
    /// - Parameters:
    ///   - owner: the account of the bucket's or object's owner.
    ///   - bucketOwner: the account of an object's bucket; nil for a bucket's own list.
    func grants(owner: String, bucketOwner: String?) -> [Grant] {
        let own = Grant(grantee: CanonicalUser.id(owner), right: .fullControl)
        switch self {
        case .owner, .execRead: return [own]
        case .publicRead: return [own, Grant(grantee: Group.allUsers.rawValue, right: .read)]
        case .publicReadWrite:
            return [
                own, Grant(grantee: Group.allUsers.rawValue, right: .read),
                Grant(grantee: Group.allUsers.rawValue, right: .write),
            ]
        case .authenticatedRead: return [own, Grant(grantee: Group.authenticatedUsers.rawValue, right: .read)]
        case .bucketOwnerRead, .bucketOwnerFullControl:
            guard let bucketOwner, bucketOwner != owner else { return [own] }
            return [
                own,
                Grant(grantee: CanonicalUser.id(bucketOwner), right: self == .bucketOwnerRead ? .read : .fullControl),
            ]
        case .logDeliveryWrite:
            return [
                own, Grant(grantee: Group.logDelivery.rawValue, right: .write),
                Grant(grantee: Group.logDelivery.rawValue, right: .readACP),
            ]
        }
    }
}

/// The members by which requests give access.
protocol GrantMembers {
    var acl: String? { get }
    var grantFullControl: String? { get }
    var grantRead: String? { get }
    var grantReadACP: String? { get }
    var grantWriteACP: String? { get }
    /// For buckets alone.
    var grantWrite: String? { get }
}

extension GrantMembers {
    var grantWrite: String? { nil }
}

/// What a request says about access.
enum AccessWish: Sendable {
    case nothing
    case canned(CannedACL)
    case explicit([Grant])

    /// - Throws: ``S3Fault`` for a list in words and in name, or a grantee that cannot be.
    init(_ members: some GrantMembers, isBucket: Bool) throws {
        let headers: [(String, String?, Grant.Right)] = [
            ("x-amz-grant-full-control", members.grantFullControl, .fullControl), ("x-amz-grant-read", members.grantRead, .read),
            ("x-amz-grant-write", members.grantWrite, .write), ("x-amz-grant-read-acp", members.grantReadACP, .readACP),
            ("x-amz-grant-write-acp", members.grantWriteACP, .writeACP),
        ]
        var grants: [Grant] = []
        for (name, header, right) in headers {
            guard let header else { continue }
            grants += try Self.grantees(header, name).map { Grant(grantee: $0, right: right) }
        }
        if let name = members.acl {
            guard grants.isEmpty else {
                throw S3Fault.invalidRequest("Specifying both Canned ACLs and Header Grants is not allowed")
            }
            guard let canned = CannedACL(rawValue: name), isBucket || canned != .logDeliveryWrite else {
                throw S3Fault.invalidArgument("", name: "x-amz-acl", value: name)
            }
            self = .canned(canned)
        } else if !grants.isEmpty {
            guard grants.count <= Limit.grants else { throw Self.tooMany }
            self = .explicit(grants)
        } else {
            self = .nothing
        }
    }

    /// `id="...", uri="...", emailAddress="..."`
    private static func grantees(_ header: String, _ name: String) throws -> [String] {
        try header.split(separator: ",").map { entry in
            let parts = entry.split(separator: "=", maxSplits: 1).map { part in
                var text = part.drop { $0 == " " }
                while text.last == " " { text = text.dropLast() }
                return text
            }
            guard parts.count == 2 else {
                throw S3Fault.invalidArgument("Argument format not recognized", name: name, value: header)
            }
            let value =
                parts[1].count >= 2 && parts[1].first == "\"" && parts[1].last == "\""
                ? String(parts[1].dropFirst().dropLast()) : String(parts[1])
            switch parts[0].lowercased() {
            case "id": return try canonical(value)
            case "uri": return try group(value)
            case "emailaddress": throw S3Fault.unresolvableGrant
            default: throw S3Fault.invalidArgument("Argument format not recognized", name: name, value: header)
            }
        }
    }

    /// The grants of an `AccessControlPolicy`.
    static func grants(_ list: [Shape.Grant]?) throws -> [Grant] {
        let list = list ?? []
        guard list.count <= Limit.grants else { throw tooMany }
        return try list.map { entry in
            guard let grantee = entry.grantee, let right = entry.permission.flatMap({ Grant.Right(rawValue: $0) }) else {
                throw S3Fault.malformedACL
            }
            switch grantee.type {
            case "CanonicalUser": return Grant(grantee: try canonical(grantee.id ?? ""), right: right)
            case "Group": return Grant(grantee: try group(grantee.uri ?? ""), right: right)
            case "AmazonCustomerByEmail": throw S3Fault.unresolvableGrant
            default: throw S3Fault.malformedACL
            }
        }
    }

    private static func canonical(_ id: String) throws -> String {
        guard id.utf8.count == 64, id.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            throw S3Fault.invalidArgument("Invalid id", name: "CanonicalUser/ID", value: id)
        }
        return id
    }

    private static func group(_ uri: String) throws -> String {
        guard Group(rawValue: uri) != nil else {
            throw S3Fault.invalidArgument("Invalid group uri", name: "Group/URI", value: uri)
        }
        return uri
    }

    private static let tooMany = S3Fault.invalidRequest("The ACL you provided has more than \(Limit.grants) grants")

    /// The grants that follow; nil where the default, the owner alone, applies.
    func grants(owner: String, bucketOwner: String?) -> [Grant]? {
        switch self {
        case .nothing: nil
        case .canned(.owner): nil
        case .canned(let canned): canned.grants(owner: owner, bucketOwner: bucketOwner)
        case .explicit(let grants): grants
        }
    }
}
