import Documents
import Kernel
import Store

/// Names and ARNs of trails.
extension CloudTrailService {
    /// The rules of a trail's name (CreateTrail, API reference).
    static func check(name: String) throws {
        let bytes = Array(name.utf8)
        guard !bytes.isEmpty else { throw CloudTrailFault.invalidName("Trail name or ARN can not be blank.") }
        guard bytes.count >= 3 else {
            throw CloudTrailFault.invalidName(
                "Trail name too short. Minimum allowed length: 3 characters. Specified name length: \(bytes.count) characters.")
        }
        guard bytes.count <= 128 else {
            throw CloudTrailFault.invalidName(
                "Trail name too long. Maximum allowed length: 128 characters. Specified name length: \(bytes.count) characters.")
        }
        func isLetterOrDigit(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        func isMark(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") }
        guard bytes.allSatisfy({ isLetterOrDigit($0) || isMark($0) }) else {
            throw CloudTrailFault.invalidName(
                "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and "
                    + "underscores (_).")
        }
        guard let first = bytes.first, isLetterOrDigit(first) else {
            throw CloudTrailFault.invalidName("Trail name must starts with a letter or number.")
        }
        guard let last = bytes.last, isLetterOrDigit(last) else {
            throw CloudTrailFault.invalidName("Trail name must ends with a letter or number.")
        }
        guard !zip(bytes, bytes.dropFirst()).contains(where: { isMark($0) && isMark($1) }) else {
            throw CloudTrailFault.invalidName("Trail name cannot have adjacent periods, underscores, or dashes.")
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard !(parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }) else {
            throw CloudTrailFault.invalidName("Trail name must not be formatted as an IP address.")
        }
    }

    /// The trail of a name or ARN. A multi-Region trail is found by its name from every Region.
    func find(_ named: String, _ context: Context) async throws -> TrailRecord {
        let (account, region) = (context.account, context.region)
        if named.hasPrefix("arn:") {
            guard let key = TrailRecord.key(arn: named) else { throw CloudTrailFault.invalidARN(named) }
            let trail = try await context.store.read { try $0.record(TrailRecord.self, key) }
            guard let trail, try await isSeen(trail, by: context) else {
                throw CloudTrailFault.trailNotFound(arn: named, account: account)
            }
            return trail
        }
        try Self.check(name: named)
        let own = try await trails(seenIn: region, context)
        if let trail = own.first(where: { $0.name == named && $0.homeRegion == region && $0.account == account }) { return trail }
        if let shadow = own.first(where: { $0.name == named }) { return shadow }
        throw CloudTrailFault.trailNotFound(arn: TrailRecord.arn(account, region, named), account: account)
    }

    /// The trail of a name or ARN, to be changed: by its owner, at home.
    func owned(_ named: String, _ context: Context) async throws -> TrailRecord {
        let trail = try await find(named, context)
        guard trail.account == context.account else { throw CloudTrailFault.notManagementAccount }
        guard trail.homeRegion == context.region else {
            throw CloudTrailFault.wrongRegion(arn: trail.arn, home: trail.homeRegion)
        }
        return trail
    }

    func isSeen(_ trail: TrailRecord, by context: Context) async throws -> Bool {
        if trail.account == context.account { return true }
        guard let organization = trail.organization else { return false }
        return try await context.platform.identity.organization(of: context.account).id == organization
    }

    /// The caller's trails that live in `region` or reach into it, and those of its organization. nil is all.
    func trails(seenIn region: String?, _ context: Context) async throws -> [TrailRecord] {
        let organization = try await context.platform.identity.organization(of: context.account).id
        let account = context.account
        return try await context.store.read { snapshot in
            // An organization's trails are under its management account.
            try snapshot.all(TrailRecord.self, organization == nil ? TrailRecord.all(in: account) : Key(.trail)) { trail in
                let isOurs = trail.account == account || (trail.organization != nil && trail.organization == organization)
                return isOurs && (region == nil || trail.homeRegion == region || trail.isMultiRegion)
            }
        }
    }
}
