extension AWSManagedPolicies {
    /// What roles of services carry.
    static let serviceRoles: [String: String] = [
        "service-role/AWSLambdaBasicExecutionRole": allow("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
        "service-role/AWSLambdaVPCAccessExecutionRole": allow(
            "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses",
            "ec2:UnassignPrivateIpAddresses"),
        "service-role/AWSLambdaENIManagementAccess": allow(
            "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface",
            "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"),
        "service-role/AWSLambdaSQSQueueExecutionRole": allow(
            "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "logs:CreateLogGroup", "logs:CreateLogStream",
            "logs:PutLogEvents"),
        "service-role/AWSLambdaKinesisExecutionRole": allow(
            "kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator",
            "kinesis:ListShards", "kinesis:ListStreams", "kinesis:SubscribeToShard", "logs:CreateLogGroup",
            "logs:CreateLogStream", "logs:PutLogEvents"),
        "service-role/AWSLambdaDynamoDBExecutionRole": allow(
            "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
            "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
        "service-role/AWSLambdaMSKExecutionRole": allow(
            "kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers", "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcs", "ec2:DeleteNetworkInterface", "ec2:DescribeSubnets",
            "ec2:DescribeSecurityGroups", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
        "service-role/AWSLambdaRole": allow("lambda:InvokeFunction"),
        "service-role/AWSGlueServiceRole": allow([
            (
                [
                    "glue:*", "s3:GetBucketLocation", "s3:ListBucket", "s3:ListAllMyBuckets", "s3:GetBucketAcl",
                    "ec2:DescribeVpcEndpoints", "ec2:DescribeRouteTables", "ec2:CreateNetworkInterface",
                    "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups",
                    "ec2:DescribeSubnets", "ec2:DescribeVpcAttribute", "iam:ListRolePolicies", "iam:GetRole", "iam:GetRolePolicy",
                    "cloudwatch:PutMetricData",
                ], ["*"]
            ), (["s3:CreateBucket", "s3:PutBucketPublicAccessBlock"], ["arn:aws:s3:::aws-glue-*"]),
            (
                ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                ["arn:aws:s3:::aws-glue-*/*", "arn:aws:s3:::*/*aws-glue-*/*"]
            ), (["s3:GetObject"], ["arn:aws:s3:::crawler-public*", "arn:aws:s3:::aws-glue-*"]),
            (["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], ["arn:aws:logs:*:*:*:/aws-glue/*"]),
        ]),
        "service-role/AmazonElasticMapReduceRole": allow(
            "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CancelSpotInstanceRequests",
            "ec2:CreateFleet", "ec2:CreateLaunchTemplate", "ec2:CreateNetworkInterface", "ec2:CreateSecurityGroup",
            "ec2:CreateTags", "ec2:DeleteLaunchTemplate", "ec2:DeleteNetworkInterface", "ec2:DeleteSecurityGroup",
            "ec2:DeleteTags", "ec2:Describe*", "ec2:DetachNetworkInterface", "ec2:ModifyImageAttribute",
            "ec2:ModifyInstanceAttribute", "ec2:RequestSpotInstances", "ec2:RevokeSecurityGroupEgress", "ec2:RunInstances",
            "ec2:TerminateInstances", "ec2:DeleteVolume", "ec2:DetachVolume", "iam:GetRole", "iam:GetRolePolicy",
            "iam:ListInstanceProfiles", "iam:ListRolePolicies", "iam:PassRole", "s3:CreateBucket", "s3:Get*", "s3:List*",
            "sdb:BatchPutAttributes", "sdb:Select", "sqs:CreateQueue", "sqs:Delete*", "sqs:GetQueue*", "sqs:PurgeQueue",
            "sqs:ReceiveMessage", "cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms", "cloudwatch:DeleteAlarms",
            "application-autoscaling:RegisterScalableTarget", "application-autoscaling:DeregisterScalableTarget",
            "application-autoscaling:PutScalingPolicy", "application-autoscaling:DeleteScalingPolicy",
            "application-autoscaling:Describe*"),
        "service-role/AmazonElasticMapReduceforEC2Role": allow(
            "cloudwatch:*", "dynamodb:*", "ec2:Describe*", "elasticmapreduce:Describe*", "elasticmapreduce:ListBootstrapActions",
            "elasticmapreduce:ListClusters", "elasticmapreduce:ListInstanceGroups", "elasticmapreduce:ListInstances",
            "elasticmapreduce:ListSteps", "kinesis:CreateStream", "kinesis:DeleteStream", "kinesis:DescribeStream",
            "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:MergeShards", "kinesis:PutRecord", "kinesis:SplitShard",
            "rds:Describe*", "s3:*", "sdb:*", "sns:*", "sqs:*", "glue:*Database*", "glue:*Table*", "glue:*Partition*",
            "glue:*UserDefinedFunction*"),
        "service-role/AmazonElasticMapReduceforAutoScalingRole": allow(
            "cloudwatch:DescribeAlarms", "elasticmapreduce:ListInstanceGroups", "elasticmapreduce:ModifyInstanceGroups"),
        "service-role/AmazonEMRServicePolicy_v2": allow(
            "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CancelSpotInstanceRequests",
            "ec2:CreateFleet", "ec2:CreateLaunchTemplate", "ec2:CreateNetworkInterface", "ec2:CreateSecurityGroup",
            "ec2:CreateTags", "ec2:DeleteLaunchTemplate", "ec2:DeleteNetworkInterface", "ec2:DeleteSecurityGroup",
            "ec2:DeleteTags", "ec2:Describe*", "ec2:DetachNetworkInterface", "ec2:ModifyImageAttribute",
            "ec2:ModifyInstanceAttribute", "ec2:RequestSpotInstances", "ec2:RevokeSecurityGroupEgress", "ec2:RunInstances",
            "ec2:TerminateInstances", "ec2:DeleteVolume", "ec2:DetachVolume", "iam:ListInstanceProfiles", "iam:ListRolePolicies",
            "cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms", "cloudwatch:DeleteAlarms",
            "application-autoscaling:RegisterScalableTarget", "application-autoscaling:DeregisterScalableTarget",
            "application-autoscaling:PutScalingPolicy", "application-autoscaling:DeleteScalingPolicy",
            "application-autoscaling:Describe*"),
        "service-role/AmazonECSTaskExecutionRolePolicy": allow(
            "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage",
            "logs:CreateLogStream", "logs:PutLogEvents"),
        "service-role/AmazonEC2ContainerServiceforEC2Role": allow(
            "ec2:DescribeTags", "ecs:CreateCluster", "ecs:DeregisterContainerInstance", "ecs:DiscoverPollEndpoint", "ecs:Poll",
            "ecs:RegisterContainerInstance", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState", "ecs:Submit*",
            "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage",
            "logs:CreateLogStream", "logs:PutLogEvents"),
        "service-role/AmazonAPIGatewayPushToCloudWatchLogs": allow(
            "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams",
            "logs:PutLogEvents", "logs:GetLogEvents", "logs:FilterLogEvents"),
        "service-role/AmazonDMSCloudWatchLogsRole": allow(
            "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:CreateLogGroup", "logs:CreateLogStream",
            "logs:PutLogEvents"),
        "service-role/AmazonDMSRedshiftS3Role": allow([
            (
                [
                    "s3:CreateBucket", "s3:ListBucket", "s3:DeleteBucket", "s3:GetBucketLocation", "s3:GetObject", "s3:PutObject",
                    "s3:DeleteObject", "s3:GetObjectVersion", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:GetBucketAcl",
                    "s3:PutBucketVersioning", "s3:GetBucketVersioning", "s3:PutLifecycleConfiguration",
                    "s3:GetLifecycleConfiguration", "s3:DeleteBucketPolicy",
                ], ["arn:aws:s3:::dms-*"]
            )
        ]),
        "service-role/AmazonDMSVPCManagementRole": allow(
            "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeAvailabilityZones",
            "ec2:DescribeInternetGateways", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
            "ec2:ModifyNetworkInterfaceAttribute"),
        "service-role/AmazonRDSEnhancedMonitoringRole": allow([
            (["logs:CreateLogGroup", "logs:PutRetentionPolicy"], ["arn:aws:logs:*:*:log-group:RDS*"]),
            (
                ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams", "logs:GetLogEvents"],
                ["arn:aws:logs:*:*:log-group:RDS*:log-stream:*"]
            ),
        ]),
        "service-role/AmazonSNSRole": allow(
            "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:PutMetricFilter", "logs:PutRetentionPolicy"),
        "service-role/AmazonEC2RoleforSSM": allow(
            "ssm:DescribeAssociation", "ssm:GetDeployablePatchSnapshotForInstance", "ssm:GetDocument", "ssm:DescribeDocument",
            "ssm:GetManifest", "ssm:GetParameters", "ssm:ListAssociations", "ssm:ListInstanceAssociations", "ssm:PutInventory",
            "ssm:UpdateInstanceInformation", "ec2messages:*", "cloudwatch:PutMetricData", "logs:CreateLogGroup",
            "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents",
            "s3:GetBucketLocation", "s3:PutObject", "s3:GetObject", "s3:GetEncryptionConfiguration", "s3:AbortMultipartUpload",
            "s3:ListMultipartUploadParts", "s3:ListBucket", "s3:ListBucketMultipartUploads"),
        "service-role/AWSConfigRole": allow(
            "config:Put*", "config:Get*", "config:List*", "config:Describe*", "s3:GetBucket*", "s3:List*", "iam:Get*",
            "iam:List*", "kms:Describe*", "kms:List*", "dynamodb:Describe*", "dynamodb:List*", "lambda:Get*", "lambda:List*",
            "ec2:Describe*", "rds:Describe*", "sns:Get*", "sns:List*", "sqs:Get*", "sqs:List*"),
        "service-role/AWS_ConfigRole": allow(
            "config:*", "s3:GetBucket*", "s3:List*", "iam:Get*", "iam:List*", "kms:Describe*", "kms:List*", "dynamodb:Describe*",
            "dynamodb:List*", "lambda:Get*", "lambda:List*", "ec2:Describe*", "rds:Describe*", "sns:Get*", "sns:List*",
            "sqs:Get*", "sqs:List*"),
        "service-role/AWSBackupServiceRolePolicyForBackup": allow(
            "dynamodb:DescribeTable", "dynamodb:CreateBackup", "dynamodb:StartAwsBackupJob", "dynamodb:ListTagsOfResource",
            "rds:CreateDBSnapshot", "rds:Describe*", "rds:AddTagsToResource", "ec2:CreateSnapshot", "ec2:Describe*",
            "s3:GetBucket*", "s3:GetObject*", "s3:ListBucket*", "kms:DescribeKey", "kms:Decrypt", "kms:Encrypt",
            "kms:GenerateDataKey*", "kms:ReEncrypt*", "backup:*", "tag:GetResources"),
        "service-role/QuickSightAccessForS3StorageManagementAnalyticsReadOnly": allow([
            (["s3:GetObject", "s3:GetObjectTagging"], ["arn:aws:s3:::s3-analytics-export-shared-*"]),
            (["s3:GetAnalyticsConfiguration", "s3:ListAllMyBuckets", "s3:GetBucketLocation"], ["*"]),
        ]),
        "service-role/AWSDataPipelineRole": allow(
            "cloudwatch:*", "datapipeline:DescribeObjects", "datapipeline:EvaluateExpression", "dynamodb:BatchGetItem",
            "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:UpdateTable",
            "elasticmapreduce:*", "rds:Describe*", "redshift:Describe*", "s3:CreateBucket", "s3:DeleteObject", "s3:Get*",
            "s3:List*", "s3:Put*", "sdb:*", "sns:*", "sqs:*"),
        "service-role/CloudWatchEventsBuiltInTargetExecutionAccess": allow(
            "ec2:CreateSnapshot", "ec2:RebootInstances", "ec2:StopInstances", "ec2:TerminateInstances"),
        "service-role/CloudWatchEventsInvocationAccess": allow("kinesis:PutRecord"),
        "service-role/AmazonS3ObjectLambdaExecutionRolePolicy": allow(
            "s3-object-lambda:WriteGetObjectResponse", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
        "service-role/AWSAppSyncPushToCloudWatchLogs": allow("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
        "service-role/AmazonEBSCSIDriverPolicy": allow(
            "ec2:CreateSnapshot", "ec2:AttachVolume", "ec2:DetachVolume", "ec2:ModifyVolume", "ec2:Describe*", "ec2:CreateTags",
            "ec2:DeleteTags", "ec2:CreateVolume", "ec2:DeleteVolume", "ec2:DeleteSnapshot"),
    ]

    /// What service-linked roles carry; people can't attach these.
    static let serviceLinked: [String: String] = [
        "aws-service-role/AutoScalingServiceRolePolicy": allow(
            "ec2:*Instances", "ec2:*Fleet", "ec2:Describe*", "ec2:CreateTags", "elasticloadbalancing:Register*",
            "elasticloadbalancing:Deregister*", "elasticloadbalancing:Describe*", "cloudwatch:DeleteAlarms",
            "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:PutMetricAlarm", "sns:Publish"),
        "aws-service-role/AWSApplicationAutoscalingDynamoDBTablePolicy": allow(
            "dynamodb:DescribeTable", "dynamodb:UpdateTable", "cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms",
            "cloudwatch:DeleteAlarms"),
        "aws-service-role/DynamoDBReplicationServiceRolePolicy": allow(
            "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:DescribeTable",
            "dynamodb:UpdateTable", "dynamodb:Scan", "dynamodb:DescribeStream", "dynamodb:GetRecords",
            "dynamodb:GetShardIterator", "dynamodb:DescribeTimeToLive", "dynamodb:UpdateTimeToLive",
            "dynamodb:ListTagsOfResource", "dynamodb:TagResource", "dynamodb:UntagResource", "dynamodb:CreateTableReplica",
            "dynamodb:DeleteTableReplica"),
        "aws-service-role/DynamoDBKinesisReplicationServiceRolePolicy": allow(
            "kinesis:PutRecord", "kinesis:PutRecords", "kinesis:DescribeStream", "kms:GenerateDataKey"),
        "aws-service-role/AWSLogDeliveryServiceRolePolicy": document([
            #"{"Effect":"Allow","Action":["firehose:PutRecord","firehose:PutRecordBatch","firehose:ListTagsForDeliveryStream"],"#
                + #""Resource":["*"],"Condition":{"StringEquals":{"aws:ResourceTag/LogDeliveryEnabled":"true"}}}"#
        ]),
        "aws-service-role/AmazonECSServiceRolePolicy": allow(
            "ec2:AttachNetworkInterface", "ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission",
            "ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission", "ec2:Describe*", "ec2:DetachNetworkInterface",
            "elasticloadbalancing:Deregister*", "elasticloadbalancing:Describe*", "elasticloadbalancing:Register*",
            "servicediscovery:*", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups",
            "logs:DescribeLogStreams", "logs:PutLogEvents"),
        "aws-service-role/AmazonEKSServiceRolePolicy": allow(
            "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:Describe*", "ec2:DetachNetworkInterface",
            "ec2:CreateSecurityGroup", "ec2:DeleteSecurityGroup", "eks:UpdateClusterVersion", "logs:CreateLogStream",
            "logs:PutLogEvents", "iam:ListAttachedRolePolicies", "iam:GetRole"),
        "aws-service-role/AmazonEMRCleanupPolicy": allow(
            "ec2:DescribeInstances", "ec2:DescribeLaunchTemplates", "ec2:DescribeSpotInstanceRequests",
            "ec2:DeleteLaunchTemplate", "ec2:ModifyInstanceAttribute", "ec2:TerminateInstances", "ec2:CancelSpotInstanceRequests",
            "ec2:DeleteNetworkInterface", "ec2:DescribeVolumes", "ec2:DetachVolume", "ec2:DeleteVolume"),
        "aws-service-role/AmazonElasticsearchServiceRolePolicy": allow(
            "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:Describe*", "ec2:ModifyNetworkInterfaceAttribute",
            "elasticloadbalancing:AddListenerCertificates", "elasticloadbalancing:RemoveListenerCertificates",
            "acm:DescribeCertificate", "cloudwatch:PutMetricData"),
        "aws-service-role/AmazonOpenSearchServiceRolePolicy": allow(
            "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:Describe*", "ec2:ModifyNetworkInterfaceAttribute",
            "acm:DescribeCertificate", "cloudwatch:PutMetricData", "ec2:CreateVpcEndpoint", "ec2:DeleteVpcEndpoints"),
        "aws-service-role/KafkaServiceRolePolicy": allow(
            "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:CreateNetworkInterfacePermission",
            "ec2:AttachNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DetachNetworkInterface", "ec2:DescribeVpcEndpoints",
            "acm-pca:GetCertificateAuthorityCertificate", "secretsmanager:ListSecrets"),
        "aws-service-role/LakeFormationDataAccessServiceRolePolicy": allow("s3:ListAllMyBuckets"),
        "aws-service-role/AWSOrganizationsServiceTrustPolicy": allow([
            (["iam:DeleteRole"], ["arn:aws:iam::*:role/aws-service-role/organizations.amazonaws.com/*"]),
            (["iam:CreateServiceLinkedRole"], ["*"]),
        ]),
        "aws-service-role/CloudTrailServiceRolePolicy": allow(
            "cloudtrail:*", "organizations:DescribeAccount", "organizations:DescribeOrganization", "organizations:ListAccounts",
            "organizations:ListAWSServiceAccessForOrganization"),
        "aws-service-role/AmazonRDSServiceRolePolicy": allow(
            "rds:CrossRegionCommunication", "ec2:*NetworkInterface*", "ec2:Describe*", "ec2:*SecurityGroup*", "sns:Publish",
            "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams", "kinesis:CreateStream",
            "kinesis:PutRecord", "kinesis:PutRecords", "kinesis:DescribeStream", "cloudwatch:PutMetricData",
            "secretsmanager:GetRandomPassword", "secretsmanager:DeleteSecret", "secretsmanager:DescribeSecret",
            "secretsmanager:PutSecretValue", "secretsmanager:RotateSecret", "secretsmanager:UpdateSecret",
            "secretsmanager:UpdateSecretVersionStage", "secretsmanager:ListSecretVersionIds"),
        "aws-service-role/AmazonRedshiftServiceLinkedRolePolicy": allow(
            "ec2:Describe*", "ec2:*Address", "ec2:*NetworkInterface*", "ec2:*VpcEndpoint*", "logs:CreateLogGroup",
            "logs:PutRetentionPolicy", "logs:CreateLogStream", "logs:PutLogEvents", "cloudwatch:PutMetricData",
            "secretsmanager:DescribeSecret", "secretsmanager:DeleteSecret", "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecret", "secretsmanager:RotateSecret", "secretsmanager:GetRandomPassword"),
        "aws-service-role/ElastiCacheServiceRolePolicy": allow(
            "ec2:*NetworkInterface*", "ec2:*SecurityGroup*", "ec2:Describe*", "cloudwatch:PutMetricData", "s3:GetObject"),
        "aws-service-role/AmazonEventBridgeApiDestinationsServiceRolePolicy": allow([
            (
                [
                    "secretsmanager:CreateSecret", "secretsmanager:UpdateSecret", "secretsmanager:DescribeSecret",
                    "secretsmanager:DeleteSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
                ], ["arn:aws:secretsmanager:*:*:secret:events!connection/*"]
            )
        ]),
        "aws-service-role/CloudWatchEventsServiceRolePolicy": allow(
            "cloudwatch:DescribeAlarms", "ec2:DescribeInstanceStatus", "ec2:DescribeInstances", "ec2:DescribeSnapshots",
            "ec2:DescribeVolumeStatus", "ec2:DescribeVolumes", "ec2:RebootInstances", "ec2:StopInstances",
            "ec2:TerminateInstances", "ec2:CreateSnapshot"),
        "aws-service-role/AmazonSSMServiceRolePolicy": allow(
            "ssm:CancelCommand", "ssm:GetCommandInvocation", "ssm:ListCommandInvocations", "ssm:ListCommands", "ssm:SendCommand",
            "ssm:GetAutomationExecution", "ssm:GetParameters", "ssm:StartAutomationExecution", "ssm:ListTagsForResource",
            "ec2:DescribeInstances", "ec2:DescribeInstanceStatus", "ec2:DescribeInstanceAttribute", "lambda:InvokeFunction",
            "states:DescribeExecution", "states:StartExecution", "resource-groups:ListGroups",
            "resource-groups:ListGroupResources", "tag:GetResources"),
        "aws-service-role/AmazonMacieServiceRolePolicy": allow(
            "iam:ListAccountAliases", "organizations:DescribeAccount", "organizations:ListAccounts",
            "s3:GetAccountPublicAccessBlock", "s3:ListAllMyBuckets", "s3:GetBucket*", "s3:GetEncryptionConfiguration",
            "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration", "s3:ListBucket", "s3:GetObject", "s3:GetObjectAcl",
            "s3:GetObjectTagging", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
    ]
}
