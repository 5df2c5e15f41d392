import Documents
import Kernel

/// What S3 Control knows and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension S3ControlService {
    func refuseUnbuilt(in operations: inout Operations) {
        operations.refuse(
            ["DataSourceId", "DataSourceType"],
            of: ["ListAccessPoints"])
    }
}
