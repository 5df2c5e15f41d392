import Documents
import Kernel
import Store

/// When a crawler runs by itself (https://docs.aws.amazon.com/glue/latest/dg/schedule-crawler.html).
struct CrawlerSchedule: Codable, Hashable, Sendable {
    var expression: String
    /// StopCrawlerSchedule keeps the expression and runs nothing.
    var isActive: Bool

    private enum Limit { static let minutesBetween = 5 }

    /// - Parameter text: `cron(...)`; empty for no schedule.
    /// - Throws: ``GlueFault/invalid(_:)``.
    init?(checking text: String) throws {
        if text.isEmpty { return nil }
        guard let cron = Self.cron(text) else {
            throw GlueFault.invalid("The schedule \(text) is not a valid cron expression.")
        }
        // A run may begin every five minutes at most.
        let turns = cron.hours.flatMap { hour in cron.minutes.map { hour * 60 + $0 } }
        let gaps = zip(turns, turns.dropFirst() + [turns[0] + 24 * 60]).map { $1 - $0 }
        guard gaps.allSatisfy({ $0 >= Limit.minutesBetween }) else {
            throw GlueFault.invalid("The schedule \(text) runs more often than every \(Limit.minutesBetween) minutes.")
        }
        (expression, isActive) = (text, true)
    }

    private static func cron(_ text: String) -> CronExpression? {
        guard text.hasPrefix("cron("), text.hasSuffix(")") else { return nil }
        return CronExpression(text.dropFirst(5).dropLast())
    }

    func next(after moment: Timestamp) -> Timestamp? { isActive ? Self.cron(expression)?.next(after: moment) : nil }

    var document: Document {
        ["ScheduleExpression": .string(expression), "State": isActive ? "SCHEDULED" : "NOT_SCHEDULED"]
    }
}

/// Starting, stopping and changing crawlers' schedules.
extension Crawlers {
    struct ScheduleNameInput: Codable, Sendable { var CrawlerName: String }
    struct ScheduleInput: Codable, Sendable {
        var CrawlerName: String
        var Schedule: String?
    }

    static let timer = "schedule"

    static func startSchedule(_ input: ScheduleNameInput, _ context: Context) async throws -> Nothing {
        try await change(input.CrawlerName, context) { record in
            guard let schedule = record.schedule else { throw GlueFault.noSchedule }
            guard !schedule.isActive else { throw GlueFault.schedulerRunning }
            record.schedule?.isActive = true
        }
    }

    static func stopSchedule(_ input: ScheduleNameInput, _ context: Context) async throws -> Nothing {
        try await change(input.CrawlerName, context) { record in
            guard record.schedule?.isActive == true else { throw GlueFault.schedulerNotRunning }
            record.schedule?.isActive = false
        }
    }

    static func updateSchedule(_ input: ScheduleInput, _ context: Context) async throws -> Nothing {
        let schedule = try CrawlerSchedule(checking: input.Schedule ?? "")
        return try await change(input.CrawlerName, context) { record in
            record.replaceSchedule(schedule)
            record.updated = context.now
            record.version += 1
        }
    }

    private static func change(
        _ name: String, _ context: Context, _ body: @escaping @Sendable (inout CrawlerRecord) throws -> Void
    ) async throws -> Nothing {
        let catalog = Catalog(nil, context)
        try await context.store.write { transaction in
            var record = try transaction.requireCrawler(catalog, name)
            try body(&record)
            try transaction.put(catalog.crawler(name), record)
            try transaction.scheduleCrawl(record, catalog, after: context.now, on: context.platform)
        }
        return Nothing()
    }
}

extension CrawlerRecord {
    /// One that was stopped stays stopped under its new expression.
    mutating func replaceSchedule(_ new: CrawlerSchedule?) {
        let wasStopped = schedule?.isActive == false
        schedule = new
        if wasStopped { schedule?.isActive = false }
    }
}

extension Transaction {
    /// Sets the timer of a crawler's next run, or clears it.
    func scheduleCrawl(_ record: CrawlerRecord, _ catalog: Catalog, after moment: Timestamp, on platform: Platform) throws {
        let id = catalog.arn("crawler/\(record.name)")
        guard let due = record.schedule?.next(after: moment) else { return try cancelTimer(GlueService.id, id: id) }
        let payload: Document = [
            "account": .string(catalog.account), "region": .string(catalog.region), "name": .string(record.name),
        ]
        try schedule(
            TimerRecord(id: id, service: GlueService.id, name: Crawlers.timer, due: due, payload: payload), on: platform)
    }
}
