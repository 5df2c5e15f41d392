import Documents
import Kernel

/// What EventBridge Scheduler knows and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension SchedulerService {
    func refuseUnbuilt(in operations: inout Operations) {
        operations.refuse(
            ["Target.EventBridgePutEventsV2Parameters", "Target.EventBridgePutRawEventsParameters"],
            of: ["CreateSchedule", "UpdateSchedule"])
    }
}
