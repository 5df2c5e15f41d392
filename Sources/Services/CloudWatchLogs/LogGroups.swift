import Documents
import Kernel
import Store

/// Log groups, their retention and tags.
extension CloudWatchLogsService {
    struct CreateGroupInput: Decodable, Sendable {
        var logGroupName: String
        var kmsKeyId: String?
        var tags: [String: String]?
        var logGroupClass: String?
        var deletionProtectionEnabled: Bool?
    }

    func createGroup(_ input: CreateGroupInput, _ context: Context) async throws -> Nothing {
        guard !input.logGroupName.hasPrefix("aws/") else {
            throw LogsFault.invalid("Log groups starting with AWS/ are reserved for AWS.")
        }
        var made = GroupRecord(
            account: context.account, region: context.region, name: input.logGroupName, created: context.now,
            tags: try .init(checking: input.tags), logClass: input.logGroupClass,
            isProtected: input.deletionProtectionEnabled)
        if let key = input.kmsKeyId {
            try await check(key: key, of: made, context.platform)
            made.kmsKey = key
        }
        let record = made
        try await context.store.write { transaction in
            guard try !transaction.contains(record.key) else { throw LogsFault.groupExists }
            try transaction.put(record.key, record)
        }
        return Nothing()
    }

    struct GroupInput: Decodable, Sendable { var logGroupName: String }

    func deleteGroup(_ input: GroupInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            let group = try transaction.group(input.logGroupName, nil, context)
            guard group.isProtected != true else { throw LogsFault.protected }
            let streams = try transaction.all(StreamRecord.self, group.streams)
            for stream in streams { try transaction.deleteRange(from: stream.events, to: stream.events.rangeEnd) }
            try transaction.deleteRange(from: group.streams, to: group.streams.rangeEnd)
            try transaction.delete(group.key)
            try transaction.delete(group.indexPolicyKey)
            try transaction.cancelTimer(Self.id, id: group.timerID)
        }
        return Nothing()
    }

    struct DescribeGroupsInput: Decodable, Sendable {
        var logGroupNamePrefix: String?
        var logGroupNamePattern: String?
        var logGroupClass: String?
        var logGroupIdentifiers: [String]?
        var nextToken: String?
        var limit: Int?
    }

    struct DescribeGroupsOutput: Encodable, Sendable {
        struct Group: Encodable, Sendable {
            var logGroupName: String
            var creationTime: Int64
            var retentionInDays: Int?
            var metricFilterCount = 0
            var arn: String
            var storedBytes = 0
            var kmsKeyId: String?
            var logGroupClass = "STANDARD"
            var logGroupArn: String
            var deletionProtectionEnabled = false
            var dataProtectionStatus: String?
            var inheritedProperties: [String]?

            /// - Parameter inherits: whether the account has a data protection policy.
            init(_ group: GroupRecord, inherits: Bool) {
                (logGroupName, creationTime, retentionInDays) = (group.name, group.created.milliseconds, group.retentionDays)
                (arn, logGroupArn) = (group.arn + ":*", group.arn)
                metricFilterCount = group.metricFilters?.count ?? 0
                logGroupClass = group.shownClass
                deletionProtectionEnabled = group.isProtected ?? false
                kmsKeyId = group.kmsKey
                dataProtectionStatus = group.protection.map { _ in "ACTIVATED" }
                if inherits, group.shownClass == "STANDARD" { inheritedProperties = ["ACCOUNT_DATA_PROTECTION"] }
            }
        }
        var logGroups: [Group]
        var nextToken: String?
    }

    func describeGroups(_ input: DescribeGroupsInput, _ context: Context) async throws -> DescribeGroupsOutput {
        if input.logGroupNamePattern != nil, input.logGroupNamePrefix != nil {
            throw LogsFault.invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
        }
        let count = min(input.limit ?? LogsLimit.page, LogsLimit.page)
        let all = Key(.logGroup, .text(context.account), .text(context.region))
        let wanted = input.logGroupIdentifiers.map { Set($0.map(Self.groupName)) }
        let list = context.list(input.logGroupNamePrefix, input.logGroupNamePattern, input.logGroupClass)
        let after = try input.nextToken.map { token in
            guard let key = PageToken.key(token, of: list, under: all) else { throw LogsPage.refusal }
            return key
        }
        let (found, inherits) = try await context.store.read { snapshot in
            let policies = AccountPolicyRecord.all(context.account, context.region, .protection)
            let inherits = try !snapshot.all(AccountPolicyRecord.self, policies).isEmpty
            var found: [GroupRecord] = []
            try snapshot.records(GroupRecord.self, all, after: after) { _, group in
                let fits = group.name.hasPrefix(input.logGroupNamePrefix ?? "")
                let holds = input.logGroupNamePattern.map { group.name.lowercased().contains($0.lowercased()) } ?? true
                let isOfClass = input.logGroupClass.map { $0 == group.shownClass } ?? true
                let isNamed = wanted.map { $0.contains(group.name) } ?? true
                if fits, holds, isOfClass, isNamed { found.append(group) }
                return found.count <= count
            }
            return (found, inherits)
        }
        let page = found.prefix(count)
        return DescribeGroupsOutput(
            logGroups: page.map { .init($0, inherits: inherits) },
            nextToken: found.count > count ? page.last.map { PageToken.write($0.key, of: list) } : nil)
    }

    struct RetentionInput: Decodable, Sendable {
        var logGroupName: String
        var retentionInDays: Int
    }

    func putRetention(_ input: RetentionInput, _ context: Context) async throws -> Nothing {
        guard LogsLimit.retention.contains(input.retentionInDays) else {
            throw LogsFault.invalid("Invalid retention value. The value must be one of the allowed retention values.")
        }
        let platform = context.platform
        try await context.store.write { transaction in
            var group = try transaction.group(input.logGroupName, nil, context)
            group.retentionDays = input.retentionInDays
            try transaction.put(group.key, group)
            let payload: Document = [
                "account": .string(group.account), "region": .string(group.region), "name": .string(group.name),
            ]
            try transaction.schedule(
                TimerRecord(id: group.timerID, service: Self.id, name: "retention", due: context.now, payload: payload),
                on: platform)
        }
        return Nothing()
    }

    func deleteRetention(_ input: GroupInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            var group = try transaction.group(input.logGroupName, nil, context)
            group.retentionDays = nil
            try transaction.put(group.key, group)
            try transaction.cancelTimer(Self.id, id: group.timerID)
        }
        return Nothing()
    }

    /// Removes what is older than the group's retention, and comes back a day later.
    func sweep(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let account = timer.payload["account"]?.string, let region = timer.payload["region"]?.string,
            let name = timer.payload["name"]?.string
        else { return }
        let now = platform.clock.now()
        var isMore = true
        while isMore {
            isMore = try await platform.store.write { transaction in
                guard let group = try transaction.record(GroupRecord.self, GroupRecord.key(account, region, name)),
                    let days = group.retentionDays
                else { return false }
                let limit = now - .seconds(days * 86_400)
                var old: [Key] = []
                let streams = try transaction.all(StreamRecord.self, group.streams)
                for stream in streams where old.count < LogsLimit.sweep {
                    let end = stream.events.appending(.integer(limit.milliseconds))
                    try transaction.scan(from: stream.events, to: end, reverse: false, limit: LogsLimit.sweep - old.count) {
                        key, _ in
                        old.append(key)
                        return true
                    }
                }
                for key in old { try transaction.delete(key) }
                return old.count == LogsLimit.sweep
            }
        }
        try await platform.store.write { transaction in
            guard let group = try transaction.record(GroupRecord.self, GroupRecord.key(account, region, name)),
                group.retentionDays != nil
            else { return }
            var next = timer
            next.due = now + .seconds(86_400)
            next.attempts = 0
            try transaction.schedule(next, on: platform)
        }
    }
}
