/// What AWS writes about its operations in CloudTrail, where it does not follow from the API model.
///
/// Data events: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html and the
/// "Logging with CloudTrail" page of each service.
enum AuditTables {
    /// Operations on the contents of a resource, by service: the `resources.type` of the event and the operations.
    private static let contents: [(service: String, type: String, operations: String)] = [
        (
            "s3", "AWS::S3::Object",
            """
            AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload DeleteObject DeleteObjectTagging \
            DeleteObjects GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging \
            GetObjectTorrent HeadBucket HeadObject ListMultipartUploads ListObjectVersions ListObjects ListObjectsV2 ListParts \
            PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging RenameObject RestoreObject \
            SelectObjectContent UpdateObjectEncryption UploadPart UploadPartCopy WriteGetObjectResponse
            """
        ),
        (
            "dynamodb", "AWS::DynamoDB::Table",
            """
            BatchExecuteStatement BatchGetItem BatchWriteItem DeleteItem ExecuteStatement ExecuteTransaction GetItem PutItem \
            Query Scan TransactGetItems TransactWriteItems UpdateItem
            """
        ),
        ("dynamodbstreams", "AWS::DynamoDB::Stream", "GetRecords GetShardIterator"),
        ("lambda", "AWS::Lambda::Function", "Invoke InvokeAsync InvokeWithResponseStream"),
        ("sns", "AWS::SNS::Topic", "Publish PublishBatch"),
        (
            "sqs", "AWS::SQS::Queue",
            """
            ChangeMessageVisibility ChangeMessageVisibilityBatch DeleteMessage DeleteMessageBatch ReceiveMessage SendMessage \
            SendMessageBatch
            """
        ),
        ("kinesis", "AWS::Kinesis::Stream", "GetRecords GetShardIterator PutRecord PutRecords SubscribeToShard"),
        ("firehose", "AWS::KinesisFirehose::DeliveryStream", "PutRecord PutRecordBatch"),
        ("logs", "AWS::Logs::LogStream", "FilterLogEvents GetLogEvents GetLogRecord PutLogEvents"),
        ("events", "AWS::Events::EventBus", "PutEvents PutPartnerEvents"),
        ("cloudwatch", "AWS::CloudWatch::Metric", "GetMetricData GetMetricStatistics GetMetricWidgetImage PutMetricData"),
        ("xray", "AWS::XRay::Trace", "GetTraceSummaries PutTelemetryRecords PutTraceSegments"),
        ("stepfunctions", "AWS::StepFunctions::StateMachine", "StartSyncExecution"),
    ]

    static let dataEvents: [String: [String: String]] = Dictionary(
        uniqueKeysWithValues: contents.map { entry in
            (entry.service, Dictionary(uniqueKeysWithValues: words(entry.operations).map { ($0, entry.type) }))
        })

    /// Operations that only read, though their names don't say so. Using a key or a role counts as reading.
    private static let reads: [String: Set<String>] = [
        "kms": [
            "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
            "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GenerateRandom", "DeriveSharedSecret", "ReEncrypt", "Sign",
            "Verify", "VerifyMac",
        ],
        "sts": [
            "AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "DecodeAuthorizationMessage",
        ],
        "dynamodb": ["Query", "Scan", "TransactGetItems"],
        "sqs": ["ReceiveMessage"],
        "kinesis": ["SubscribeToShard"],
    ]
    private static let readingVerbs = [
        "Get", "List", "Describe", "Head", "Lookup", "Search", "BatchGet", "Select", "Simulate", "Check", "Filter", "Validate",
        "Test", "Preview", "Detect", "View", "Estimate", "Evaluate", "Scan", "Query",
    ]

    static func isReadOnly(_ service: String, _ operation: String) -> Bool {
        if reads[service]?.contains(operation) == true { return true }
        return readingVerbs.contains { verb in
            guard operation.hasPrefix(verb) else { return false }
            // `Testify` is not `Test`.
            return operation.dropFirst(verb.count).first.map { $0.isUppercase || $0.isNumber } ?? true
        }
    }

    /// Reading operations whose answers are recorded all the same.
    static func showsResponse(_ service: String, _ operation: String) -> Bool {
        service == "sts" && operation.hasPrefix("Assume")
    }

    /// Members that hold secrets or payloads, beyond what the API model calls sensitive, by service.
    static let secrets: [String: Set<String>] = [
        "athena": ["QueryString", "QueryStatement", "ExecutionParameters"],
        "events": ["Detail"],
        "glue": ["ConnectionProperties"],
        "iam": ["Password", "NewPassword", "OldPassword", "PrivateKey"],
        // It may be under a customer's key.
        "lambda": ["FilterCriteria"],
        "scheduler": ["Input"],
        "sns": ["Message", "Subject", "MessageAttributes", "PlatformCredential", "PlatformPrincipal", "OneTimePassword"],
        "sqs": ["MessageBody", "MessageAttributes", "MessageSystemAttributes"],
        "ssm": ["Value"],
        "sts": ["SessionToken", "SAMLAssertion", "WebIdentityToken", "DecodedMessage"],
    ]

    /// Members that are left out altogether: too large, or nothing but payload.
    static let omitted: [String: Set<String>] = [
        "logs": ["logEvents"],
        "dynamodb": ["ExpressionAttributeValues", "ExclusiveStartKey", "TransactItems", "Statements", "TransactStatements"],
    ]

    /// Members that the model calls sensitive and CloudTrail shows.
    static let shown: [String: Set<String>] = [
        "s3": ["SSEKMSKeyId"],
        "firehose": ["RoleARN"],
    ]

    /// Events that have another name than their operation.
    private static let names: [String: [String: String]] = [
        "s3": [
            "ListObjectsV2": "ListObjects", "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
            "GetBucketLifecycleConfiguration": "GetBucketLifecycle", "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
            "GetPublicAccessBlock": "GetBucketPublicAccessBlock", "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
            "PutBucketNotificationConfiguration": "PutBucketNotification",
            "GetBucketNotificationConfiguration": "GetBucketNotification",
        ]
    ]
    /// Lambda's second forms (https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html).
    private static let lambdaSecond: Set<String> = [
        "AddPermission", "GetFunction", "GetFunctionConfiguration", "GetPolicy", "RemovePermission", "UpdateFunctionCode",
        "UpdateFunctionConfiguration",
    ]

    /// - Parameter uri: the operation's URI in the model; Lambda's events carry its date.
    static func name(_ service: String, _ operation: String, uri: String) -> String {
        if let name = names[service]?[operation] { return name }
        guard service == "lambda", dataEvents["lambda"]?[operation] == nil else { return operation }
        let date = uri.split(separator: "/").first?.filter { $0 != "-" } ?? ""
        guard date.utf8.count == 8, date.allSatisfy(\.isNumber) else { return operation }
        return operation + date + (date == "20150331" && lambdaSecond.contains(operation) ? "v2" : "")
    }

    /// Services whose events are all recorded in us-east-1.
    static let globalServices: Set<String> = ["iam", "organizations", "route53", "cloudfront", "account"]
    static let globalRegion = "us-east-1"

    /// The type of a resource by its ARN: `service:kind`, where the kind is what stands before the first `/` or `:`.
    private static let types: [String: String] = [
        "athena:workgroup": "AWS::Athena::WorkGroup", "athena:datacatalog": "AWS::Athena::DataCatalog",
        "cloudtrail:trail": "AWS::CloudTrail::Trail", "dynamodb:table": "AWS::DynamoDB::Table",
        "events:rule": "AWS::Events::Rule", "events:event-bus": "AWS::Events::EventBus",
        "events:archive": "AWS::Events::Archive", "events:connection": "AWS::Events::Connection",
        "events:api-destination": "AWS::Events::ApiDestination", "scheduler:schedule": "AWS::Scheduler::Schedule",
        "scheduler:schedule-group": "AWS::Scheduler::ScheduleGroup",
        "firehose:deliverystream": "AWS::KinesisFirehose::DeliveryStream", "glue:crawler": "AWS::Glue::Crawler",
        "glue:database": "AWS::Glue::Database", "glue:table": "AWS::Glue::Table", "glue:job": "AWS::Glue::Job",
        "iam:group": "AWS::IAM::Group", "iam:instance-profile": "AWS::IAM::InstanceProfile",
        "iam:policy": "AWS::IAM::Policy", "iam:role": "AWS::IAM::Role", "iam:user": "AWS::IAM::User",
        "kinesis:stream": "AWS::Kinesis::Stream", "kms:alias": "AWS::KMS::Alias", "kms:key": "AWS::KMS::Key",
        "lambda:function": "AWS::Lambda::Function", "lambda:event-source-mapping": "AWS::Lambda::EventSourceMapping",
        "logs:log-group": "AWS::Logs::LogGroup", "secretsmanager:secret": "AWS::SecretsManager::Secret",
        "ssm:parameter": "AWS::SSM::Parameter", "states:stateMachine": "AWS::StepFunctions::StateMachine",
    ]

    static func type(of arn: ARN) -> String? {
        switch arn.service {
        case "s3":
            if !arn.account.isEmpty { return "AWS::S3::AccessPoint" }
            return arn.resource.contains("/") ? "AWS::S3::Object" : "AWS::S3::Bucket"
        case "s3-object-lambda": return "AWS::S3ObjectLambda::AccessPoint"
        case "sns": return "AWS::SNS::Topic"
        case "sqs": return "AWS::SQS::Queue"
        case "dynamodb" where arn.resource.contains("/stream/"): return "AWS::DynamoDB::Stream"
        case let service:
            let kind = arn.resource.prefix { $0 != "/" && $0 != ":" }
            return types["\(service):\(kind)"]
        }
    }

    private static func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
}
