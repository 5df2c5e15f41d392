import Documents
import Kernel

/// What SNS knows and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension SNSService {
    func refuseUnbuilt(in operations: inout Operations) {
        operations.refuse(
            ["DataProtectionPolicy"],
            of: ["CreateTopic"])
    }
}
