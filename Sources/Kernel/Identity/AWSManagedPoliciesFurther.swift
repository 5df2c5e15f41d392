extension AWSManagedPolicies {
    /// More that templates attach to roles, of services that Tarn lacks. One policy a line: its name, its actions, and behind
    /// `@` the resources of the actions before it where they are not all; `|` begins another statement.
    static let further: [String: String] = {
        var all: [String: String] = [:]
        for line in furtherLines.split(separator: "\n") {
            guard let space = line.firstIndex(of: " ") else { continue }
            var statements: [(actions: [String], resources: [String])] = []
            for part in line[space...].split(separator: "|") {
                let words = part.split(separator: " ").map(String.init)
                let resources = words.filter { $0.hasPrefix("@") }.map { String($0.dropFirst()) }
                statements.append((spelled(words.filter { !$0.hasPrefix("@") }), resources.isEmpty ? ["*"] : resources))
            }
            all[String(line[..<space])] = allow(statements)
        }
        all["AWSDenyAll"] = document([statement(["*"], on: ["*"], effect: "Deny")])
        return all
    }()

    /// `xray:Get* List*` is two actions of one service.
    private static func spelled(_ words: [String]) -> [String] {
        var service = Substring()
        return words.map { word in
            guard let colon = word.firstIndex(of: ":") else { return "\(service):\(word)" }
            service = word[..<colon]
            return word
        }
    }

    private static let furtherLines = """
        AmazonEKSVPCResourceController ec2:CreateNetworkInterface CreateNetworkInterfacePermission DetachNetworkInterface \
        ModifyNetworkInterfaceAttribute DeleteNetworkInterface AttachNetworkInterface UnassignPrivateIpAddresses \
        AssignPrivateIpAddresses
        AmazonEKSFargatePodExecutionRolePolicy ecr:GetAuthorizationToken BatchCheckLayerAvailability GetDownloadUrlForLayer \
        BatchGetImage
        AmazonEKSWorkerNodeMinimalPolicy ec2:DescribeInstances eks-auth:AssumeRoleForPodIdentity
        AmazonEC2ContainerRegistryPullOnly ecr:GetAuthorizationToken BatchGetImage GetDownloadUrlForLayer \
        BatchImportUpstreamImage
        AmazonEC2ContainerRegistryFullAccess ecr:* cloudtrail:LookupEvents
        AWSXRayDaemonWriteAccess xray:PutTraceSegments PutTelemetryRecords GetSamplingRules GetSamplingTargets \
        GetSamplingStatisticSummaries
        AWSXrayWriteOnlyAccess xray:PutTraceSegments PutTelemetryRecords GetSamplingRules GetSamplingTargets \
        GetSamplingStatisticSummaries
        AWSXrayFullAccess xray:*
        AWSXrayReadOnlyAccess xray:BatchGet* Get* List*
        CloudWatchAgentAdminPolicy cloudwatch:PutMetricData ec2:DescribeTags DescribeVolumes logs:PutLogEvents \
        PutRetentionPolicy DescribeLogStreams DescribeLogGroups CreateLogStream CreateLogGroup xray:PutTraceSegments \
        PutTelemetryRecords GetSamplingRules GetSamplingTargets GetSamplingStatisticSummaries | ssm:GetParameter \
        PutParameter @arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*
        CloudWatchLambdaInsightsExecutionRolePolicy logs:CreateLogGroup | logs:CreateLogStream PutLogEvents \
        @arn:aws:logs:*:*:log-group:/aws/lambda-insights:*
        CloudWatchLambdaApplicationSignalsExecutionRolePolicy xray:PutTraceSegments | logs:CreateLogGroup CreateLogStream \
        PutLogEvents @arn:aws:logs:*:*:log-group:/aws/application-signals/data:*
        AmazonRoute53FullAccess route53:* route53domains:* cloudfront:ListDistributions \
        elasticloadbalancing:DescribeLoadBalancers elasticbeanstalk:DescribeEnvironments s3:ListBucket GetBucketLocation \
        GetBucketWebsite ec2:DescribeVpcs DescribeVpcEndpoints DescribeRegions sns:ListTopics ListSubscriptionsByTopic \
        cloudwatch:DescribeAlarms GetMetricStatistics
        AmazonRoute53ReadOnlyAccess route53:Get* List* TestDNSAnswer
        CloudFrontFullAccess s3:ListAllMyBuckets acm:DescribeCertificate ListCertificates RequestCertificate cloudfront:* \
        cloudfront-keyvaluestore:* iam:ListServerCertificates waf:ListWebACLs GetWebACL wafv2:ListWebACLs GetWebACL \
        kinesis:ListStreams | kinesis:DescribeStream @arn:aws:kinesis:*:*:* | iam:ListRoles @arn:aws:iam::*:*
        AmazonAPIGatewayAdministrator apigateway:* @arn:aws:apigateway:*::/*
        AmazonAPIGatewayInvokeFullAccess execute-api:Invoke ManageConnections @arn:aws:execute-api:*:*:*
        AmazonCognitoReadOnly cognito-identity:Describe* Get* List* cognito-idp:Describe* AdminGet* AdminList* List* Get* \
        cognito-sync:Describe* Get* List* iam:ListOpenIdConnectProviders ListRoles sns:ListPlatformApplications
        AmazonBedrockReadOnly bedrock:Get* List*
        AmazonESFullAccess es:*
        service-role/AWSBatchServiceEventTargetRole batch:SubmitJob
        service-role/AmazonEC2ContainerServiceAutoscaleRole ecs:DescribeServices UpdateService | cloudwatch:DescribeAlarms \
        PutMetricAlarm
        service-role/AmazonEC2ContainerServiceRole ec2:AuthorizeSecurityGroupIngress Describe* \
        elasticloadbalancing:DeregisterInstancesFromLoadBalancer DeregisterTargets Describe* \
        RegisterInstancesWithLoadBalancer RegisterTargets
        AWSCodeDeployRoleForLambda cloudwatch:DescribeAlarms lambda:UpdateAlias GetAlias GetProvisionedConcurrencyConfig \
        sns:Publish | s3:GetObject GetObjectVersion @arn:aws:s3:::*/CodeDeploy/* | lambda:InvokeFunction \
        @arn:aws:lambda:*:*:function:CodeDeployHook_*
        service-role/AWSCodeDeployRole autoscaling:CompleteLifecycleAction DeleteLifecycleHook PutLifecycleHook \
        RecordLifecycleActionHeartbeat Describe* UpdateAutoScalingGroup EnableMetricsCollection PutScalingPolicy \
        PutScheduledUpdateGroupAction PutNotificationConfiguration SuspendProcesses ResumeProcesses PutWarmPool \
        ec2:DescribeInstances DescribeInstanceStatus TerminateInstances tag:GetResources sns:Publish \
        cloudwatch:DescribeAlarms PutMetricAlarm elasticloadbalancing:Describe* RegisterInstancesWithLoadBalancer \
        DeregisterInstancesFromLoadBalancer RegisterTargets DeregisterTargets
        AWSSupportAccess support:*
        AmazonElasticFileSystemClientReadWriteAccess elasticfilesystem:ClientMount ClientWrite DescribeMountTargets
        service-role/AWSTransferLoggingAccess logs:CreateLogStream DescribeLogStreams CreateLogGroup PutLogEvents
        service-role/AWSIoTLogging logs:CreateLogGroup CreateLogStream PutLogEvents PutMetricFilter PutRetentionPolicy \
        iot:GetLoggingOptions SetLoggingOptions SetV2LoggingOptions GetV2LoggingOptions SetV2LoggingLevel \
        ListV2LoggingLevels DeleteV2LoggingLevel
        AWSIoTFullAccess iot:* iotjobsdata:*
        service-role/AWSAppRunnerServicePolicyForECRAccess ecr:GetDownloadUrlForLayer BatchCheckLayerAvailability \
        BatchGetImage DescribeImages GetAuthorizationToken
        service-role/AWSElasticBeanstalkEnhancedHealth elasticloadbalancing:DescribeInstanceHealth DescribeLoadBalancers \
        DescribeTargetHealth ec2:DescribeInstances DescribeInstanceStatus GetConsoleOutput AssociateAddress \
        DescribeAddresses DescribeSecurityGroups sqs:GetQueueAttributes GetQueueUrl autoscaling:DescribeAutoScalingGroups \
        DescribeAutoScalingInstances DescribeScalingActivities DescribeNotificationConfigurations sns:Publish
        AWSElasticBeanstalkWebTier s3:Get* List* PutObject @arn:aws:s3:::elasticbeanstalk-* \
        @arn:aws:s3:::elasticbeanstalk-*/* | xray:PutTraceSegments PutTelemetryRecords GetSamplingRules GetSamplingTargets \
        GetSamplingStatisticSummaries | logs:PutLogEvents CreateLogStream DescribeLogStreams DescribeLogGroups \
        @arn:aws:logs:*:*:log-group:/aws/elasticbeanstalk* | elasticbeanstalk:PutInstanceStatistics \
        @arn:aws:elasticbeanstalk:*:*:application/* @arn:aws:elasticbeanstalk:*:*:environment/*
        AWSElasticBeanstalkMulticontainerDocker ecs:Poll StartTask StopTask DiscoverPollEndpoint StartTelemetrySession \
        RegisterContainerInstance DeregisterContainerInstance DescribeContainerInstances Submit* DescribeTasks
        AWSAccountManagementFullAccess account:*
        AmazonPollyFullAccess polly:*
        AmazonRekognitionFullAccess rekognition:*
        AmazonTextractFullAccess textract:*
        AmazonTranscribeFullAccess transcribe:* | s3:GetObject @arn:aws:s3:::*transcribe*
        ComprehendFullAccess comprehend:* iam:ListRoles GetRole s3:ListAllMyBuckets ListBucket GetBucketLocation
        TranslateFullAccess translate:* comprehend:DetectDominantLanguage cloudwatch:GetMetricStatistics ListMetrics \
        s3:ListAllMyBuckets ListBucket GetBucketLocation iam:ListRoles GetRole
        AmazonPrometheusRemoteWriteAccess aps:RemoteWrite
        AmazonPrometheusFullAccess aps:*
        AWSDirectConnectFullAccess directconnect:* ec2:DescribeVpnGateways DescribeTransitGateways
        AmazonSSMPatchAssociation ssm:DescribeEffectivePatchesForPatchBaseline GetPatchBaseline
        AmazonSSMDirectoryServiceAccess ds:CreateComputer DescribeDirectories
        IAMAccessAnalyzerReadOnlyAccess access-analyzer:CheckAccessNotGranted CheckNoNewAccess CheckNoPublicAccess Get* \
        List* ValidatePolicy
        """
}
