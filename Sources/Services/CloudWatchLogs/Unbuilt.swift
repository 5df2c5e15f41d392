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
        operations.refuse(
            ["startFromHead"],
            of: ["FilterLogEvents"], unless: [true])
    }
}
