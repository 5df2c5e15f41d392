extension AWSManagedPolicies {
    /// What people are given by their job, and identity itself.
    static let jobs: [String: String] = [
        "AdministratorAccess": allow("*"),
        "PowerUserAccess": document([
            statement(["iam:*", "organizations:*", "account:*"], on: ["*"], element: "NotAction"),
            statement(
                [
                    "account:GetAccountInformation", "account:GetPrimaryEmail", "account:ListRegions",
                    "iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:ListRoles",
                    "organizations:DescribeEffectivePolicy", "organizations:DescribeOrganization",
                ], on: ["*"]),
        ]),
        "ReadOnlyAccess": allow(
            "s3:Get*", "s3:List*", "s3:Describe*", "dynamodb:BatchGet*", "dynamodb:Describe*", "dynamodb:Get*", "dynamodb:List*",
            "dynamodb:Query", "dynamodb:Scan", "dynamodb:PartiQLSelect", "lambda:Get*", "lambda:List*", "logs:Describe*",
            "logs:Get*", "logs:FilterLogEvents", "logs:List*", "logs:StartQuery", "logs:StopQuery", "logs:TestMetricFilter",
            "cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*", "glue:BatchGet*", "glue:Get*", "glue:List*",
            "glue:SearchTables", "glue:CheckSchemaVersionValidity", "athena:Batch*", "athena:Get*", "athena:List*",
            "iam:Generate*", "iam:Get*", "iam:List*", "iam:Simulate*", "kms:Describe*", "kms:Get*", "kms:List*", "sns:Get*",
            "sns:List*", "sns:Check*", "sqs:Get*", "sqs:List*", "kinesis:Describe*", "kinesis:Get*", "kinesis:List*",
            "firehose:Describe*", "firehose:Get*", "firehose:List*", "events:Describe*", "events:Get*", "events:List*",
            "scheduler:Describe*", "scheduler:Get*", "scheduler:List*", "states:Describe*", "states:Get*", "states:List*",
            "ec2:Describe*", "ec2:Get*", "ec2:List*", "ecs:Describe*", "ecs:Get*", "ecs:List*", "eks:Describe*", "eks:Get*",
            "eks:List*", "rds:Describe*", "rds:Get*", "rds:List*", "redshift:Describe*", "redshift:Get*", "redshift:List*",
            "redshift-data:Describe*", "redshift-data:Get*", "redshift-data:List*", "elasticmapreduce:Describe*",
            "elasticmapreduce:Get*", "elasticmapreduce:List*", "emr-serverless:Describe*", "emr-serverless:Get*",
            "emr-serverless:List*", "kafka:Describe*", "kafka:Get*", "kafka:List*", "es:Describe*", "es:Get*", "es:List*",
            "aoss:Describe*", "aoss:Get*", "aoss:List*", "ssm:Describe*", "ssm:Get*", "ssm:List*", "secretsmanager:List*",
            "secretsmanager:Describe*", "secretsmanager:GetResourcePolicy", "cloudtrail:Describe*", "cloudtrail:Get*",
            "cloudtrail:List*", "cloudformation:Describe*", "cloudformation:Get*", "cloudformation:List*",
            "organizations:Describe*", "organizations:Get*", "organizations:List*", "lakeformation:Describe*",
            "lakeformation:Get*", "lakeformation:List*", "elasticache:Describe*", "elasticache:Get*", "elasticache:List*",
            "tag:Describe*", "tag:Get*", "tag:List*", "config:Describe*", "config:Get*", "config:List*", "apigateway:GET",
            "codecommit:Describe*", "codecommit:Get*", "codecommit:List*", "codebuild:Describe*", "codebuild:Get*",
            "codebuild:List*", "codepipeline:Describe*", "codepipeline:Get*", "codepipeline:List*", "airflow:Describe*",
            "airflow:Get*", "airflow:List*", "dms:Describe*", "dms:Get*", "dms:List*", "quicksight:Describe*", "quicksight:Get*",
            "quicksight:List*", "timestream:Describe*", "timestream:Get*", "timestream:List*", "sts:GetAccessKeyInfo",
            "sts:GetCallerIdentity", "cloudtrail:LookupEvents"),
        "job-function/ViewOnlyAccess": allow(
            "s3:ListAllMyBuckets", "s3:ListBucket", "dynamodb:List*", "dynamodb:Describe*", "logs:List*", "logs:Describe*",
            "cloudwatch:List*", "cloudwatch:Describe*", "athena:List*", "athena:Describe*", "kms:List*", "kms:Describe*",
            "sns:List*", "sns:Describe*", "sqs:List*", "sqs:Describe*", "kinesis:List*", "kinesis:Describe*", "firehose:List*",
            "firehose:Describe*", "events:List*", "events:Describe*", "ec2:List*", "ec2:Describe*", "ecs:List*", "ecs:Describe*",
            "eks:List*", "eks:Describe*", "rds:List*", "rds:Describe*", "redshift:List*", "redshift:Describe*",
            "elasticmapreduce:List*", "elasticmapreduce:Describe*", "kafka:List*", "kafka:Describe*", "es:List*", "es:Describe*",
            "ssm:List*", "ssm:Describe*", "cloudtrail:List*", "cloudtrail:Describe*", "cloudformation:List*",
            "cloudformation:Describe*", "organizations:List*", "organizations:Describe*", "glue:List*", "glue:GetDatabases",
            "glue:GetTables", "glue:GetCrawlers", "glue:GetJobs", "lambda:List*", "iam:List*", "iam:GetAccountSummary",
            "iam:GetLoginProfile", "secretsmanager:List*"),
        "SecurityAudit": allow(
            "lambda:Get*", "lambda:List*", "cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*", "iam:Generate*",
            "iam:Get*", "iam:List*", "iam:Simulate*", "kms:Describe*", "kms:Get*", "kms:List*", "sns:Get*", "sns:List*",
            "sns:Check*", "firehose:Describe*", "firehose:Get*", "firehose:List*", "events:Describe*", "events:Get*",
            "events:List*", "scheduler:Describe*", "scheduler:Get*", "scheduler:List*", "states:Describe*", "states:Get*",
            "states:List*", "ec2:Describe*", "ec2:Get*", "ec2:List*", "ecs:Describe*", "ecs:Get*", "ecs:List*", "eks:Describe*",
            "eks:Get*", "eks:List*", "rds:Describe*", "rds:Get*", "rds:List*", "redshift:Describe*", "redshift:Get*",
            "redshift:List*", "elasticmapreduce:Describe*", "elasticmapreduce:Get*", "elasticmapreduce:List*",
            "emr-serverless:Describe*", "emr-serverless:Get*", "emr-serverless:List*", "kafka:Describe*", "kafka:Get*",
            "kafka:List*", "es:Describe*", "es:Get*", "es:List*", "aoss:Describe*", "aoss:Get*", "aoss:List*",
            "secretsmanager:List*", "secretsmanager:Describe*", "secretsmanager:GetResourcePolicy", "cloudtrail:Describe*",
            "cloudtrail:Get*", "cloudtrail:List*", "cloudformation:Describe*", "cloudformation:Get*", "cloudformation:List*",
            "organizations:Describe*", "organizations:Get*", "organizations:List*", "lakeformation:Describe*",
            "lakeformation:Get*", "lakeformation:List*", "elasticache:Describe*", "elasticache:Get*", "elasticache:List*",
            "tag:Describe*", "tag:Get*", "tag:List*", "config:Describe*", "config:Get*", "config:List*", "apigateway:GET",
            "codecommit:Describe*", "codecommit:Get*", "codecommit:List*", "codebuild:Describe*", "codebuild:Get*",
            "codebuild:List*", "codepipeline:Describe*", "codepipeline:Get*", "codepipeline:List*", "airflow:Describe*",
            "airflow:Get*", "airflow:List*", "dms:Describe*", "dms:Get*", "dms:List*", "sts:GetAccessKeyInfo",
            "sts:GetCallerIdentity", "cloudtrail:LookupEvents", "s3:GetAccelerateConfiguration", "s3:GetAccountPublicAccessBlock",
            "s3:GetAnalyticsConfiguration", "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetInventoryConfiguration",
            "s3:GetLifecycleConfiguration", "s3:GetMetricsConfiguration", "s3:GetObjectAcl", "s3:GetObjectVersionAcl",
            "s3:GetReplicationConfiguration", "s3:List*", "dynamodb:Describe*", "dynamodb:List*", "dynamodb:GetResourcePolicy",
            "logs:Describe*", "logs:ListTagsLogGroup", "athena:List*", "athena:GetWorkGroup", "glue:GetDatabase*",
            "glue:GetTable*", "glue:GetSecurityConfigurations", "glue:GetDataCatalogEncryptionSettings", "glue:GetResourcePolicy",
            "glue:List*", "kinesis:Describe*", "kinesis:List*", "sqs:GetQueueAttributes", "sqs:List*", "ssm:Describe*",
            "ssm:List*"),
        "IAMFullAccess": allow(
            "iam:*", "organizations:DescribeAccount", "organizations:DescribeOrganization",
            "organizations:DescribeOrganizationalUnit", "organizations:DescribePolicy", "organizations:ListChildren",
            "organizations:ListParents", "organizations:ListPoliciesForTarget", "organizations:ListRoots",
            "organizations:ListPolicies", "organizations:ListTargetsForPolicy"),
        "IAMReadOnlyAccess": allow(
            "iam:GenerateCredentialReport", "iam:GenerateServiceLastAccessedDetails", "iam:Get*", "iam:List*",
            "iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy"),
        "IAMUserChangePassword": allow([
            (["iam:ChangePassword"], ["arn:aws:iam::*:user/${aws:username}"]), (["iam:GetAccountPasswordPolicy"], ["*"]),
        ]),
        "IAMUserSSHKeys": allow([
            (
                [
                    "iam:DeleteSSHPublicKey", "iam:GetSSHPublicKey", "iam:ListSSHPublicKeys", "iam:UpdateSSHPublicKey",
                    "iam:UploadSSHPublicKey",
                ], ["arn:aws:iam::*:user/${aws:username}"]
            )
        ]),
        "IAMSelfManageServiceSpecificCredentials": allow([
            (
                [
                    "iam:CreateServiceSpecificCredential", "iam:ListServiceSpecificCredentials",
                    "iam:UpdateServiceSpecificCredential", "iam:DeleteServiceSpecificCredential",
                    "iam:ResetServiceSpecificCredential",
                ], ["arn:aws:iam::*:user/${aws:username}"]
            )
        ]),
        "job-function/Billing": allow(
            "aws-portal:*Billing", "aws-portal:*Usage", "aws-portal:*PaymentMethods", "budgets:*", "ce:*", "cur:*", "billing:*",
            "payments:*", "tax:*"),
        "job-function/DatabaseAdministrator": allow(
            [
                "cloudwatch:*", "dynamodb:*", "elasticache:*", "iam:ListRoles", "iam:GetRole", "kms:ListKeys", "lambda:*",
                "logs:*", "rds:*", "redshift:*", "s3:*", "sns:*",
            ],
            passingRolesTo: [
                "rds.amazonaws.com", "monitoring.rds.amazonaws.com", "lambda.amazonaws.com", "redshift.amazonaws.com",
            ],
            named: [
                "arn:aws:iam::*:role/rds-monitoring-role", "arn:aws:iam::*:role/rdbms-lambda-access",
                "arn:aws:iam::*:role/lambda_exec_role", "arn:aws:iam::*:role/lambda-dynamodb-*",
            ]),
        "job-function/DataScientist": allow(
            [
                "autoscaling:*", "cloudwatch:*", "cloudformation:CreateStack", "cloudformation:DescribeStackEvents", "dynamodb:*",
                "ec2:Describe*", "elasticmapreduce:*", "es:*", "firehose:*", "iam:GetInstanceProfile", "iam:GetPolicy",
                "iam:GetPolicyVersion", "iam:GetRole", "iam:ListInstanceProfiles", "iam:ListRoles", "kinesis:*", "kms:List*",
                "lambda:*", "machinelearning:*", "sdb:*", "rds:*", "s3:CreateBucket", "s3:Delete*", "s3:Get*", "s3:List*",
                "s3:PutBucket*", "s3:PutObject*", "sagemaker:*", "sns:*",
            ],
            passingRolesTo: [
                "elasticmapreduce.amazonaws.com", "ec2.amazonaws.com", "lambda.amazonaws.com", "sagemaker.amazonaws.com",
            ]),
        "job-function/SystemAdministrator": allow(
            "cloudtrail:*", "cloudwatch:*", "config:*", "ec2:*", "iam:GenerateCredentialReport", "iam:Get*", "iam:List*",
            "kms:Describe*", "kms:List*", "logs:*", "rds:*", "s3:List*", "s3:GetBucket*", "sns:*", "ssm:*", "cloudformation:*",
            "lambda:List*", "lambda:Get*"),
        "job-function/NetworkAdministrator": allow(
            "ec2:*Vpc*", "ec2:*Subnet*", "ec2:*Route*", "ec2:*SecurityGroup*", "ec2:*NetworkAcl*", "ec2:*Gateway*",
            "ec2:Describe*", "elasticloadbalancing:*", "route53:*", "cloudwatch:Get*", "cloudwatch:List*",
            "logs:DescribeLogGroups", "sns:ListTopics"),
        "job-function/SupportUser": allow(
            "support:*", "cloudtrail:Describe*", "cloudtrail:LookupEvents", "cloudwatch:Describe*", "cloudwatch:Get*",
            "cloudwatch:List*", "ec2:Describe*", "iam:GetAccountSummary", "iam:List*", "logs:Describe*", "rds:Describe*",
            "s3:List*", "sqs:List*", "sns:List*"),
    ]

    /// Keys, secrets, parameters, records and organizations.
    static let security: [String: String] = [
        "AWSKeyManagementServicePowerUser": allow(
            "kms:CreateAlias", "kms:CreateKey", "kms:DeleteAlias", "kms:Describe*", "kms:GenerateRandom", "kms:Get*", "kms:List*",
            "kms:TagResource", "kms:UntagResource", "iam:ListGroups", "iam:ListRoles", "iam:ListUsers"),
        "SecretsManagerReadWrite": allow([
            (
                [
                    "secretsmanager:*", "cloudformation:CreateChangeSet", "cloudformation:DescribeChangeSet",
                    "cloudformation:DescribeStackResource", "cloudformation:DescribeStacks", "cloudformation:ExecuteChangeSet",
                    "docdb-elastic:GetCluster", "docdb-elastic:ListClusters", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
                    "ec2:DescribeVpcs", "kms:DescribeKey", "kms:ListAliases", "kms:ListKeys", "lambda:ListFunctions",
                    "rds:DescribeDBClusters", "rds:DescribeDBInstances", "redshift:DescribeClusters",
                    "redshift-serverless:ListWorkgroups", "redshift-serverless:GetNamespace", "tag:GetResources",
                ], ["*"]
            ),
            (
                [
                    "lambda:AddPermission", "lambda:CreateFunction", "lambda:GetFunction", "lambda:InvokeFunction",
                    "lambda:UpdateFunctionConfiguration",
                ], ["arn:aws:lambda:*:*:function:SecretsManager*"]
            ),
            (["s3:GetObject"], ["arn:aws:s3:::awsserverlessrepo-changesets*", "arn:aws:s3:::secrets-manager-rotation-apps-*/*"]),
        ]),
        "AmazonSSMFullAccess": allow(
            "cloudwatch:PutMetricData", "ds:CreateComputer", "ds:DescribeDirectories", "ec2:DescribeInstanceStatus", "logs:*",
            "ssm:*", "ec2messages:*"),
        "AmazonSSMReadOnlyAccess": allow("ssm:Describe*", "ssm:Get*", "ssm:List*"),
        "AmazonSSMManagedInstanceCore": allow(
            "ssm:DescribeAssociation", "ssm:GetDeployablePatchSnapshotForInstance", "ssm:GetDocument", "ssm:DescribeDocument",
            "ssm:GetManifest", "ssm:GetParameter", "ssm:GetParameters", "ssm:ListAssociations", "ssm:ListInstanceAssociations",
            "ssm:PutInventory", "ssm:PutComplianceItems", "ssm:PutConfigurePackageResult", "ssm:UpdateAssociationStatus",
            "ssm:UpdateInstanceAssociationStatus", "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
            "ec2messages:AcknowledgeMessage", "ec2messages:DeleteMessage", "ec2messages:FailMessage", "ec2messages:GetEndpoint",
            "ec2messages:GetMessages", "ec2messages:SendReply"),
        "AWSCloudTrail_FullAccess": allow(
            "sns:AddPermission", "sns:CreateTopic", "sns:SetTopicAttributes", "sns:GetTopicAttributes", "sns:ListTopics",
            "s3:CreateBucket", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:ListAllMyBuckets",
            "s3:GetBucketLocation", "s3:GetBucketPolicy", "cloudtrail:*", "logs:CreateLogGroup", "iam:ListRoles",
            "iam:GetRolePolicy", "iam:GetUser", "kms:CreateKey", "kms:CreateAlias", "kms:ListKeys", "kms:ListAliases",
            "lambda:ListFunctions", "dynamodb:ListGlobalTables", "dynamodb:ListTables"),
        "AWSCloudTrail_ReadOnlyAccess": allow(
            "cloudtrail:Get*", "cloudtrail:Describe*", "cloudtrail:List*", "cloudtrail:LookupEvents"),
        "AWSOrganizationsFullAccess": allow(
            "organizations:*", "account:PutAlternateContact", "account:DeleteAlternateContact", "account:GetAlternateContact",
            "account:GetContactInformation", "account:PutContactInformation", "account:ListRegions", "account:EnableRegion",
            "account:DisableRegion"),
        "AWSOrganizationsReadOnlyAccess": allow(
            "organizations:Describe*", "organizations:List*", "account:GetAlternateContact", "account:GetContactInformation",
            "account:ListRegions", "account:GetRegionOptStatus"),
        "AWSSecurityHubReadOnlyAccess": allow(
            "securityhub:Get*", "securityhub:List*", "securityhub:Describe*", "securityhub:BatchGet*"),
        "AmazonCognitoPowerUser": allow(
            "cognito-identity:*", "cognito-idp:*", "cognito-sync:*", "iam:ListRoles", "iam:ListOpenIDConnectProviders",
            "iam:GetRole", "iam:ListSAMLProviders", "iam:GetSAMLProvider", "kinesis:ListStreams", "lambda:GetPolicy",
            "lambda:ListFunctions", "sns:GetSMSSandboxAccountStatus", "sns:ListPlatformApplications"),
        "ResourceGroupsandTagEditorFullAccess": allow(
            "tag:getResources", "tag:GetTagKeys", "tag:GetTagValues", "tag:TagResources", "tag:UntagResources",
            "resource-groups:*"),
    ]
}
