extension AWSManagedPolicies {
    /// The policies that sessions of AssumeRoot are scoped by (STS API Reference, "AssumeRoot"): on root's own credentials,
    /// and on policies that lock everybody out.
    static let rootTasks: [String: String] = [
        "root-task/IAMAuditRootUserCredentials": allow([
            (audits, [root]), (["iam:GetAccountSummary"], ["*"]),
        ]),
        "root-task/IAMCreateRootUserPassword": allow("iam:CreateLoginProfile", "iam:GetLoginProfile", on: root),
        "root-task/IAMDeleteRootUserCredentials": allow([
            (
                audits + [
                    "iam:DeactivateMFADevice", "iam:DeleteAccessKey", "iam:DeleteLoginProfile", "iam:DeleteSigningCertificate",
                ], [root]
            ),
            (["iam:GetAccountSummary"], ["*"]),
        ]),
        "root-task/S3UnlockBucketPolicy": allow(
            "s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:ListAllMyBuckets", "s3:PutBucketPolicy"),
        "root-task/SQSUnlockQueuePolicy": allow(
            "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueues", "sqs:SetQueueAttributes"),
    ]

    private static let root = "arn:aws:iam::*:root"
    private static let audits = [
        "iam:GetAccessKeyLastUsed", "iam:GetLoginProfile", "iam:GetUser", "iam:ListAccessKeys", "iam:ListMFADevices",
        "iam:ListSigningCertificates",
    ]
}
