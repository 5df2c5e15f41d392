import Documents
import Kernel
import Logging
import SQLEngine
import Store
import Synchronization

/// Starts, carries out and stops crawls.
///
/// A run is an entry of the outbox, so that one that a crash interrupted is done again. Its end is written in one
/// transaction with the crawler's state: no crawler stays RUNNING without a run.
final class CrawlerRuns: Sendable {
    private enum Limit {
        /// A run is never given up for its age: a moved clock must not strand a crawler.
        static let expiry: Duration = .seconds(3_650 * 86_400)
        static let errorText = 2_048
    }

    private let engine: any SQLRunning
    private let running = Mutex<[String: Task<CrawlerRecord.Counts, any Error>]>([:])

    init(engine: any SQLRunning) { self.engine = engine }

    static let delivery = "crawl"

    func start(_ input: Crawlers.NameInput, _ context: Context) async throws -> Nothing {
        let catalog = Catalog(nil, context)
        try await context.store.write { transaction in
            var record = try transaction.requireCrawler(catalog, input.Name)
            guard record.state == .ready else { throw GlueFault.crawlerRunning(input.Name) }
            try Self.begin(&record, catalog, context.now, transaction, context.platform)
        }
        return Nothing()
    }

    /// The timer's handler. A run that is still going is not joined by another.
    func scheduleDue(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let account = timer.payload["account"]?.string, let region = timer.payload["region"]?.string,
            let name = timer.payload["name"]?.string
        else { return }
        let catalog = Catalog(account: account, region: region)
        let now = platform.clock.now()
        try await platform.store.write { transaction in
            guard var record = try transaction.record(CrawlerRecord.self, catalog.crawler(name)),
                record.schedule?.isActive == true
            else { return }
            if record.state == .ready { try Self.begin(&record, catalog, now, transaction, platform) }
            try transaction.scheduleCrawl(record, catalog, after: max(now, timer.due), on: platform)
        }
    }

    private static func begin(
        _ record: inout CrawlerRecord, _ catalog: Catalog, _ now: Timestamp, _ transaction: Transaction, _ platform: Platform
    ) throws {
        let (run, name) = (Identifier.uuid(), record.name)
        let delivery = Delivery(
            id: run, lane: catalog.arn("crawler/\(name)"), service: GlueService.id, name: Self.delivery,
            payload: [
                "account": .string(catalog.account), "region": .string(catalog.region), "name": .string(name),
                "run": .string(run),
            ], created: now, expires: now + Limit.expiry)
        (record.state, record.run, record.started, record.isCancelled) = (.running, run, now, false)
        try transaction.put(catalog.crawler(name), record)
        try transaction.noteCrawl(record, catalog, ended: nil)
        try transaction.enqueue(delivery, on: platform)
        try transaction.announceCrawlerStart(name, catalog, now, on: platform)
    }

    func stop(_ input: Crawlers.NameInput, _ context: Context) async throws -> Nothing {
        let catalog = Catalog(nil, context)
        let run = try await context.store.write { transaction in
            var record = try transaction.requireCrawler(catalog, input.Name)
            switch record.state {
            case .ready: throw GlueFault.crawlerNotRunning(input.Name)
            case .stopping: throw GlueFault.crawlerStopping(input.Name)
            case .running: break
            }
            (record.state, record.isCancelled) = (.stopping, true)
            try transaction.put(catalog.crawler(input.Name), record)
            return record.run
        }
        if let run { running.withLock { $0[run] }?.cancel() }
        return Nothing()
    }

    /// The outbox's handler.
    func carryOut(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let account = delivery.payload["account"]?.string, let region = delivery.payload["region"]?.string,
            let name = delivery.payload["name"]?.string, let run = delivery.payload["run"]?.string
        else { throw GiveUp("a crawl without its crawler") }
        let catalog = Catalog(account: account, region: region)
        guard let record = try await current(catalog, name, run, platform) else { return }
        let engine = self.engine
        let log = CrawlLog(crawler: name, run: run, clock: platform.clock)
        log.write(.benchmark, "Running Start Crawl for Crawler \(name)")
        let work = Task {
            guard !record.isCancelled else { throw CancellationError() }
            return try await Crawl(record: record, catalog: catalog, platform: platform, engine: engine, log: log).run()
        }
        running.withLock { $0[run] = work }
        defer { running.withLock { $0[run] = nil } }
        // StopCrawler may have come between the reading and the line above.
        if try await current(catalog, name, run, platform)?.isCancelled ?? true { work.cancel() }
        let result = await withTaskCancellationHandler {
            await work.result
        } onCancel: {
            work.cancel()
        }
        // The platform is stopping: the entry stays, and the next start crawls again.
        if Task.isCancelled || Self.isStopping(result) { throw CancellationError() }
        if case .failure(let error) = result, !(error is CancellationError) { log.write(.error, CrawlFailure.text(error)) }
        log.write(.benchmark, "Crawler has finished running and is in state READY")
        await log.flush(catalog, on: platform)
        try await finish(catalog, name, run, result, platform)
    }

    private static func isStopping(_ result: Result<CrawlerRecord.Counts, any Error>) -> Bool {
        if case .failure(let error) = result { return error as? SQLFault == .stopping }
        return false
    }

    private func current(_ catalog: Catalog, _ name: String, _ run: String, _ platform: Platform) async throws -> CrawlerRecord? {
        let record = try await platform.store.read { try $0.record(CrawlerRecord.self, catalog.crawler(name)) }
        return record?.run == run && record?.state != .ready ? record : nil
    }

    private func finish(
        _ catalog: Catalog, _ name: String, _ run: String, _ result: Result<CrawlerRecord.Counts, any Error>, _ platform: Platform
    ) async throws {
        var last: Members = [
            "LogGroup": .string(CrawlLog.group), "LogStream": .string(name), "MessagePrefix": .string(run),
        ]
        var counts = CrawlerRecord.Counts()
        let failure: String?
        switch result {
        case .success(let done): (counts, failure) = (done, nil)
        case .failure(is CancellationError), .failure(SQLFault.refused(.cancelled, _)): failure = nil
        case .failure(let error): failure = String(CrawlFailure.text(error).prefix(Limit.errorText))
        }
        if let failure {
            last["ErrorMessage"] = .string(failure)
            platform.log.warning("crawl failed", metadata: ["crawler": "\(name)", "run": "\(run)", "reason": "\(failure)"])
        }
        let isSuccess = (try? result.get()) != nil
        last["Status"] = .string(failure != nil ? "FAILED" : isSuccess ? "SUCCEEDED" : "CANCELLED")
        let (outcome, tables) = (last, counts)
        try await platform.store.write { transaction in
            guard var record = try transaction.record(CrawlerRecord.self, catalog.crawler(name)), record.run == run else {
                return
            }
            var members = outcome
            members["StartTime"] = record.started.map { .timestamp($0) }
            record.lastCrawl = .map(members)
            record.lastSeconds = record.started.map { Double((platform.clock.now() - $0).wholeMilliseconds) / 1_000 } ?? 0
            record.counts = tables
            record.state = .ready
            try transaction.put(catalog.crawler(name), record)
            try transaction.noteCrawl(record, catalog, ended: platform.clock.now())
            try transaction.announceCrawlerEnd(name, record, catalog, on: platform)
        }
    }
}

/// Why a crawl failed, in words for LastCrawl.ErrorMessage.
enum CrawlFailure {
    static func text(_ error: any Error) -> String {
        switch error {
        case let fault as SQLFault:
            switch fault {
            case .refused(.accessDenied, let message): "Insufficient Lake Formation or IAM permission(s): \(message)"
            case .refused(_, let message): message
            case .notInstalled(let how): "The SQL engine is not installed: \(how)"
            case .crashed(let how): "The SQL engine ended: \(how)"
            case .saturated: "Too many statements are running"
            case .lineTooLong: "The data has too many files or columns to be described at once"
            case .malformed(let what): "The SQL engine answered wrongly: \(what)"
            case .stopping: "The platform is stopping"
            }
        case let fault as any Fault: "\(fault.wire.code): \(fault.wire.message)"
        default: "Internal Service Exception"
        }
    }
}
