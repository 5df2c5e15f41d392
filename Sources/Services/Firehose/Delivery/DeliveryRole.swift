import Documents
import Kernel
import Synchronization

/// The roles that streams deliver as, assumed as Firehose with the account as the external id
/// (https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html).
enum DeliveryRole {
    /// - Throws: ``AWSError`` of STS when the role is missing or does not trust Firehose.
    static func assume(_ role: String, for record: StreamRecord, on platform: Platform) async throws -> Caller {
        let service = Caller.service(FirehoseService.principal, account: record.account, sourceARN: record.arn)
        return try await platform.assumedRole(
            role, session: record.name, externalID: record.account, seconds: FirehoseLimit.sessionSeconds, as: service,
            region: record.region
        ).caller
    }
}

/// The sessions of one batch's or reader's roles: each role is assumed once, and again before its session ends.
actor RoleSessions {
    private let record: StreamRecord
    private let platform: Platform
    private var sessions: [String: (caller: Caller, until: Timestamp)] = [:]

    init(_ record: StreamRecord, on platform: Platform) { (self.record, self.platform) = (record, platform) }

    func caller(_ role: String) async throws -> Caller {
        let now = platform.clock.now()
        if let known = sessions[role], now < known.until { return known.caller }
        let caller = try await DeliveryRole.assume(role, for: record, on: platform)
        sessions[role] = (caller, now + .seconds(FirehoseLimit.sessionSeconds) - FirehoseLimit.sessionMargin)
        return caller
    }
}
