import Documents
import Kernel
import Store

/// AWS managed keys: one per account, Region and service, which the service uses in its callers' names
/// (https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk).
extension KMSService {
    /// Alias to the service that uses the key, by its name in `kms:ViaService`.
    static let managedAliases: [String: String] = [
        "acm": "acm", "backup": "backup", "dms": "dms", "dynamodb": "dynamodb", "ebs": "ec2",
        "elasticfilesystem":
            "elasticfilesystem", "es": "es", "firehose": "firehose", "glue": "glue", "kinesis": "kinesis", "lambda": "lambda",
        "rds": "rds", "redshift": "redshift", "s3": "s3", "secretsmanager": "secretsmanager", "sns": "sns", "sqs": "sqs",
        "ssm": "ssm",
    ]
    private static let managedPrefix = "alias/aws/"

    /// Makes the key behind a predefined alias of the caller's account, unless it is there by now.
    /// - Returns: nil for other aliases, and when nobody may bring the key into being: only the services do, and
    ///   DescribeKey (API Reference, "DescribeKey").
    func managedKey(_ reference: KeyReference, _ context: Context) async throws -> KeyRecord? {
        guard case .alias(let account, let region, let name) = reference, account == context.account, account.utf8.count == 12,
            name.hasPrefix(Self.managedPrefix),
            let service = Self.managedAliases[String(name.dropFirst(Self.managedPrefix.count))]
        else { return nil }
        let isServices = context.caller.kind == .service || context.caller.calledVia?.isEmpty == false
        guard isServices || context.operation == "DescribeKey" else { return nil }
        let plain = try await KeyMaking.material(.symmetric)
        let id = Identifier.uuid()
        let material = try context.vault.material(plain, of: id, number: 1, at: context.now)
        let record = KeyRecord(
            id: id, account: account, region: region, created: context.now,
            description: "Default key that protects my \(Self.title(service)) data when no other key is defined",
            spec: .symmetric,
            usage: .encryptDecrypt, origin: .kms, managedFor: service, isEnabled: true,
            policy: Self.managedPolicy(service, account: account, region: region), tags: [],
            rotation: .init(days: KMSLimit.defaultRotationDays, next: context.now + .days(KMSLimit.defaultRotationDays)),
            onDemandRotations: 0, materials: [material], current: 1, revision: 1)
        let platform = context.platform
        return try await context.store.write { transaction in
            if let alias = try transaction.record(AliasRecord.self, AliasRecord.key(account, region, name)) {
                return try transaction.record(KeyRecord.self, KeyRecord.key(region, alias.target))
            }
            try transaction.add(record)
            try transaction.put(
                AliasRecord.key(account, region, name),
                AliasRecord(name: name, target: id, created: record.created, updated: record.created))
            try transaction.put(AliasRecord.of(region, id).appending(.text(name)), [])
            try transaction.scheduleRotation(record, on: platform)
            return record
        }
    }

    private static func title(_ service: String) -> String {
        switch service {
        case "s3": "S3"
        case "ec2": "EBS"
        case "dynamodb": "DynamoDB"
        case "secretsmanager": "Secrets Manager"
        case "ssm": "SSM"
        default: service.uppercased()
        }
    }

    /// Who is authorized to use the service may use the key through it; the account may look at it, and nobody may change it.
    private static func managedPolicy(_ service: String, account: String, region: String) -> String {
        let condition: Document = [
            "StringEquals": [
                "kms:CallerAccount": .string(account), "kms:ViaService": .string("\(service).\(region).amazonaws.com"),
            ]
        ]
        let use: Document = [
            "Sid":
                .string(
                    "Allow access through \(title(service)) for all principals in the account that are authorized to use "
                        + title(service)),
            "Effect": "Allow", "Principal": ["AWS": "*"],
            "Action": [
                "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey",
            ],
            "Resource": "*", "Condition": condition,
        ]
        let look: Document = [
            "Sid": "Allow direct access to key metadata to the account", "Effect": "Allow",
            "Principal": ["AWS": .string("arn:aws:iam::\(account):root")],
            "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"], "Resource": "*",
        ]
        let policy: Document = ["Version": "2012-10-17", "Id": .string("auto-\(service)-1"), "Statement": [use, look]]
        return String(decoding: JSON.write(policy), as: UTF8.self)
    }
}

extension Duration {
    static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
