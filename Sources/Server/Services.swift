import ApplicationAutoScaling
import Athena
import CloudTrail
import CloudWatchLogs
import DynamoDB
import EventBridge
import Firehose
import Glue
import IAM
import KMS
import Kernel
import Kinesis
import Lambda
import Organizations
import Pipes
import S3
import SNS
import SQS
import SSM
import SQLEngine
import STS
import Scheduler
import SecretsManager

/// Every service that Tarn has. A new one is added here and nowhere else.
func allServices(tokens: SessionTokens, sns: SNSService = SNSService(), lambda: LambdaService = LambdaService())
    -> [any Service]
{
    let sql = SQLEngine()
    let s3 = S3Service(engine: sql)
    let events = EventBridgeService()
    return [
        s3,
        S3ControlService(s3),
        DynamoDBService(),
        DynamoDBStreamsService(),
        lambda,
        CloudWatchLogsService(),
        GlueService(engine: sql),
        AthenaService(engine: sql),
        IAMService(),
        STSService(tokens: tokens),
        KMSService(),
        SecretsManagerService(),
        SSMService(),
        OrganizationsService(),
        CloudTrailService(),
        SQSService(),
        sns,
        events,
        SchedulerService(),
        KinesisService(),
        FirehoseService(engine: sql),
        ApplicationAutoScalingService(),
        PipesService(destinations: { arn, payload, http, caller, platform in
            try await events.call(destination: arn, payload, http: http, as: caller, answerBytes: 6 << 20, platform)
        }),
    ]
}
