import Documents
import Store

/// When this data directory was made, kept since its first start.
private struct InstallationRecord: Stored {
    static let tag: UInt8 = 1
    var made: Timestamp
    static let key = Key(.meta, "installation")
}

extension Platform {
    /// Notes the moment of the first start. A directory from before this was noted is as old as its next start.
    func noteInstallation() async throws {
        guard try await !store.read({ try $0.contains(InstallationRecord.key) }) else { return }
        let made = clock.now()
        try await store.write { try $0.put(InstallationRecord.key, InstallationRecord(made: made)) }
    }
}

extension Snapshot {
    /// When an account was opened, and with it what every account has: its root, its default event bus, its default schedule
    /// group. Accounts that Organizations made have a moment of their own, the others are as old as the data directory.
    /// - Returns: nil on a platform that has not started.
    public func accountCreated(_ account: String) throws -> Timestamp? {
        let member = try record(OrganizationMemberRecord.self, OrganizationMemberRecord.key(account))
        if let member, member.method == .created { return member.joined }
        return try record(InstallationRecord.self, InstallationRecord.key)?.made
    }
}
