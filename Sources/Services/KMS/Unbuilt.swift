import Documents
import Kernel

/// What KMS knows and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension KMSService {
    func refuseUnbuilt(in operations: inout Operations) {
        operations.refuse(
            ["DryRunModifiers"],
            of: ["Decrypt", "ReEncrypt"])
        operations.refuse(
            ["ResourceOwners"],
            of: ["ListKeys"], unless: [["SELF"]])
    }
}
