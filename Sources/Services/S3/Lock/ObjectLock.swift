import Documents
import Store

/// How long a version must stay (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html).
struct Retention: Sendable, Hashable, Codable {
    enum Mode: String, Sendable, Codable { case governance = "GOVERNANCE", compliance = "COMPLIANCE" }

    var mode: Mode
    var until: Timestamp
}

/// A bucket's object lock: that it is on, and what new versions get where their writer says nothing.
struct ObjectLockSetting: Sendable, Hashable, Codable {
    struct Default: Sendable, Hashable, Codable {
        var mode: Retention.Mode
        var days: Int?
        var years: Int?

        /// A year of a retention has 365 days.
        func retention(from now: Timestamp) -> Retention {
            Retention(mode: mode, until: Timestamp(seconds: now.seconds + Int64(days ?? 365 * (years ?? 0)) * 86_400))
        }
    }

    var standard: Default?

    init(standard: Default? = nil) { self.standard = standard }

    /// - Throws: ``S3Fault/malformedXML``, ``S3Fault/invalidArgument(_:name:value:)``.
    init(_ shape: Shape.ObjectLockConfiguration) throws {
        guard shape.objectLockEnabled == "Enabled" else { throw S3Fault.malformedXML }
        guard let rule = shape.rule else { return }
        guard let given = rule.defaultRetention, let mode = given.mode.flatMap(Retention.Mode.init(rawValue:)),
            (given.days == nil) != (given.years == nil)
        else { throw S3Fault.malformedXML }
        for (count, limit) in [(given.days, Limit.retentionDays), (given.years, Limit.retentionYears)] {
            guard let count else { continue }
            guard count > 0 else {
                throw S3Fault.invalidArgument(
                    "Default retention period must be a positive integer value.", name: "Days", value: String(count))
            }
            guard count <= limit else {
                throw S3Fault.invalidArgument(
                    "Default retention period too large. The maximum is \(limit).", name: "Days", value: String(count))
            }
        }
        standard = Default(mode: mode, days: given.days, years: given.years)
    }

    var shape: Shape.ObjectLockConfiguration {
        let rule = standard.map {
            Shape.ObjectLockRule(
                defaultRetention: Shape.DefaultRetention(mode: $0.mode.rawValue, days: $0.days, years: $0.years))
        }
        return Shape.ObjectLockConfiguration(objectLockEnabled: "Enabled", rule: rule)
    }
}

/// What a writing request says of the lock of its new version.
struct LockWish: Sendable, Hashable, Codable {
    var retention: Retention?
    /// nil where nothing is said of a legal hold.
    var isHeld: Bool?

    init() {}

    var isEmpty: Bool { retention == nil && isHeld != true }

    /// - Throws: ``S3Fault`` for half a retention, one in the past and unknown words.
    init(_ members: some WriteRuleMembers, now: Timestamp) throws {
        if let status = members.objectLockLegalHoldStatus { isHeld = try Self.isHeld(status) }
        guard members.objectLockMode != nil || members.objectLockRetainUntilDate != nil else { return }
        guard let mode = members.objectLockMode, let until = members.objectLockRetainUntilDate else {
            throw S3Fault.invalidArgument(
                "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
                name: members.objectLockMode == nil ? "x-amz-object-lock-mode" : "x-amz-object-lock-retain-until-date", value: "")
        }
        guard let known = Retention.Mode(rawValue: mode) else {
            throw S3Fault.invalidArgument("Unknown wormMode directive.", name: "x-amz-object-lock-mode", value: mode)
        }
        retention = Retention(mode: known, until: try Self.future(until, now: now, name: "x-amz-object-lock-retain-until-date"))
    }

    static func isHeld(_ status: String) throws -> Bool {
        switch status {
        case "ON": return true
        case "OFF": return false
        default:
            throw S3Fault.invalidArgument(
                "Legal Hold must be either of 'ON' or 'OFF'", name: "x-amz-object-lock-legal-hold", value: status)
        }
    }

    static func future(_ until: Timestamp, now: Timestamp, name: String) throws -> Timestamp {
        guard until > now else {
            throw S3Fault.invalidArgument("The retain until date must be in the future!", name: name, value: until.iso8601())
        }
        return until
    }
}

extension ObjectRecord {
    /// Takes the lock that its writer wishes, or the bucket's default.
    mutating func lock(_ wish: LockWish, in bucket: BucketRecord, now: Timestamp) throws {
        guard let setting = bucket.objectLock else {
            if !wish.isEmpty { throw S3Fault.invalidRequest("Bucket is missing Object Lock Configuration") }
            return
        }
        retention = wish.retention ?? setting.standard?.retention(from: now)
        legalHold = wish.isHeld
    }

    /// Whether this version may be removed for good.
    /// - Parameter bypasses: the caller asked, and is allowed, to pass over governance.
    func isProtected(at now: Timestamp, bypasses: Bool) -> Bool {
        if isLegalHeld { return true }
        guard let retention, retention.until > now else { return false }
        return retention.mode == .compliance || !bypasses
    }
}
