import Kernel
import Store

/// What Secrets Manager does by itself, in the audit
/// (https://docs.aws.amazon.com/secretsmanager/latest/userguide/monitoring-cloudtrail.html).
enum SecretDeed: String {
    case rotationStarted = "RotationStarted"
    case rotationSucceeded = "RotationSucceeded"
    case rotationFailed = "RotationFailed"
    /// A new value was put by hand while a rotation was under way; the rotation gives way to it.
    case rotationAbandoned = "RotationAbandoned"
    case deletionStarted = "StartSecretVersionDelete"
    case deletionCancelled = "CancelSecretVersionDelete"
    case deletionEnded = "EndSecretVersionDelete"
}

extension Transaction {
    func note(_ deed: SecretDeed, _ secret: SecretRecord, on platform: Platform) throws {
        try note(
            AuditDeed(
                SecretsManagerService.id, deed.rawValue, account: secret.account, region: secret.region,
                on: "AWS::SecretsManager::Secret", secret.arn, additional: ["SecretId": .string(secret.arn)]),
            on: platform)
    }
}
