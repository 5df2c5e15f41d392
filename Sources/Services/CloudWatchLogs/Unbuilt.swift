import Documents
import Kernel

/// What CloudWatch Logs knows and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension CloudWatchLogsService {
    func refuseUnbuilt(in operations: inout Operations) {
        operations.refuse(
            ["includeLinkedAccounts"],
            of: ["DescribeLogGroups"], unless: [false])
        operations.refuse(
            ["accountIdentifiers"],
            of: ["DescribeLogGroups"])
        // Narrower lists than Tarn's, which would name too many groups.
        operations.refuse(
            ["accountIdentifiers", "dataSources", "fieldIndexNames", "logGroupTags"],
            of: ["ListLogGroups"])
        operations.refuse(
            ["includeLinkedAccounts"],
            of: ["ListLogGroups"], unless: [false])
        operations.refuse(
            ["startFromHead"],
            of: ["FilterLogEvents"], unless: [true])
        operations.refuse(
            ["fieldSelectionCriteria"],
            of: ["PutMetricFilter", "PutSubscriptionFilter"], unless: [""])
        operations.refuse(
            ["emitSystemFieldDimensions"],
            of: ["PutMetricFilter"])
        operations.refuse(
            ["emitSystemFields"],
            of: ["PutSubscriptionFilter"])
        // Policies of one log group.
        operations.refuse(
            ["resourceArn"],
            of: ["DeleteResourcePolicy", "PutResourcePolicy"])
        operations.refuse(
            ["parameters"],
            of: ["PutQueryDefinition"])
    }
}
