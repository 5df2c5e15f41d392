import Documents
import Kernel

/// Secrets of partners are not managed here; see ``Operations/refuse(_:of:unless:)``.
extension SecretsManagerService {
    func refuseUnbuilt(in operations: inout Operations) {
        operations.refuse(
            ["ExternalSecretRotationMetadata"],
            of: ["RotateSecret"])
    }
}
