import Documents
import Kernel
import Store

/// Contributor Insights of a table or an index: which setting stands. What it would count goes to CloudWatch, which is not
/// here, so that nothing is counted.
struct Insight: Codable, Sendable, Equatable {
    var isEnabled: Bool
    var mode: String?
    var changed: Timestamp
}

struct InsightInput: Codable, Sendable {
    var TableName: String
    var IndexName: String?
}
struct UpdateInsightInput: Codable, Sendable {
    var TableName: String
    var IndexName: String?
    var ContributorInsightsAction: String
    var ContributorInsightsMode: String?
}
struct InsightOutput: Codable, Sendable {
    var TableName: String
    var IndexName: String?
    var ContributorInsightsRuleList: [String]?
    var ContributorInsightsStatus: String
    var ContributorInsightsMode: String?
    var LastUpdateDateTime: Timestamp?
}
struct UpdateInsightOutput: Codable, Sendable {
    var TableName: String
    var IndexName: String?
    var ContributorInsightsStatus: String
    var ContributorInsightsMode: String?
}
struct ListInsightsInput: Codable, Sendable {
    var TableName: String?
    var NextToken: String?
    var MaxResults: Int?
}
struct ListInsightsOutput: Codable, Sendable {
    var ContributorInsightsSummaries: [UpdateInsightOutput]
    var NextToken: String?
}

/// UpdateContributorInsights, DescribeContributorInsights, ListContributorInsights
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/contributorinsights_HowItWorks.html).
extension DynamoDBService {
    static let insightMode = "ACCESSED_AND_THROTTLED_KEYS"

    func updateContributorInsights(_ input: UpdateInsightInput, _ context: Context) async throws -> UpdateInsightOutput {
        let name = try TableName(input.TableName, context)
        let (tables, platform) = (tables, context.platform)
        let isEnabled = input.ContributorInsightsAction == "ENABLE"
        return try await context.store.write { transaction in
            guard var table = try tables.find(name, in: transaction) else { throw DynamoDBFault.namedTableNotFound(name.name) }
            try table.checkHasIndex(input.IndexName)
            let insight = Insight(
                isEnabled: isEnabled, mode: isEnabled ? input.ContributorInsightsMode ?? Self.insightMode : nil,
                changed: platform.clock.now())
            table.insights = (table.insights ?? [:]).merging([input.IndexName ?? "": insight]) { $1 }
            try transaction.put(table.key, table)
            return UpdateInsightOutput(
                TableName: table.name, IndexName: input.IndexName,
                ContributorInsightsStatus: isEnabled ? "ENABLING" : "DISABLING", ContributorInsightsMode: insight.mode)
        }
    }

    func describeContributorInsights(_ input: InsightInput, _ context: Context) async throws -> InsightOutput {
        let name = try TableName(input.TableName, context)
        let tables = tables
        return try await context.store.read { snapshot in
            guard let table = try tables.find(name, in: snapshot) else { throw DynamoDBFault.namedTableNotFound(name.name) }
            try table.checkHasIndex(input.IndexName)
            let insight = table.insights?[input.IndexName ?? ""]
            return InsightOutput(
                TableName: table.name, IndexName: input.IndexName,
                ContributorInsightsRuleList: insight?.isEnabled == true ? table.rules(input.IndexName, insight) : nil,
                ContributorInsightsStatus: insight?.isEnabled == true ? "ENABLED" : "DISABLED",
                ContributorInsightsMode: insight?.mode, LastUpdateDateTime: insight?.changed)
        }
    }

    /// Of all tables of the account, or of one: what was ever set.
    func listContributorInsights(_ input: ListInsightsInput, _ context: Context) async throws -> ListInsightsOutput {
        let only = try input.TableName.map { try TableName($0, context) }
        let limit = max(1, min(input.MaxResults ?? TableLimit.page, TableLimit.page))
        let all = TableKey.tables(context.account, context.region)
        let summaries = try await context.store.read { snapshot in
            var found: [UpdateInsightOutput] = []
            try snapshot.records(TableRecord.self, all) { _, table in
                guard only == nil || only?.name == table.name else { return true }
                for (index, insight) in (table.insights ?? [:]).sorted(by: { $0.key < $1.key }) {
                    found.append(
                        UpdateInsightOutput(
                            TableName: table.name, IndexName: index.isEmpty ? nil : index,
                            ContributorInsightsStatus: insight.isEnabled ? "ENABLED" : "DISABLED",
                            ContributorInsightsMode: insight.mode))
                }
                return true
            }
            return found
        }
        let list = context.list(input.TableName)
        let start: Int
        if let token = input.NextToken {
            guard let place = PageToken.name(token, of: list).flatMap({ Int($0) }), place >= 0 else {
                throw DynamoDBFault.validation("Invalid NextToken")
            }
            start = min(place, summaries.count)
        } else {
            start = 0
        }
        let page = Array(summaries[start...].prefix(limit))
        let end = start + page.count
        return ListInsightsOutput(
            ContributorInsightsSummaries: page, NextToken: end < summaries.count ? PageToken.write(String(end), of: list) : nil)
    }
}

extension TableRecord {
    fileprivate func checkHasIndex(_ index: String?) throws(DynamoDBFault) {
        guard let index, !indexes.contains(where: { $0.name == index }) else { return }
        throw .resourceNotFound("Requested resource not found: Table: \(name), Index: \(index) not found")
    }

    /// The names of CloudWatch's rules: of keys accessed and throttled, by partition key alone or with the sort key.
    fileprivate func rules(_ index: String?, _ insight: Insight?) -> [String] {
        let schema = index.flatMap { name in indexes.first { $0.name == name }?.schema } ?? schema
        var kinds = insight?.mode == "THROTTLED_KEYS" ? ["PKT"] : ["PKC", "PKT"]
        if schema.sort != nil { kinds += insight?.mode == "THROTTLED_KEYS" ? ["SKT"] : ["SKC", "SKT"] }
        let place = index.map { "\(name)-\($0)" } ?? name
        return kinds.map { "DynamoDBContributorInsights-\($0)-\(place)-\(created.milliseconds)" }
    }
}
