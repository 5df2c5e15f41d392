import Documents
import Kernel
import Store

/// Looking at crawlers.
extension Crawlers {
    struct GetOutput: Codable, Sendable { var Crawler: Document }
    struct PageInput: Codable, Sendable {
        var NextToken: String?
        var MaxResults: Int?
    }
    struct ListInput: Codable, Sendable {
        var NextToken: String?
        var MaxResults: Int?
        /// Only crawlers that have all of them.
        var Tags: [String: String]?
    }
    struct GetAllOutput: Codable, Sendable {
        var Crawlers: [Document]
        var NextToken: String?
    }
    struct NamesOutput: Codable, Sendable {
        var CrawlerNames: [String]
        var NextToken: String?
    }
    struct MetricsInput: Codable, Sendable {
        var CrawlerNameList: [String]?
        var NextToken: String?
        var MaxResults: Int?
    }
    struct Metrics: Codable, Sendable {
        var CrawlerName: String
        var TimeLeftSeconds: Double
        var StillEstimating: Bool
        var LastRuntimeSeconds: Double
        var MedianRuntimeSeconds: Double
        var TablesCreated: Int
        var TablesUpdated: Int
        var TablesDeleted: Int
    }
    struct MetricsOutput: Codable, Sendable {
        var CrawlerMetricsList: [Metrics]
        var NextToken: String?
    }

    static func get(_ input: NameInput, _ context: Context) async throws -> GetOutput {
        let catalog = Catalog(nil, context)
        let record = try await context.store.read { try $0.requireCrawler(catalog, input.Name) }
        return GetOutput(Crawler: record.output(now: context.now))
    }

    struct BatchInput: Codable, Sendable { var CrawlerNames: [String] }
    struct BatchOutput: Codable, Sendable {
        var Crawlers: [Document]
        var CrawlersNotFound: [String]
    }

    static func batchGet(_ input: BatchInput, _ context: Context) async throws -> BatchOutput {
        let catalog = Catalog(nil, context)
        return try await context.store.read { snapshot in
            var output = BatchOutput(Crawlers: [], CrawlersNotFound: [])
            for name in input.CrawlerNames {
                if let record = try snapshot.record(CrawlerRecord.self, catalog.crawler(name)) {
                    output.Crawlers.append(record.output(now: context.now))
                } else {
                    output.CrawlersNotFound.append(name)
                }
            }
            return output
        }
    }

    static func getAll(_ input: PageInput, _ context: Context) async throws -> GetAllOutput {
        let page = try await page(input.NextToken, input.MaxResults, context) { $0.output(now: context.now) }
        return GetAllOutput(Crawlers: page.items, NextToken: page.next)
    }

    static func list(_ input: ListInput, _ context: Context) async throws -> NamesOutput {
        let wanted = input.Tags ?? [:]
        let page = try await page(input.NextToken, input.MaxResults, context) { record -> String? in
            wanted.allSatisfy { record.tags[$0.key] == $0.value } ? record.name : nil
        }
        return NamesOutput(CrawlerNames: page.items, NextToken: page.next)
    }

    static func metrics(_ input: MetricsInput, _ context: Context) async throws -> MetricsOutput {
        let wanted = input.CrawlerNameList.map { Set($0) }
        let page = try await page(input.NextToken, input.MaxResults, context) { record -> Metrics? in
            guard wanted?.contains(record.name) ?? true else { return nil }
            return Metrics(
                CrawlerName: record.name, TimeLeftSeconds: 0, StillEstimating: record.state == .running,
                LastRuntimeSeconds: record.lastSeconds, MedianRuntimeSeconds: record.lastSeconds,
                TablesCreated: record.counts.created, TablesUpdated: record.counts.updated, TablesDeleted: record.counts.deleted)
        }
        return MetricsOutput(CrawlerMetricsList: page.items, NextToken: page.next)
    }

    private static func page<Item: Sendable>(
        _ token: String?, _ size: Int?, _ context: Context, _ pick: @Sendable (CrawlerRecord) -> Item?
    ) async throws -> ListPage<Item> {
        let catalog = Catalog(nil, context)
        return try await context.store.read {
            try $0.page(
                CrawlerRecord.self, catalog.crawlers(), token: token, size: min(size ?? GlueLimit.page, GlueLimit.page),
                of: context.list(), pick)
        }
    }
}
