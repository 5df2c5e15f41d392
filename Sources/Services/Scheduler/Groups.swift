import Documents
import Kernel
import Store

/// Schedule groups (https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-group.html).
extension SchedulerService {
    struct CreateGroupInput: Codable, Sendable {
        var Name: String
        var Tags: [Tag]?
        var ClientToken: String?
    }
    struct CreateGroupOutput: Codable, Sendable { var ScheduleGroupArn: String }

    func createGroup(_ input: CreateGroupInput, _ context: Context) async throws -> CreateGroupOutput {
        let place = GroupPlace(input.Name, context)
        let tags = try TagList(input.Tags)
        let token = try ClientToken(input.ClientToken, input, context)
        let now = context.now
        return try await context.store.write { transaction in
            let output = CreateGroupOutput(ScheduleGroupArn: place.arn)
            if try transaction.isRepeated(token) { return output }
            guard !place.isDefault, try !transaction.contains(place.key) else { throw SchedulerFault.groupExists(place.name) }
            let count = try transaction.count(GroupPlace.all(place.account, place.region))
            guard count < SchedulerLimit.groups else {
                throw SchedulerFault.quota("The number of schedule groups exceeds the quota of \(SchedulerLimit.groups).")
            }
            try transaction.put(place.key, GroupRecord(name: place.name, created: now, modified: now, tags: tags))
            try transaction.remember(token)
            return output
        }
    }

    struct GroupInput: Codable, Sendable { var Name: String }

    struct GroupOutput: Codable, Sendable {
        var Arn: String
        var Name: String
        var State: String
        var CreationDate: Timestamp?
        var LastModificationDate: Timestamp?

        init(_ place: GroupPlace, _ record: GroupRecord?) {
            (Arn, Name, State) = (place.arn, place.name, record?.isDeleting == true ? "DELETING" : "ACTIVE")
            (CreationDate, LastModificationDate) = (record?.created, record?.modified)
        }
    }

    func getGroup(_ input: GroupInput, _ context: Context) async throws -> GroupOutput {
        let place = GroupPlace(input.Name, context)
        return try await context.store.read { GroupOutput(place, try $0.describedGroup(place)) }
    }

    struct ListGroupsInput: Codable, Sendable {
        var NamePrefix: String?
        var NextToken: String?
        var MaxResults: Int?
    }
    struct ListGroupsOutput: Codable, Sendable {
        var ScheduleGroups: [GroupOutput]
        var NextToken: String?
    }

    func listGroups(_ input: ListGroupsInput, _ context: Context) async throws -> ListGroupsOutput {
        let last = try PageToken.read(input.NextToken, of: context.list(), parts: 1)?.first
        let records = try await context.store.read { snapshot in
            var records: [String: GroupRecord] = [:]
            try snapshot.records(GroupRecord.self, GroupPlace.all(context.account, context.region)) { _, record in
                records[record.name] = record
                return true
            }
            let defaultGroup = GroupPlace(nil, context)
            records[defaultGroup.name] = try snapshot.describedGroup(defaultGroup)
            return records
        }
        let names = Set(records.keys).union([GroupPlace.defaultName]).sorted()
            .filter { $0.hasPrefix(input.NamePrefix ?? "") && $0 > last ?? "" }
        let page = names.prefix(input.MaxResults ?? SchedulerLimit.page)
        return ListGroupsOutput(
            ScheduleGroups: page.map { GroupOutput(GroupPlace($0, context), records[$0]) },
            NextToken: page.count < names.count ? page.last.map { PageToken.write([$0], of: context.list()) } : nil)
    }

    struct DeleteGroupInput: Codable, Sendable {
        var Name: String
        var ClientToken: String?
    }

    /// The group is `DELETING` until its schedules have gone.
    func deleteGroup(_ input: DeleteGroupInput, _ context: Context) async throws -> Nothing {
        let place = GroupPlace(input.Name, context)
        guard !place.isDefault else { throw SchedulerFault.validation("The default schedule group can't be deleted.") }
        let token = try ClientToken(input.ClientToken, input, context)
        let (now, platform) = (context.now, context.platform)
        try await context.store.write { transaction in
            if try transaction.isRepeated(token) { return }
            guard var record = try transaction.group(place) else { throw SchedulerFault.groupNotFound(place.name) }
            guard !record.isDeleting else { throw SchedulerFault.groupIsDeleting(place.name) }
            (record.isDeleting, record.modified) = (true, now)
            try transaction.put(place.key, record)
            let payload: Document = [
                "account": .string(place.account), "region": .string(place.region), "group": .string(place.name),
            ]
            try transaction.schedule(
                TimerRecord(
                    id: "group \(place.account) \(place.region) \(place.name)", service: Self.id, name: "empty group", due: now,
                    payload: payload), on: platform)
            try transaction.remember(token)
        }
        return Nothing()
    }

    /// Takes away the schedules of a group that is being deleted, some at once, and then the group itself.
    func emptyGroup(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let account = timer.payload["account"]?.string, let region = timer.payload["region"]?.string,
            let name = timer.payload["group"]?.string
        else { return }
        let place = GroupPlace(account: account, region: region, name: name)
        var isEmpty = false
        while !isEmpty {
            isEmpty = try await platform.store.write { transaction in
                guard try transaction.record(GroupRecord.self, place.key)?.isDeleting == true else { return true }
                let limit = SchedulerLimit.deletedAtOnce
                let names = try transaction.all(ScheduleRecord.self, place.schedules, limit: limit).map(\.name)
                for name in names { try transaction.remove(place.schedule(name)) }
                if names.isEmpty { try transaction.delete(place.key) }
                return names.isEmpty
            }
        }
    }
}

extension Transaction {
    /// Takes a schedule away, and its next turn.
    func remove(_ place: SchedulePlace) throws {
        try delete(place.key)
        try cancelTimer(SchedulerService.id, id: place.timerID)
    }
}

/// Tags of groups.
extension SchedulerService {
    struct Tag: Codable, Sendable {
        var Key: String
        var Value: String
    }
    struct TagInput: Codable, Sendable {
        var ResourceArn: String
        var Tags: [Tag]
    }
    struct UntagInput: Codable, Sendable {
        var ResourceArn: String
        var TagKeys: [String]
    }
    struct ListTagsInput: Codable, Sendable { var ResourceArn: String }
    struct ListTagsOutput: Codable, Sendable { var Tags: [Tag] }

    func tag(_ input: TagInput, _ context: Context) async throws -> Nothing {
        try await changeTags(input.ResourceArn, context) { try $0.add(input.Tags) }
    }

    func untag(_ input: UntagInput, _ context: Context) async throws -> Nothing {
        try await changeTags(input.ResourceArn, context) { $0.remove(input.TagKeys) }
    }

    func listTags(_ input: ListTagsInput, _ context: Context) async throws -> ListTagsOutput {
        let place = try Self.group(input.ResourceArn)
        let tags = try await context.store.read { try $0.group(place)?.tags ?? [:] }
        return ListTagsOutput(Tags: tags.map { Tag(Key: $0.key, Value: $0.value) })
    }

    private func changeTags(
        _ arn: String, _ context: Context, _ body: @escaping @Sendable (inout TagList) throws -> Void
    ) async throws -> Nothing {
        let place = try Self.group(arn)
        let now = context.now
        try await context.store.write { transaction in
            var group = try transaction.group(place) ?? GroupRecord(name: place.name, created: now, modified: now)
            guard !group.isDeleting else { throw SchedulerFault.groupIsDeleting(place.name) }
            try body(&group.tags)
            group.modified = now
            try transaction.put(place.key, group)
        }
        return Nothing()
    }

    private static func group(_ text: String) throws -> GroupPlace {
        guard let arn = ARN(text), arn.service == id, arn.resource.hasPrefix("schedule-group/") else {
            throw SchedulerFault.validation("Provided Arn is not in correct format.")
        }
        return GroupPlace(
            account: arn.account, region: arn.region, name: String(arn.resource.dropFirst("schedule-group/".count)))
    }
}

extension SchedulerService.Tag: KeyedTag {
    var tagKey: String { Key }
    var tagValue: String { Value }
}

extension TagList {
    init(_ tags: [SchedulerService.Tag]?) throws {
        self.init()
        try add(tags ?? [])
    }

    /// - Throws: ``SchedulerFault``
    mutating func add(_ tags: [SchedulerService.Tag]) throws {
        try add(tags, limit: SchedulerLimit.tags) { flaw -> SchedulerFault? in
            switch flaw {
            case .reserved: .validation("Tag keys starting with 'aws:' are reserved for system use.")
            case .tooMany: .quota("The number of tags exceeds the quota of \(SchedulerLimit.tags).")
            case .repeated, .lookAlike: nil
            }
        }
    }
}
