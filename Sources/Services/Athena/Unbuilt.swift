import Documents
import Kernel

/// What Athena knows and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension AthenaService {
    func refuseUnbuilt(in operations: inout Operations) {
        // A manifest has other rows than the result.
        operations.refuse(
            ["QueryResultType"],
            of: ["GetQueryResults"], unless: ["DATA_ROWS"])
    }
}
