import Documents
import Kernel

/// What Secrets Manager knows and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension SecretsManagerService {
    func refuseUnbuilt(in operations: inout Operations) {
        // Secrets that partners manage.
        operations.refuse(
            ["Type"],
            of: ["CreateSecret", "UpdateSecret"])
        operations.refuse(
            ["ExternalSecretRotationMetadata", "ExternalSecretRotationRoleArn"],
            of: ["RotateSecret"])
        operations.refuse(
            ["CrossAccountPrimaryARN"],
            of: ["CreateSecret"])
    }
}
