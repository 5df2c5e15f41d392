import Athena
import CloudWatchLogs
import DynamoDB
import Glue
import IAM
import Kernel
import Lambda
import S3
import STS

/// Every service that Tarn has. A new one is added here and nowhere else.
func allServices(tokens: SessionTokens) -> [any Service] {
    [
        S3Service(),
        DynamoDBService(),
        DynamoDBStreamsService(),
        LambdaService(),
        CloudWatchLogsService(),
        GlueService(),
        AthenaService(),
        IAMService(),
        STSService(tokens: tokens),
    ]
}
