import Documents
import Kernel

/// There are no Insights and no CloudTrail Lake; see ``Operations/refuse(_:of:unless:)``.
extension CloudTrailService {
    func refuseUnbuilt(in operations: inout Operations) {
        operations.refuse(
            ["EventDataStore"],
            of: ["GetInsightSelectors", "PutInsightSelectors"])
        operations.refuse(
            ["InsightsDestination"],
            of: ["PutInsightSelectors"])
        // No Insights can be switched off, and that is all.
        operations.refuse(
            ["InsightSelectors"],
            of: ["PutInsightSelectors"])
        operations.refuse(
            ["RecursiveLogging"],
            of: ["CreateTrail", "UpdateTrail"], unless: [false])
    }
}
