import Documents
import EventPatterns
import Kernel
import Store

/// Archives (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive-event.html).
extension EventBridgeService {
    struct CreateArchiveInput: Codable, Sendable {
        var ArchiveName: String
        var EventSourceArn: String
        var Description: String?
        var EventPattern: String?
        var RetentionDays: Int?
        var KmsKeyIdentifier: String?
    }
    struct ArchiveStateOutput: Codable, Sendable {
        var ArchiveArn: String
        var State: String
        var CreationTime: Timestamp
    }

    func createArchive(_ input: CreateArchiveInput, _ context: Context) async throws -> ArchiveStateOutput {
        if let key = input.KmsKeyIdentifier, !key.isEmpty { try await check(key: key, context) }
        let place = ArchivePlace(input.ArchiveName, context)
        let pattern = try Self.archivePattern(input.EventPattern)
        let bus = BusPlace(input.EventSourceArn, context)
        guard bus.account == context.account, bus.region == context.region, bus.arn == input.EventSourceArn else {
            throw EventsFault.validation(
                "Parameter EventSourceArn is not valid. Reason: it must be the ARN of an event bus of this account and Region.")
        }
        let record = ArchiveRecord(
            name: place.name, id: Identifier.uuid(), bus: bus.name, description: input.Description, pattern: pattern,
            retention: input.RetentionDays ?? 0, created: context.now,
            kmsKey: input.KmsKeyIdentifier.flatMap { $0.isEmpty ? nil : $0 })
        let router = router
        try await context.store.write { transaction in
            _ = try transaction.bus(bus)
            guard try !transaction.contains(place.key) else { throw EventsFault.archiveExists(place.name) }
            let count = try transaction.count(ArchivePlace.all(place.account, place.region))
            guard count < EventsLimit.archives else { throw EventsFault.limitExceeded }
            try transaction.put(place.key, record)
            transaction.afterCommit { router.forget(bus) }
        }
        try await router.refreshInterest(context.platform)
        return ArchiveStateOutput(ArchiveArn: place.arn, State: "ENABLED", CreationTime: record.created)
    }

    private static func archivePattern(_ text: String?) throws -> String? {
        guard let text, !text.isEmpty else { return nil }
        do { _ = try EventPattern(text) } catch { throw EventsFault.invalidPattern(error) }
        return text
    }

    struct UpdateArchiveInput: Codable, Sendable {
        var ArchiveName: String
        var Description: String?
        var EventPattern: String?
        var RetentionDays: Int?
        var KmsKeyIdentifier: String?
    }

    func updateArchive(_ input: UpdateArchiveInput, _ context: Context) async throws -> ArchiveStateOutput {
        if let key = input.KmsKeyIdentifier, !key.isEmpty { try await check(key: key, context) }
        let place = ArchivePlace(input.ArchiveName, context)
        let pattern = try Self.archivePattern(input.EventPattern)
        let (platform, router) = (context.platform, router)
        let created = try await context.store.write { transaction in
            var record = try transaction.archive(place)
            record.description = input.Description ?? record.description
            if input.EventPattern != nil { record.pattern = pattern }
            // An empty text goes back to the key that is AWS's own.
            if let key = input.KmsKeyIdentifier { record.kmsKey = key.isEmpty ? nil : key }
            if let days = input.RetentionDays, days != record.retention {
                record.retention = days
                try transaction.cancelTimer(Self.id, id: place.timerID)
                // The sweep finds out what is due when.
                if days > 0, record.events > 0 { try transaction.schedule(place.expiry(platform.clock.now()), on: platform) }
            }
            try transaction.put(place.key, record)
            let bus = place.bus(record)
            transaction.afterCommit { router.forget(bus) }
            return record.created
        }
        return ArchiveStateOutput(ArchiveArn: place.arn, State: "ENABLED", CreationTime: created)
    }

    struct ArchiveInput: Codable, Sendable { var ArchiveName: String }

    struct ArchiveOutput: Codable, Sendable {
        var ArchiveArn: String
        var ArchiveName: String
        var EventSourceArn: String
        var Description: String?
        var EventPattern: String?
        var State: String
        var RetentionDays: Int
        var SizeBytes: Int64
        var EventCount: Int64
        var CreationTime: Timestamp
        var KmsKeyIdentifier: String?
    }

    func describeArchive(_ input: ArchiveInput, _ context: Context) async throws -> ArchiveOutput {
        let place = ArchivePlace(input.ArchiveName, context)
        let record = try await context.store.read { try $0.archive(place) }
        return ArchiveOutput(
            ArchiveArn: place.arn, ArchiveName: place.name, EventSourceArn: place.bus(record).arn,
            Description: record.description, EventPattern: record.pattern, State: "ENABLED", RetentionDays: record.retention,
            SizeBytes: record.bytes, EventCount: record.events, CreationTime: record.created,
            KmsKeyIdentifier: record.kmsKey)
    }

    func deleteArchive(_ input: ArchiveInput, _ context: Context) async throws -> Nothing {
        let place = ArchivePlace(input.ArchiveName, context)
        let router = router
        try await context.store.write { transaction in
            let record = try transaction.archive(place)
            try transaction.delete(place.key)
            try transaction.cancelTimer(Self.id, id: place.timerID)
            try transaction.enqueue(
                Delivery(
                    id: Identifier.uuid(), lane: "archive \(record.id)", service: Self.id, name: "endArchive",
                    payload: ["archive": .string(record.id)], created: context.now,
                    expires: context.now + .seconds(Int64(EventsLimit.ageSeconds))), on: context.platform)
            let bus = place.bus(record)
            transaction.afterCommit { router.forget(bus) }
        }
        try await router.refreshInterest(context.platform)
        return Nothing()
    }

    /// Deletes what an archive has kept: it may be years of events.
    func endArchive(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let id = delivery.payload["archive"]?.string else { throw GiveUp("not an archive") }
        try await platform.store.deleteAll(ArchivedEvent.all(id))
    }

    struct ListArchivesInput: Codable, Sendable {
        var NamePrefix: String?
        var EventSourceArn: String?
        var State: String?
        var NextToken: String?
        var Limit: Int?
    }
    struct ListArchivesOutput: Codable, Sendable {
        struct Archive: Codable, Sendable {
            var ArchiveName: String
            var EventSourceArn: String
            var State: String
            var RetentionDays: Int
            var SizeBytes: Int64
            var EventCount: Int64
            var CreationTime: Timestamp
        }
        var Archives: [Archive]
        var NextToken: String?
    }

    func listArchives(_ input: ListArchivesInput, _ context: Context) async throws -> ListArchivesOutput {
        guard [input.NamePrefix, input.EventSourceArn, input.State].compactMap({ $0 }).count <= 1 else {
            throw EventsFault.validation(
                "At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.")
        }
        let records = try await context.store.read { snapshot in
            try snapshot.all(ArchiveRecord.self, ArchivePlace.all(context.account, context.region)) { record in
                let source = ArchivePlace(record.name, context).bus(record).arn
                return record.name.hasPrefix(input.NamePrefix ?? "") && (input.EventSourceArn ?? source == source)
                    && (input.State ?? "ENABLED" == "ENABLED")
            }
        }
        let (page, token) = try Page.cut(records, by: \.name, input.NextToken, input.Limit, of: context.list())
        return ListArchivesOutput(
            Archives: page.map { record in
                .init(
                    ArchiveName: record.name, EventSourceArn: ArchivePlace(record.name, context).bus(record).arn,
                    State: "ENABLED", RetentionDays: record.retention, SizeBytes: record.bytes, EventCount: record.events,
                    CreationTime: record.created)
            }, NextToken: token)
    }
}
