import Documents
import Kernel
import Store

/// "Glue Crawler State Change" on the default event bus
/// (https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html).
extension Transaction {
    func announceCrawlerStart(_ name: String, _ catalog: Catalog, _ now: Timestamp, on platform: Platform) throws {
        let detail: Members = ["startTime": .string(now.iso8601()), "message": "Crawler Started", "state": "Started"]
        try announceCrawler(name, detail, catalog, now, on: platform)
    }

    func announceCrawlerEnd(_ name: String, _ record: CrawlerRecord, _ catalog: Catalog, on platform: Platform) throws {
        let now = platform.clock.now()
        let detail: Members
        switch record.lastCrawl?["Status"]?.string {
        case "SUCCEEDED":
            detail = [
                "tablesCreated": .string("\(record.counts.created)"), "tablesUpdated": .string("\(record.counts.updated)"),
                "tablesDeleted": .string("\(record.counts.deleted)"), "warningMessage": "N/A",
                "partitionsCreated": .string("\(record.counts.partitionsCreated ?? 0)"),
                "partitionsUpdated": .string("\(record.counts.partitionsUpdated ?? 0)"),
                "partitionsDeleted": .string("\(record.counts.partitionsDeleted ?? 0)"),
                "cloudWatchLogLink": .string(Self.logLink(name, catalog)),
                "runningTime (sec)": .string("\(Int(record.lastSeconds))"), "completionDate": .string(now.iso8601()),
                "message": "Crawler Succeeded", "state": "Succeeded",
            ]
        case "FAILED":
            detail = [
                "cloudWatchLogLink": .string(Self.logLink(name, catalog)),
                "errorMessage": record.lastCrawl?["ErrorMessage"] ?? "", "message": "Crawler Failed", "state": "Failed",
            ]
        default: return
        }
        try announceCrawler(name, detail, catalog, now, on: platform)
    }

    private static func logLink(_ name: String, _ catalog: Catalog) -> String {
        "https://console.aws.amazon.com/cloudwatch/home?region=\(catalog.region)#logEventViewer:group=\(CrawlLog.group);stream=\(name)"
    }

    private func announceCrawler(
        _ name: String, _ detail: Members, _ catalog: Catalog, _ now: Timestamp, on platform: Platform
    ) throws {
        var members: Members = ["crawlerName": .string(name), "accountId": .string(catalog.account)]
        members.merge(detail) { $1 }
        try announce(
            ServiceEvent(
                account: catalog.account, region: catalog.region, source: "aws.glue", detailType: "Glue Crawler State Change",
                detail: .map(members), time: now), on: platform)
    }
}
