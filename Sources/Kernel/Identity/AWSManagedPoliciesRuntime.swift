extension AWSManagedPolicies {
    /// Functions, machines, containers and how they are deployed.
    static let compute: [String: String] = [
        "AWSLambda_FullAccess": allow(
            [
                "cloudformation:DescribeStacks", "cloudformation:ListStackResources", "cloudwatch:ListMetrics",
                "cloudwatch:GetMetricData", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
                "kms:ListAliases", "kms:CreateGrant", "kms:DescribeKey", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole",
                "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:ListRoles", "lambda:*",
                "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:FilterLogEvents",
                "states:DescribeStateMachine", "states:ListStateMachines", "tag:GetResources", "xray:GetTraceSummaries",
                "xray:BatchGetTraces",
            ], passingRolesTo: ["lambda.amazonaws.com"]),
        "AWSLambda_ReadOnlyAccess": allow(
            "cloudwatch:ListMetrics", "cloudwatch:GetMetricData", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
            "ec2:DescribeVpcs", "kms:ListAliases", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:ListRoles", "logs:DescribeLogGroups",
            "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:FilterLogEvents", "lambda:Get*", "lambda:List*",
            "states:DescribeStateMachine", "states:ListStateMachines", "tag:GetResources"),
        "AWSLambdaExecute": allow([(["logs:*"], ["arn:aws:logs:*:*:*"]), (["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::*"])]),
        "AWSLambdaInvocation-DynamoDB": allow(
            "lambda:InvokeFunction", "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
            "dynamodb:ListStreams"),
        "AmazonEC2FullAccess": allow("ec2:*", "elasticloadbalancing:*", "cloudwatch:*", "autoscaling:*"),
        "AmazonEC2ReadOnlyAccess": allow(
            "ec2:Describe*", "ec2:Get*", "elasticloadbalancing:Describe*", "cloudwatch:ListMetrics",
            "cloudwatch:GetMetricStatistics", "cloudwatch:Describe*", "autoscaling:Describe*"),
        "AmazonECS_FullAccess": allow(
            [
                "ecs:*", "ec2:Describe*", "elasticloadbalancing:*", "logs:CreateLogGroup", "logs:DescribeLogGroups",
                "logs:FilterLogEvents", "cloudwatch:*Alarm*", "cloudwatch:GetMetricStatistics", "application-autoscaling:*",
                "events:*", "lambda:ListFunctions", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfiles", "iam:ListRoles",
                "servicediscovery:*",
            ], passingRolesTo: ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com", "application-autoscaling.amazonaws.com"]),
        "AmazonEKSClusterPolicy": allow(
            "autoscaling:Describe*", "autoscaling:UpdateAutoScalingGroup", "ec2:Describe*", "ec2:CreateTags",
            "ec2:CreateSecurityGroup", "ec2:*SecurityGroupIngress", "elasticloadbalancing:*", "kms:DescribeKey"),
        "AmazonEKSWorkerNodePolicy": allow("ec2:Describe*", "eks:DescribeCluster", "eks-auth:AssumeRoleForPodIdentity"),
        "AmazonEKS_CNI_Policy": allow(
            "ec2:AssignPrivateIpAddresses", "ec2:AttachNetworkInterface", "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface", "ec2:Describe*", "ec2:DetachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute",
            "ec2:UnassignPrivateIpAddresses"),
        "AmazonEC2ContainerRegistryReadOnly": allow(
            "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer",
            "ecr:GetRepositoryPolicy", "ecr:DescribeRepositories", "ecr:ListImages", "ecr:DescribeImages", "ecr:BatchGetImage",
            "ecr:ListTagsForResource"),
        "AmazonEC2ContainerRegistryPowerUser": allow(
            "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer",
            "ecr:GetRepositoryPolicy", "ecr:DescribeRepositories", "ecr:ListImages", "ecr:DescribeImages", "ecr:BatchGetImage",
            "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage"),
        "AWSStepFunctionsFullAccess": allow("states:*"),
        "AWSStepFunctionsReadOnlyAccess": allow("states:Describe*", "states:Get*", "states:List*"),
        "AWSCloudFormationFullAccess": allow("cloudformation:*"),
        "AWSCloudFormationReadOnlyAccess": allow(
            "cloudformation:Describe*", "cloudformation:EstimateTemplateCost", "cloudformation:Get*", "cloudformation:List*",
            "cloudformation:ValidateTemplate", "cloudformation:Detect*"),
        "AWSCodeCommitPowerUser": allow(
            "codecommit:AssociateApprovalRuleTemplateWithRepository", "codecommit:Batch*", "codecommit:Create*",
            "codecommit:DeleteBranch", "codecommit:DeleteFile", "codecommit:Describe*",
            "codecommit:DisassociateApprovalRuleTemplateFromRepository", "codecommit:EvaluatePullRequestApprovalRules",
            "codecommit:Get*", "codecommit:List*", "codecommit:Merge*", "codecommit:OverridePullRequestApprovalRules",
            "codecommit:Put*", "codecommit:Post*", "codecommit:TagResource", "codecommit:Test*", "codecommit:UntagResource",
            "codecommit:Update*", "codecommit:GitPull", "codecommit:GitPush", "kms:ListAliases", "iam:ListUsers",
            "iam:ListAccessKeys", "iam:ListSSHPublicKeys", "iam:ListServiceSpecificCredentials"),
        "AWSCodeCommitFullAccess": allow(
            "codecommit:*", "iam:ListUsers", "iam:ListAccessKeys", "iam:ListSSHPublicKeys", "iam:ListServiceSpecificCredentials",
            "kms:ListAliases"),
        "AWSCodeCommitReadOnly": allow(
            "codecommit:BatchGet*", "codecommit:BatchDescribe*", "codecommit:Describe*",
            "codecommit:EvaluatePullRequestApprovalRules", "codecommit:Get*", "codecommit:List*", "codecommit:GitPull"),
    ]

    /// Queues, topics, streams, events and observation.
    static let messaging: [String: String] = [
        "AmazonSQSFullAccess": allow("sqs:*"),
        "AmazonSQSReadOnlyAccess": allow(
            "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListDeadLetterSourceQueues", "sqs:ListQueues",
            "sqs:ListMessageMoveTasks", "sqs:ListQueueTags"),
        "AmazonSNSFullAccess": allow("sns:*", "sms-voice:*"),
        "AmazonSNSReadOnlyAccess": allow(
            "sns:GetTopicAttributes", "sns:List*", "sns:CheckIfPhoneNumberIsOptedOut", "sns:GetEndpointAttributes",
            "sns:GetDataProtectionPolicy", "sns:GetPlatformApplicationAttributes", "sns:GetSMSAttributes",
            "sns:GetSMSSandboxAccountStatus", "sns:GetSubscriptionAttributes"),
        "AmazonKinesisFullAccess": allow("kinesis:*"),
        "AmazonKinesisReadOnlyAccess": allow("kinesis:Get*", "kinesis:List*", "kinesis:Describe*"),
        "AmazonKinesisFirehoseFullAccess": allow("firehose:*"),
        "AmazonKinesisFirehoseReadOnlyAccess": allow("firehose:Describe*", "firehose:List*"),
        "AmazonKinesisAnalyticsFullAccess": allow(
            "kinesisanalytics:*", "kinesis:CreateStream", "kinesis:DeleteStream", "kinesis:DescribeStream", "kinesis:ListStreams",
            "kinesis:PutRecord", "kinesis:PutRecords", "firehose:DescribeDeliveryStream", "firehose:ListDeliveryStreams",
            "cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics", "logs:GetLogEvents", "iam:ListPolicyVersions",
            "iam:ListRoles"),
        "AmazonEventBridgeFullAccess": allow(
            ["events:*", "schemas:*", "scheduler:*", "pipes:*"],
            passingRolesTo: ["events.amazonaws.com", "scheduler.amazonaws.com", "pipes.amazonaws.com"]),
        "AmazonEventBridgeReadOnlyAccess": allow(
            "events:Describe*", "events:List*", "events:TestEventPattern", "schemas:Describe*", "schemas:Get*", "schemas:List*",
            "schemas:Search*", "scheduler:Get*", "scheduler:List*", "pipes:DescribePipe", "pipes:List*"),
        "AmazonEventBridgeSchedulerFullAccess": allow(["scheduler:*"], passingRolesTo: ["scheduler.amazonaws.com"]),
        "AmazonMSKFullAccess": allow(
            "kafka:*", "ec2:DescribeSubnets", "ec2:DescribeVpcs", "ec2:DescribeSecurityGroups", "ec2:DescribeRouteTables",
            "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcAttribute", "kms:DescribeKey", "kms:CreateGrant",
            "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
            "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
            "s3:GetBucketPolicy", "firehose:TagDeliveryStream"),
        "AmazonMSKReadOnlyAccess": allow(
            "kafka:Describe*", "kafka:List*", "kafka:Get*", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets", "ec2:DescribeVpcs", "kms:DescribeKey"),
        "AmazonMQFullAccess": allow("mq:*"),
        "AmazonSESFullAccess": allow("ses:*"),
        "CloudWatchFullAccess": allow(
            "autoscaling:Describe*", "cloudwatch:*", "logs:*", "sns:*", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole",
            "oam:ListSinks"),
        "CloudWatchFullAccessV2": allow(
            "application-autoscaling:DescribeScalingPolicies", "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:DescribePolicies", "cloudwatch:*", "logs:*", "sns:CreateTopic", "sns:ListSubscriptions",
            "sns:ListSubscriptionsByTopic", "sns:ListTopics", "sns:Subscribe", "iam:GetPolicy", "iam:GetPolicyVersion",
            "iam:GetRole", "rum:*", "synthetics:*", "xray:*"),
        "CloudWatchReadOnlyAccess": allow(
            "autoscaling:Describe*", "cloudwatch:BatchGet*", "cloudwatch:Describe*", "cloudwatch:GenerateQuery",
            "cloudwatch:Get*", "cloudwatch:List*", "logs:Get*", "logs:List*", "logs:StartQuery", "logs:StopQuery",
            "logs:Describe*", "logs:TestMetricFilter", "logs:FilterLogEvents", "sns:Get*", "sns:List*", "xray:BatchGet*",
            "xray:Get*"),
        "CloudWatchLogsFullAccess": allow("logs:*", "cloudwatch:GenerateQuery"),
        "CloudWatchLogsReadOnlyAccess": allow(
            "logs:Describe*", "logs:Get*", "logs:List*", "logs:StartQuery", "logs:StopQuery", "logs:TestMetricFilter",
            "logs:FilterLogEvents", "logs:StartLiveTail", "logs:StopLiveTail", "cloudwatch:GenerateQuery"),
        "CloudWatchEventsFullAccess": allow("events:*"),
        "CloudWatchEventsReadOnlyAccess": allow("events:Describe*", "events:List*", "events:TestEventPattern"),
        "CloudWatchAgentServerPolicy": allow([
            (
                [
                    "cloudwatch:PutMetricData", "ec2:DescribeVolumes", "ec2:DescribeTags", "logs:PutLogEvents",
                    "logs:PutRetentionPolicy", "logs:DescribeLogStreams", "logs:DescribeLogGroups", "logs:CreateLogStream",
                    "logs:CreateLogGroup", "xray:PutTraceSegments", "xray:PutTelemetryRecords",
                ], ["*"]
            ), (["ssm:GetParameter"], ["arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*"]),
        ]),
    ]
}
