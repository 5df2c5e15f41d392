import Documents
import Store

/// What carries a role to an EC2 instance (IAM User Guide, "Use instance profiles").
public struct InstanceProfileRecord: Stored, Hashable {
    public static let tag: UInt8 = 1
    public var account: String
    public var name: String
    public var path: String
    /// `AIPA...`
    public var id: String
    public var created: Timestamp
    /// The name of its one role.
    public var role: String?
    public var tags: TagList

    public init(account: String, name: String, path: String, id: String, created: Timestamp) {
        (self.account, self.name, self.path, self.id, self.created, tags) = (account, name, path, id, created, [:])
    }

    public var arn: String { ARN("iam", account: account, "instance-profile\(path)\(name)").description }
    public static func key(_ account: String, _ name: String) -> Key {
        Key(.instanceProfile, .text(account), .text(name.lowercased()))
    }
    public static func all(in account: String) -> Key { Key(.instanceProfile, .text(account)) }
}
