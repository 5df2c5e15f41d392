import Documents
import Kernel

/// What Systems Manager knows of parameters and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension SSMService {
    func refuseUnbuilt(in operations: inout Operations) {
        // Parameters of other accounts.
        operations.refuse(
            ["Shared"],
            of: ["DescribeParameters"], unless: [false])
    }
}
