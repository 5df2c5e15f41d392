/// Service-linked roles of services that Tarn does not have, which templates make beforehand
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html). Each line: the
/// service, with a star where its role takes a suffix; the role's name behind `AWSServiceRoleFor`; its policy.
extension ServiceLinkedRoles {
    static let further: [String: Template] = {
        var all: [String: Template] = [:]
        for line in furtherLines.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 3 else { continue }
            let takesSuffix = words[0].hasSuffix("*")
            all[(takesSuffix ? String(words[0].dropLast()) : words[0]) + ".amazonaws.com"] = Template(
                name: "AWSServiceRoleFor" + words[1], policy: words[2], takesSuffix: takesSuffix)
        }
        return all
    }()

    private static let furtherLines = """
        access-analyzer AccessAnalyzer AccessAnalyzerServiceRolePolicy
        acm CertificateManager CertificateManagerServiceRolePolicy
        appstream.application-autoscaling ApplicationAutoScaling_AppStreamFleet AWSApplicationAutoscalingAppStreamFleetPolicy
        aps AmazonPrometheusScraper AmazonPrometheusScraperServiceRolePolicy
        backup Backup AWSServiceRolePolicyForBackupRestore
        batch Batch BatchServiceRolePolicy
        cloud9 AWSCloud9 AWSCloud9ServiceRolePolicy
        codestar-notifications CodeStarNotifications AWSCodeStarNotificationsServiceRolePolicy
        config Config AWSConfigServiceRolePolicy
        connect* AmazonConnect AmazonConnectServiceLinkedRolePolicy
        custom-resource.application-autoscaling ApplicationAutoScaling_CustomResource AWSApplicationAutoScalingCustomResourcePolicy
        dax DAX DynamoDBAcceleratorServiceRolePolicy
        delivery.logs LogDelivery AWSLogDeliveryServiceRolePolicy
        ec2.application-autoscaling ApplicationAutoScaling_EC2SpotFleetRequest AWSApplicationAutoscalingEC2SpotFleetRequestPolicy
        ec2fleet EC2Fleet AWSEC2FleetServiceRolePolicy
        ecs.application-autoscaling ApplicationAutoScaling_ECSService AWSApplicationAutoscalingECSServicePolicy
        eks-fargate AmazonEKSForFargate AmazonEKSForFargateServiceRolePolicy
        eks-nodegroup AmazonEKSNodegroup AWSServiceRoleForAmazonEKSNodegroup
        elasticbeanstalk ElasticBeanstalk AWSElasticBeanstalkServiceRolePolicy
        elasticfilesystem AmazonElasticFileSystem AmazonElasticFileSystemServiceRolePolicy
        elasticloadbalancing ElasticLoadBalancing AWSElasticLoadBalancingServiceRolePolicy
        elasticmapreduce.application-autoscaling ApplicationAutoScaling_EMRInstanceGroup AWSApplicationAutoscalingEMRInstanceGroupPolicy
        fms FMS FMSServiceRolePolicy
        fsx AmazonFSx AmazonFSxServiceRolePolicy
        globalaccelerator GlobalAccelerator AWSGlobalAcceleratorSLRPolicy
        grafana AmazonGrafana AmazonGrafanaServiceLinkedRolePolicy
        guardduty AmazonGuardDuty AmazonGuardDutyServiceRolePolicy
        inspector2 AmazonInspector2 AmazonInspector2ServiceRolePolicy
        kafka.application-autoscaling ApplicationAutoScaling_KafkaCluster AWSApplicationAutoscalingKafkaClusterPolicy
        kafkaconnect KafkaConnect KafkaConnectServiceRolePolicy
        lambda.application-autoscaling ApplicationAutoScaling_LambdaConcurrency AWSApplicationAutoscalingLambdaConcurrencyPolicy
        lex LexBots AmazonLexBotPolicy
        lexv2* LexV2Bots AmazonLexV2BotPolicy
        logger.cloudfront CloudFrontLogger AWSCloudFrontLogger
        mq AmazonMQ AmazonMQServiceRolePolicy
        ops.apigateway APIGateway APIGatewayServiceRolePolicy
        rds.application-autoscaling ApplicationAutoScaling_RDSCluster AWSApplicationAutoscalingRDSClusterPolicy
        replicator.lambda LambdaReplicator AWSLambdaReplicator
        sagemaker.application-autoscaling ApplicationAutoScaling_SageMakerEndpoint AWSApplicationAutoscalingSageMakerEndpointPolicy
        securityhub SecurityHub AWSSecurityHubServiceRolePolicy
        servicequotas ServiceQuotas ServiceQuotasServiceRolePolicy
        spot EC2Spot AWSEC2SpotServiceRolePolicy
        spotfleet EC2SpotFleet AWSEC2SpotFleetServiceRolePolicy
        sso SSO AWSSSOServiceRolePolicy
        support Support AWSSupportServiceRolePolicy
        transitgateway VPCTransitGateway AWSVPCTransitGatewayServiceRolePolicy
        trustedadvisor TrustedAdvisor AWSTrustedAdvisorServiceRolePolicy
        wafv2 WAFV2Logging WAFV2LoggingServiceRolePolicy
        """
}
