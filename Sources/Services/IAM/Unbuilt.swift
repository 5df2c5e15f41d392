import Documents
import Kernel

/// What IAM knows and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension IAMService {
    func refuseUnbuilt(in operations: inout Operations) {
        // Encrypted SAML assertions.
        operations.refuse(
            ["AssertionEncryptionMode"],
            of: ["CreateSAMLProvider", "UpdateSAMLProvider"], unless: ["Allowed"])
        operations.refuse(
            ["AddPrivateKey"],
            of: ["CreateSAMLProvider", "UpdateSAMLProvider"])
        operations.refuse(
            ["RemovePrivateKey"],
            of: ["UpdateSAMLProvider"])
        operations.refuse(
            ["OrderedOrganizationPolicyInputList"],
            of: ["SimulateCustomPolicy"])
        operations.refuse(
            ["PolicyExclusionList"],
            of: ["SimulatePrincipalPolicy"])
    }
}
