import Documents
import Kernel
import Store

/// Making, changing and deleting trails.
extension CloudTrailService {
    struct CreateTrailInput: Decodable, Sendable {
        var Name: String
        var S3BucketName: String
        var S3KeyPrefix: String?
        var SnsTopicName: String?
        var IncludeGlobalServiceEvents: Bool?
        var IsMultiRegionTrail: Bool?
        var EnableLogFileValidation: Bool?
        var CloudWatchLogsLogGroupArn: String?
        var CloudWatchLogsRoleArn: String?
        var KmsKeyId: String?
        var IsOrganizationTrail: Bool?
        var TagsList: [TagShape]?
    }

    func createTrail(_ input: CreateTrailInput, _ context: Context) async throws -> TrailSummary {
        try Self.check(name: input.Name)
        var trail = TrailRecord(
            account: context.account, homeRegion: context.region, name: input.Name, created: context.now,
            bucket: input.S3BucketName)
        trail.prefix = Self.present(input.S3KeyPrefix)
        trail.includesGlobal = input.IncludeGlobalServiceEvents ?? true
        trail.isMultiRegion = input.IsMultiRegionTrail ?? false
        trail.validates = input.EnableLogFileValidation ?? false
        trail.logGroup = Self.present(input.CloudWatchLogsLogGroupArn)
        trail.logRole = Self.present(input.CloudWatchLogsRoleArn)
        trail.kmsKey = Self.present(input.KmsKeyId)
        trail.topic = Self.present(input.SnsTopicName)
        trail.isOrganization = input.IsOrganizationTrail ?? false
        try trail.tags.add(input.TagsList ?? [])
        if try await context.store.read({ [key = trail.key] in try $0.contains(key) }) {
            throw CloudTrailFault.trailExists(name: trail.name, account: trail.account)
        }
        trail = try await checked(trail, context)
        let made = trail
        try await context.store.write { transaction in
            guard try !transaction.contains(made.key) else {
                throw CloudTrailFault.trailExists(name: made.name, account: made.account)
            }
            var count = 0
            try transaction.records(TrailRecord.self, TrailRecord.all(in: made.account)) { _, other in
                if other.homeRegion == made.homeRegion { count += 1 }
                return true
            }
            guard count < TrailLimit.trailsPerRegion else {
                throw CloudTrailFault.tooManyTrails(account: made.account, region: made.homeRegion)
            }
            try transaction.put(made.key, made)
        }
        return TrailSummary(made)
    }

    struct UpdateTrailInput: Decodable, Sendable {
        var Name: String
        var S3BucketName: String?
        var S3KeyPrefix: String?
        var SnsTopicName: String?
        var IncludeGlobalServiceEvents: Bool?
        var IsMultiRegionTrail: Bool?
        var EnableLogFileValidation: Bool?
        var CloudWatchLogsLogGroupArn: String?
        var CloudWatchLogsRoleArn: String?
        var KmsKeyId: String?
        var IsOrganizationTrail: Bool?
    }

    func updateTrail(_ input: UpdateTrailInput, _ context: Context) async throws -> TrailSummary {
        let before = try await owned(input.Name, context)
        let change: @Sendable (inout TrailRecord) -> Void = { trail in
            if let bucket = input.S3BucketName { trail.bucket = bucket }
            // An empty text takes the member away.
            if let prefix = input.S3KeyPrefix { trail.prefix = Self.present(prefix) }
            if let flag = input.IncludeGlobalServiceEvents { trail.includesGlobal = flag }
            if let flag = input.IsMultiRegionTrail { trail.isMultiRegion = flag }
            if let flag = input.EnableLogFileValidation { trail.validates = flag }
            if let group = input.CloudWatchLogsLogGroupArn { trail.logGroup = Self.present(group) }
            if let role = input.CloudWatchLogsRoleArn { trail.logRole = Self.present(role) }
            if let key = input.KmsKeyId { trail.kmsKey = Self.present(key) }
            if let topic = input.SnsTopicName { trail.topic = Self.present(topic) }
            if let flag = input.IsOrganizationTrail { trail.isOrganization = flag }
        }
        var wanted = before
        change(&wanted)
        let (organization, key, topic) = try await { [wanted] in
            let checked = try await checked(wanted, context)
            return (checked.organization, checked.kmsKey, checked.topic)
        }()
        let platform = context.platform
        let made = try await context.store.write { transaction in
            var trail = try transaction.trail(before, context.account)
            change(&trail)
            (trail.organization, trail.kmsKey, trail.topic) = (organization, key, topic)
            try transaction.put(trail.key, trail)
            if trail.isLogging { try Self.scheduleAll(trail, at: context.now, in: transaction, on: platform) }
            return trail
        }
        try await taps.reload(platform)
        return TrailSummary(made)
    }

    struct NamedTrail: Decodable, Sendable { var Name: String }

    func deleteTrail(_ input: NamedTrail, _ context: Context) async throws -> Nothing {
        let trail = try await owned(input.Name, context)
        try await context.store.write { transaction in
            let trail = try transaction.trail(trail, context.account)
            try transaction.delete(trail.key)
            try transaction.deleteRange(from: TrailProgress.all(trail.arn), to: TrailProgress.all(trail.arn).rangeEnd)
            try transaction.deleteRange(from: DigestChain.all(trail.arn), to: DigestChain.all(trail.arn).rangeEnd)
            for name in ["deliver", "digest"] { try transaction.cancelTimer(Self.id, id: "\(name)/\(trail.arn)") }
        }
        try await taps.reload(context.platform)
        return Nothing()
    }

    static func present(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
}
