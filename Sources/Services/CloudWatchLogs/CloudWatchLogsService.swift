import Documents
import Kernel
import Store

/// Amazon CloudWatch Logs: groups, streams, events, retention, filters and what they feed, exports.
public struct CloudWatchLogsService: Service {
    public static let id = "logs"

    let keys = LogKeys(limit: LogsLimit.dataKeysKept)
    let tails = LiveTails()
    let masker = ProtectionMasker()

    public init() {}

    public func register(in operations: inout Operations) {
        operations.on("CreateLogGroup", createGroup)
        operations.on("DeleteLogGroup", deleteGroup)
        operations.on("DescribeLogGroups", describeGroups)
        operations.on("PutRetentionPolicy", putRetention)
        operations.on("DeleteRetentionPolicy", deleteRetention)
        operations.timer("retention", sweep)
        registerFilters(in: &operations)
        registerAccount(in: &operations)
        registerAbsent(in: &operations)
        operations.on("ListLogGroups", listGroups)
        operations.on("PutLogGroupDeletionProtection", putProtection)
        operations.on("AssociateKmsKey", associateKey)
        operations.on("DisassociateKmsKey", disassociateKey)
        operations.on("TagLogGroup", tagGroup)
        operations.on("UntagLogGroup", untagGroup)
        operations.on("ListTagsLogGroup", listGroupTags)
        operations.on("TagResource", tag)
        operations.on("UntagResource", untag)
        operations.on("ListTagsForResource", listTags)
        operations.on("CreateLogStream", createStream)
        operations.on("DeleteLogStream", deleteStream)
        operations.on("DescribeLogStreams", describeStreams)
        operations.on("PutLogEvents", putEvents)
        operations.on("GetLogEvents", getEvents)
        operations.on("FilterLogEvents", filterEvents)
        operations.stream("StartLiveTail", startLiveTail)
        refuseUnbuilt(in: &operations)
    }

    private func registerFilters(in operations: inout Operations) {
        operations.on("PutMetricFilter", putMetricFilter)
        operations.on("DescribeMetricFilters", describeMetricFilters)
        operations.on("DeleteMetricFilter", deleteMetricFilter)
        operations.on("TestMetricFilter", testMetricFilter)
        operations.on("PutSubscriptionFilter", putSubscription)
        operations.on("DescribeSubscriptionFilters", describeSubscriptions)
        operations.on("DeleteSubscriptionFilter", deleteSubscription)
        operations.delivery("subscription", deliverSubscription)
    }

    private func registerAccount(in operations: inout Operations) {
        operations.on("PutDestination", putDestination)
        operations.on("PutDestinationPolicy", putDestinationPolicy)
        operations.on("DescribeDestinations", describeDestinations)
        operations.on("DeleteDestination", deleteDestination)
        operations.on("PutResourcePolicy", putPolicy)
        operations.on("DescribeResourcePolicies", describePolicies)
        operations.on("DeleteResourcePolicy", deletePolicy)
        operations.on("PutAccountPolicy", putAccountPolicy)
        operations.on("DescribeAccountPolicies", describeAccountPolicies)
        operations.on("DeleteAccountPolicy", deleteAccountPolicy)
        operations.on("PutIndexPolicy", putIndexPolicy)
        operations.on("DescribeIndexPolicies", describeIndexPolicies)
        operations.on("DeleteIndexPolicy", deleteIndexPolicy)
        operations.on("PutDataProtectionPolicy", putProtectionPolicy)
        operations.on("GetDataProtectionPolicy", getProtectionPolicy)
        operations.on("DeleteDataProtectionPolicy", deleteProtectionPolicy)
        operations.on("PutQueryDefinition", putDefinition)
        operations.on("DescribeQueryDefinitions", describeDefinitions)
        operations.on("DeleteQueryDefinition", deleteDefinition)
        operations.on("CreateExportTask", createExport)
        operations.on("DescribeExportTasks", describeExports)
        operations.on("CancelExportTask", cancelExport)
        operations.delivery("export", runExport)
        operations.on("StartQuery", startQuery)
        operations.on("GetQueryResults", getResults)
        operations.on("StopQuery", stopQuery)
        operations.on("DescribeQueries", describeQueries)
        operations.on("ListLogGroupsForQuery", listGroupsOfQuery)
        operations.on("GetLogRecord", getRecord)
        operations.on("GetLogGroupFields", getFields)
        operations.delivery("query", runQuery)
    }

    /// The service as policies of others name it, in a Region.
    static func principal(_ region: String) -> String { "logs.\(region).amazonaws.com" }

    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let parsed = ARN(arn), parsed.service == "logs", !parsed.account.isEmpty else { return nil }
        if let key = DestinationRecord.key(arn) {
            let record = try await platform.store.read { try $0.record(DestinationRecord.self, key) }
            return ResourceFacts(account: parsed.account, policy: record?.policy, tags: record?.tags ?? [:])
        }
        guard parsed.resource.hasPrefix("log-group:") else { return nil }
        return try await platform.store.read { snapshot in
            let policy = try snapshot.logPolicy(parsed.account, parsed.region)
            let key = GroupRecord.key(parsed.account, parsed.region, Self.groupName(arn))
            return ResourceFacts(
                account: parsed.account, policy: policy, tags: try snapshot.record(GroupRecord.self, key)?.tags ?? [:])
        }
    }
}
