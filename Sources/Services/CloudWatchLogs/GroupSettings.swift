import Documents
import Kernel
import Store

/// Tags of groups, in their old form and their new, deletion protection, and the short list of groups.
extension CloudWatchLogsService {
    struct TagInput: Decodable, Sendable {
        var resourceArn: String
        var tags: [String: String]
    }

    func tag(_ input: TagInput, _ context: Context) async throws -> Nothing {
        try await changeTags(nil, input.resourceArn, context) { try $0.add(input.tags) }
        return Nothing()
    }

    struct UntagInput: Decodable, Sendable {
        var resourceArn: String
        var tagKeys: [String]
    }

    func untag(_ input: UntagInput, _ context: Context) async throws -> Nothing {
        try await changeTags(nil, input.resourceArn, context) { $0.removeTags(input.tagKeys) }
        return Nothing()
    }

    struct TagsInput: Decodable, Sendable { var resourceArn: String }
    struct TagsOutput: Encodable, Sendable { var tags: [String: String] }

    func listTags(_ input: TagsInput, _ context: Context) async throws -> TagsOutput {
        if DestinationRecord.key(input.resourceArn) != nil {
            return TagsOutput(tags: try await context.store.read { try $0.destination(input.resourceArn) }.tags)
        }
        return TagsOutput(tags: try await context.store.read { try $0.group(nil, input.resourceArn, context).tags })
    }

    struct TagGroupInput: Decodable, Sendable {
        var logGroupName: String
        var tags: [String: String]
    }

    func tagGroup(_ input: TagGroupInput, _ context: Context) async throws -> Nothing {
        try await changeTags(input.logGroupName, nil, context) { try $0.add(input.tags) }
        return Nothing()
    }

    struct UntagGroupInput: Decodable, Sendable {
        var logGroupName: String
        var tags: [String]
    }

    func untagGroup(_ input: UntagGroupInput, _ context: Context) async throws -> Nothing {
        try await changeTags(input.logGroupName, nil, context) { $0.removeTags(input.tags) }
        return Nothing()
    }

    func listGroupTags(_ input: GroupInput, _ context: Context) async throws -> TagsOutput {
        TagsOutput(tags: try await context.store.read { try $0.group(input.logGroupName, nil, context).tags })
    }

    private func changeTags(
        _ name: String?, _ arn: String?, _ context: Context,
        _ change: @escaping @Sendable (inout [String: String]) throws -> Void
    ) async throws {
        try await context.store.write { transaction in
            if let arn, DestinationRecord.key(arn) != nil {
                var destination = try transaction.destination(arn)
                try change(&destination.tags)
                return try transaction.put(destination.key, destination)
            }
            var group = try transaction.group(name, arn, context)
            try change(&group.tags)
            try transaction.put(group.key, group)
        }
    }

    struct ProtectionInput: Decodable, Sendable {
        var logGroupIdentifier: String
        var deletionProtectionEnabled: Bool
    }

    func putProtection(_ input: ProtectionInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            var group = try transaction.group(nil, input.logGroupIdentifier, context)
            group.isProtected = input.deletionProtectionEnabled
            try transaction.put(group.key, group)
        }
        return Nothing()
    }

    struct ListGroupsInput: Decodable, Sendable {
        var logGroupNamePattern: String?
        var logGroupClass: String?
        var nextToken: String?
        var limit: Int?
    }

    struct ListGroupsOutput: Encodable, Sendable {
        struct Group: Encodable, Sendable {
            var logGroupName: String
            var logGroupArn: String
            var logGroupClass: String
        }
        var logGroups: [Group]
        var nextToken: String?
    }

    /// The pattern is up to five pieces of names with `|` between them; `^` binds one to the name's beginning.
    func listGroups(_ input: ListGroupsInput, _ context: Context) async throws -> ListGroupsOutput {
        let pieces = input.logGroupNamePattern.map { $0.split(separator: "|") }
        let all = try await groups(context).filter { group in
            (input.logGroupClass.map { $0 == group.shownClass } ?? true)
                && (pieces.map { pieces in
                    pieces.contains { $0.first == "^" ? group.name.hasPrefix($0.dropFirst()) : group.name.contains($0) }
                } ?? true)
        }
        let (page, token) = try LogsPage.cut(
            all, by: \.name, input.nextToken, input.limit, of: context.list(input.logGroupNamePattern))
        return ListGroupsOutput(
            logGroups: page.map { .init(logGroupName: $0.name, logGroupArn: $0.arn, logGroupClass: $0.shownClass) },
            nextToken: token)
    }

    /// All groups of the caller's account, by their names.
    func groups(_ context: Context) async throws -> [GroupRecord] {
        let all = Key(.logGroup, .text(context.account), .text(context.region))
        return try await context.store.read { try $0.all(GroupRecord.self, all) }
    }

    /// The name of a group that is given by its name or its ARN.
    static func groupName(_ identifier: String) -> String {
        guard let arn = ARN(identifier) else { return identifier }
        let parts = arn.resource.split(separator: ":")
        return parts.count > 1 ? String(parts[1]) : identifier
    }
}

/// Pages of lists: a token is the last name shown, or a number of entries.
enum LogsPage {
    static let refusal = LogsFault.invalid("The specified nextToken is invalid.")

    /// - Parameter list: ``Context/list(_:)``, of what narrows the list.
    static func cut<Item>(
        _ items: [Item], by name: (Item) -> String, _ token: String?, _ limit: Int?, of list: String
    ) throws(LogsFault) -> (page: [Item], next: String?) {
        let page = try ListPage(items, after: token, limit: limit ?? LogsLimit.page, by: name, of: list, refusing: refusal)
        return (page.items, page.next)
    }

    /// How many entries a token says were shown; nil without one.
    /// - Throws: ``refusal`` for what the list has not given, and for a number outside `range`.
    static func count(_ token: String?, of list: String, in range: ClosedRange<Int>) throws(LogsFault) -> Int? {
        guard let token else { return nil }
        guard let count = PageToken.name(token, of: list).flatMap({ Int($0) }), range.contains(count) else { throw refusal }
        return count
    }
}

extension [String: String] {
    init(checking tags: [String: String]?) throws(LogsFault) {
        self = [:]
        try add(tags ?? [:])
    }

    /// - Throws: ``LogsFault`` for names that are AWS's and for too many.
    mutating func add(_ tags: [String: String]) throws(LogsFault) {
        try addTags(tags, limit: LogsLimit.tags) { flaw -> LogsFault? in
            switch flaw {
            case .reserved(let key):
                .invalid("Tag key \(key) is reserved: aws: prefixed tag key names are not allowed for external use.")
            case .tooMany: .invalid("A resource can have at most \(LogsLimit.tags) tags.")
            case .lookAlike(let key): .invalid(TagFlaw.lookAlikeText(key))
            case .repeated: nil
            }
        }
    }
}
