import Documents
import Kernel

/// There is no CloudTrail Lake; see ``Operations/refuse(_:of:unless:)``.
extension CloudTrailService {
    func refuseUnbuilt(in operations: inout Operations) {
        operations.refuse(
            ["EventDataStore"],
            of: ["GetInsightSelectors", "PutInsightSelectors"])
        operations.refuse(
            ["InsightsDestination"],
            of: ["PutInsightSelectors"])
    }
}
