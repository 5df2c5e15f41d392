import Documents
import Kernel
import Store

/// One run of a crawler, as ListCrawls tells it.
struct CrawlRecord: Stored {
    static let tag: UInt8 = 1
    var id: String
    /// RUNNING, COMPLETED, FAILED or STOPPED.
    var state: String
    var started: Timestamp
    var ended: Timestamp?
    var error: String?
    var counts: CrawlerRecord.Counts
}

/// https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-crawling.html#aws-glue-api-crawler-crawling-ListCrawls
extension Crawlers {
    struct CrawlsInput: Codable, Sendable {
        struct Filter: Codable, Sendable {
            var FieldName: String?
            var FilterOperator: String?
            var FieldValue: String?
        }
        var CrawlerName: String
        var MaxResults: Int?
        var Filters: [Filter]?
        var NextToken: String?
    }
    struct CrawlsOutput: Codable, Sendable {
        struct Crawl: Codable, Sendable {
            var CrawlId: String
            var State: String
            var StartTime: Timestamp
            var EndTime: Timestamp?
            var Summary: String?
            var ErrorMessage: String?
            var LogGroup: String
            var LogStream: String
            var MessagePrefix: String
            var DPUHour: Double
        }
        var Crawls: [Crawl]
        var NextToken: String?
    }

    /// Newest first.
    static func crawls(_ input: CrawlsInput, _ context: Context) async throws -> CrawlsOutput {
        let catalog = Catalog(nil, context)
        let filters = try (input.Filters ?? []).map(CrawlFilter.init)
        let prefix = catalog.crawls(of: input.CrawlerName)
        let size = min(input.MaxResults ?? CrawlHistory.Limit.page, CrawlHistory.Limit.page)
        let token = input.NextToken?.isEmpty == true ? nil : input.NextToken
        let page = try await context.store.read { snapshot in
            _ = try snapshot.requireCrawler(catalog, input.CrawlerName)
            return try snapshot.page(
                CrawlRecord.self, prefix, after: token, limit: size, of: context.list(input.CrawlerName),
                refusing: GlueFault.invalid("Invalid NextToken provided")
            ) { record -> CrawlRecord? in filters.allSatisfy { $0.takes(record) } ? record : nil }
        }
        return CrawlsOutput(Crawls: page.items.map { shown($0, input.CrawlerName) }, NextToken: page.next)
    }

    private static func shown(_ record: CrawlRecord, _ crawler: String) -> CrawlsOutput.Crawl {
        let counts: Members = [
            "TABLE": [
                "ADD": .integer(Int64(record.counts.created)), "UPDATE": .integer(Int64(record.counts.updated)),
                "DELETE": .integer(Int64(record.counts.deleted)),
            ],
            "PARTITION": [
                "ADD": .integer(Int64(record.counts.partitionsCreated ?? 0)),
                "UPDATE": .integer(Int64(record.counts.partitionsUpdated ?? 0)),
                "DELETE": .integer(Int64(record.counts.partitionsDeleted ?? 0)),
            ],
        ]
        let summary = record.state == "COMPLETED" ? String(decoding: JSON.write(.map(counts)), as: UTF8.self) : nil
        return .init(
            CrawlId: record.id, State: record.state, StartTime: record.started, EndTime: record.ended, Summary: summary,
            ErrorMessage: record.error, LogGroup: CrawlLog.group, LogStream: crawler, MessagePrefix: record.id, DPUHour: 0)
    }
}

/// A condition of ListCrawls.
private struct CrawlFilter: Sendable {
    private let field: String
    private let comparison: String
    private let value: String
    private let number: Int64

    /// - Throws: ``GlueFault/invalid(_:)`` for one that is not whole, or that AWS does not know.
    init(_ filter: Crawlers.CrawlsInput.Filter) throws {
        guard let field = filter.FieldName, let comparison = filter.FilterOperator, let value = filter.FieldValue else {
            throw GlueFault.invalid("A filter must have FieldName, FilterOperator and FieldValue")
        }
        let isText = field == "CRAWL_ID" || field == "STATE"
        guard isText || field == "START_TIME" || field == "END_TIME" else {
            throw GlueFault.invalid("Crawls cannot be filtered by \(field)")
        }
        // Times are milliseconds since 1970.
        guard isText ? comparison == "EQ" || comparison == "NE" : Int64(value) != nil else {
            throw GlueFault.invalid("The filter \(comparison) \(value) is not valid for \(field)")
        }
        (self.field, self.comparison, self.value, number) = (field, comparison, value, Int64(value) ?? 0)
    }

    func takes(_ record: CrawlRecord) -> Bool {
        switch field {
        case "CRAWL_ID": return (record.id == value) == (comparison == "EQ")
        case "STATE": return (record.state == value) == (comparison == "EQ")
        default: break
        }
        guard let moment = field == "START_TIME" ? record.started : record.ended else { return false }
        let milliseconds = moment.microseconds / 1_000
        switch comparison {
        case "GT": return milliseconds > number
        case "GE": return milliseconds >= number
        case "LT": return milliseconds < number
        case "LE": return milliseconds <= number
        case "NE": return milliseconds != number
        default: return milliseconds == number
        }
    }
}

enum CrawlHistory {
    enum Limit {
        static let page = 1_000
        /// Runs of a crawler that are remembered.
        static let runs = 1_000
    }
}

extension Catalog {
    func crawls(of crawler: String) -> Key { Key(.glueCrawl, .text(account), .text(region), .text(crawler)) }
    /// Newest first, in key order.
    fileprivate func crawl(_ crawler: String, _ started: Timestamp, _ id: String) -> Key {
        crawls(of: crawler).appending(.integer(-started.microseconds)).appending(.text(id))
    }
}

extension Transaction {
    /// Writes a crawler's present run into its history.
    func noteCrawl(_ record: CrawlerRecord, _ catalog: Catalog, ended: Timestamp?) throws {
        guard let run = record.run, let started = record.started else { return }
        let state =
            switch record.lastCrawl?["Status"]?.string {
            case _ where ended == nil: "RUNNING"
            case "SUCCEEDED": "COMPLETED"
            case "FAILED": "FAILED"
            default: "STOPPED"
            }
        let crawl = CrawlRecord(
            id: run, state: state, started: started, ended: ended,
            error: ended == nil ? nil : record.lastCrawl?["ErrorMessage"]?.string,
            counts: ended == nil ? .init() : record.counts)
        try put(catalog.crawl(record.name, started, run), crawl)
        guard ended == nil else { return }
        var keys: [Key] = []
        try scan(catalog.crawls(of: record.name)) { key, _ in
            keys.append(key)
            return true
        }
        for key in keys.dropFirst(CrawlHistory.Limit.runs) { try delete(key) }
    }
}
