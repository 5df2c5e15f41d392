import Documents

/// A role's keys as they are handed from the server to the metadata endpoint.
public struct DeliveredKeys: Codable, Sendable, Hashable {
    /// `Success`, or why there are no keys: `AssumeRoleUnauthorizedAccess`.
    public var Code: String
    public var Message: String?
    public var AccountId: String
    public var RoleName: String
    public var RoleArn: String
    /// Of an instance; nil for a container.
    public var InstanceProfileArn: String?
    public var InstanceProfileId: String?
    public var AccessKeyId: String?
    public var SecretAccessKey: String?
    public var Token: String?
    /// On the platform's clock, as are these keys' ends. Texts, because they travel as JSON.
    private var Updated: String
    private var Expires: String

    public var LastUpdated: Timestamp {
        get { Timestamp(iso8601: Updated) ?? Timestamp(seconds: 0) }
        set { Updated = newValue.iso8601(milliseconds: true) }
    }
    public var Expiration: Timestamp {
        get { Timestamp(iso8601: Expires) ?? Timestamp(seconds: 0) }
        set { Expires = newValue.iso8601(milliseconds: true) }
    }

    public init(
        code: String, message: String? = nil, account: String, roleName: String, roleARN: String, updated: Timestamp,
        expires: Timestamp
    ) {
        (Code, Message, AccountId, RoleName, RoleArn) = (code, message, account, roleName, roleARN)
        (Updated, Expires) = (updated.iso8601(milliseconds: true), expires.iso8601(milliseconds: true))
    }
}

/// Where a metadata endpoint gets a role's keys from.
public protocol RoleKeySource: Sendable {
    /// The time on the platform's clock, by which keys end.
    func now() async throws -> Timestamp
    /// The time on the machine's clock, by which clients reckon.
    func machineNow() -> Timestamp
    /// Fresh keys.
    /// - Parameter delivery: the version of the metadata service that asks, `1.0` or `2.0` (`ec2:RoleDelivery`); nil for a
    ///   container.
    func keys(delivery: String?) async throws -> DeliveredKeys
}

/// The keys in use, made anew before they end.
actor RoleKeys {
    enum Limit {
        /// Keys with less than this left are replaced. AWS has new ones ready at least five minutes before the end.
        static let margin = Duration.seconds(3_600)
        /// A role that could not be assumed is asked for again after this.
        static let retry = Duration.seconds(5)
    }
    private let source: any RoleKeySource
    private var kept: [String: DeliveredKeys] = [:]

    init(source: any RoleKeySource) { self.source = source }

    /// Keys with the times of the machine's clock: clients renew by it, wherever the platform's stands.
    func current(delivery: String?) async throws -> DeliveredKeys {
        let now = try await source.now()
        var keys = kept[delivery ?? ""]
        if let known = keys, !Self.isFresh(known, now) { keys = nil }
        let valid: DeliveredKeys
        if let keys {
            valid = keys
        } else {
            valid = try await source.keys(delivery: delivery)
            kept[delivery ?? ""] = valid
        }
        let ahead = now - source.machineNow()
        var shown = valid
        shown.Expiration = valid.Expiration - ahead
        shown.LastUpdated = valid.LastUpdated - ahead
        return shown
    }

    private static func isFresh(_ keys: DeliveredKeys, _ now: Timestamp) -> Bool {
        if keys.Code != "Success" { return now < keys.LastUpdated + Limit.retry }
        return now + Limit.margin < keys.Expiration
    }
}
