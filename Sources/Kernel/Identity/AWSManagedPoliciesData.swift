extension AWSManagedPolicies {
    /// Object stores, tables and databases.
    static let storage: [String: String] = [
        "AmazonS3FullAccess": allow("s3:*", "s3-object-lambda:*"),
        "AmazonS3ReadOnlyAccess": allow("s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"),
        "AmazonS3TablesFullAccess": allow("s3tables:*"),
        "AmazonS3TablesReadOnlyAccess": allow("s3tables:Get*", "s3tables:List*"),
        "AmazonS3OutpostsFullAccess": allow("s3-outposts:*"),
        "AmazonDynamoDBFullAccess": allow(
            [
                "dynamodb:*", "dax:*", "application-autoscaling:*ScalableTarget*", "application-autoscaling:*Scaling*",
                "cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms",
                "cloudwatch:DescribeAlarmsForMetric", "cloudwatch:GetMetricStatistics", "cloudwatch:GetMetricData",
                "cloudwatch:ListMetrics", "cloudwatch:PutMetricAlarm", "ec2:DescribeVpcs", "ec2:DescribeSubnets",
                "ec2:DescribeSecurityGroups", "iam:GetRole", "iam:ListRoles", "kms:DescribeKey", "kms:ListAliases",
                "sns:CreateTopic", "sns:DeleteTopic", "sns:ListSubscriptions", "sns:ListSubscriptionsByTopic", "sns:ListTopics",
                "sns:Subscribe", "sns:Unsubscribe", "sns:SetTopicAttributes", "lambda:CreateFunction", "lambda:ListFunctions",
                "lambda:ListEventSourceMappings", "lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping",
                "lambda:GetFunctionConfiguration", "lambda:DeleteFunction", "resource-groups:ListGroups",
                "resource-groups:ListGroupResources", "resource-groups:GetGroup", "resource-groups:GetGroupQuery",
                "resource-groups:DeleteGroup", "resource-groups:CreateGroup", "tag:GetResources", "kinesis:ListStreams",
                "kinesis:DescribeStream", "kinesis:DescribeStreamSummary",
            ], passingRolesTo: ["application-autoscaling.amazonaws.com", "dax.amazonaws.com"]),
        "AmazonDynamoDBReadOnlyAccess": allow(
            "application-autoscaling:Describe*", "cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms",
            "cloudwatch:DescribeAlarmsForMetric", "cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics",
            "cloudwatch:GetMetricData", "dynamodb:BatchGetItem", "dynamodb:Describe*", "dynamodb:List*", "dynamodb:GetAbacStatus",
            "dynamodb:GetItem", "dynamodb:GetResourcePolicy", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PartiQLSelect",
            "dax:Describe*", "dax:List*", "dax:GetItem", "dax:BatchGetItem", "dax:Query", "dax:Scan", "iam:GetRole",
            "iam:ListRoles", "kms:DescribeKey", "kms:ListAliases", "sns:ListSubscriptionsByTopic", "sns:ListTopics",
            "lambda:ListFunctions", "lambda:ListEventSourceMappings", "lambda:GetFunctionConfiguration", "tag:GetResources",
            "kinesis:ListStreams", "kinesis:DescribeStream", "kinesis:DescribeStreamSummary"),
        "AmazonDynamoDBFullAccess_v2": allow(
            "dynamodb:*", "application-autoscaling:*", "cloudwatch:*Alarm*", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics",
            "iam:ListRoles", "kms:DescribeKey", "kms:ListAliases", "kinesis:DescribeStream", "kinesis:ListStreams"),
        "AmazonRDSFullAccess": allow(
            "rds:*", "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricStatistics", "cloudwatch:GetMetricData", "ec2:Describe*",
            "logs:DescribeLogStreams", "logs:GetLogEvents", "pi:*", "sns:ListSubscriptions", "sns:ListTopics", "sns:Publish"),
        "AmazonRDSReadOnlyAccess": allow(
            "rds:Describe*", "rds:ListTagsForResource", "ec2:Describe*", "cloudwatch:GetMetricStatistics",
            "cloudwatch:GetMetricData", "logs:DescribeLogStreams", "logs:GetLogEvents"),
        "AmazonRDSDataFullAccess": allow(
            "rds-data:*", "secretsmanager:CreateSecret", "secretsmanager:ListSecrets", "secretsmanager:GetRandomPassword",
            "tag:GetResources"),
        "AmazonElastiCacheFullAccess": allow("elasticache:*"),
        "AmazonElastiCacheReadOnlyAccess": allow("elasticache:Describe*"),
        "AWSBackupFullAccess": allow("backup:*", "backup-storage:*"),
        "AmazonElasticFileSystemFullAccess": allow("elasticfilesystem:*"),
    ]

    /// Catalogs, queries and warehouses.
    static let analytics: [String: String] = [
        "AmazonAthenaFullAccess": allow([
            (["athena:*"], ["*"]),
            (
                [
                    "glue:CreateDatabase", "glue:DeleteDatabase", "glue:GetCatalog", "glue:GetCatalogs", "glue:GetDatabase",
                    "glue:GetDatabases", "glue:UpdateDatabase", "glue:CreateTable", "glue:DeleteTable", "glue:BatchDeleteTable",
                    "glue:UpdateTable", "glue:GetTable", "glue:GetTables", "glue:BatchCreatePartition", "glue:CreatePartition",
                    "glue:DeletePartition", "glue:BatchDeletePartition", "glue:UpdatePartition", "glue:GetPartition",
                    "glue:GetPartitions", "glue:BatchGetPartition", "glue:StartColumnStatisticsTaskRun",
                    "glue:GetColumnStatisticsTaskRun", "glue:GetColumnStatisticsTaskRuns", "glue:GetCatalogImportStatus",
                ], ["*"]
            ),
            (
                [
                    "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket", "s3:ListBucketMultipartUploads",
                    "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload", "s3:CreateBucket", "s3:PutObject",
                    "s3:PutBucketPublicAccessBlock",
                ], ["arn:aws:s3:::aws-athena-query-results-*", "arn:aws:s3:::aws-athena-query-results-*/*"]
            ), (["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::athena-examples*"]),
            (["s3:ListBucket", "s3:GetBucketLocation", "s3:ListAllMyBuckets"], ["*"]),
            (
                [
                    "sns:ListTopics", "sns:GetTopicAttributes", "cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms",
                    "cloudwatch:DeleteAlarms", "cloudwatch:GetMetricData", "lakeformation:GetDataAccess", "datazone:ListDomains",
                    "pricing:GetProducts",
                ], ["*"]
            ),
        ]),
        "AWSQuicksightAthenaAccess": allow(
            "athena:BatchGetQueryExecution", "athena:CancelQueryExecution", "athena:GetCatalogs", "athena:GetExecutionEngine",
            "athena:GetExecutionEngines", "athena:GetNamespace", "athena:GetNamespaces", "athena:GetQueryExecution",
            "athena:GetQueryExecutions", "athena:GetQueryResults", "athena:GetQueryResultsStream", "athena:GetTable",
            "athena:GetTables", "athena:ListQueryExecutions", "athena:RunQuery", "athena:StartQueryExecution",
            "athena:StopQueryExecution", "athena:ListWorkGroups", "athena:GetWorkGroup", "athena:ListDataCatalogs",
            "athena:GetDataCatalog", "athena:ListDatabases", "athena:GetDatabase", "athena:ListTableMetadata",
            "athena:GetTableMetadata", "glue:*Database*", "glue:*Table*", "glue:*Partition*", "lakeformation:GetDataAccess"),
        "AWSGlueConsoleFullAccess": allow(
            [
                "glue:*", "redshift:DescribeClusters", "redshift:DescribeClusterSubnetGroups", "iam:ListRoles", "iam:ListUsers",
                "iam:ListGroups", "iam:ListRolePolicies", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies",
                "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs", "ec2:DescribeVpcEndpoints",
                "ec2:DescribeRouteTables", "ec2:DescribeVpcAttribute", "ec2:DescribeKeyPairs", "ec2:DescribeInstances",
                "ec2:DescribeImages", "rds:DescribeDBInstances", "rds:DescribeDBClusters", "rds:DescribeDBSubnetGroups",
                "s3:ListAllMyBuckets", "s3:ListBucket", "s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetObject", "s3:PutObject",
                "s3:CreateBucket", "cloudformation:ListStacks", "cloudformation:DescribeStacks",
                "cloudformation:GetTemplateSummary", "dynamodb:ListTables", "kms:ListAliases", "kms:DescribeKey",
                "cloudwatch:GetMetricData", "cloudwatch:ListDashboards", "databrew:ListRecipes", "logs:GetLogEvents",
                "tag:GetResources",
            ], passingRolesTo: ["glue.amazonaws.com", "ec2.amazonaws.com"],
            named: [
                "arn:aws:iam::*:role/AWSGlueServiceRole*", "arn:aws:iam::*:role/AWSGlueServiceNotebookRole*",
                "arn:aws:iam::*:role/service-role/AWSGlueServiceRole*",
            ]),
        "AWSGlueConsoleSageMakerNotebookFullAccess": allow(
            "glue:*", "sagemaker:*Notebook*", "iam:ListRoles", "s3:ListAllMyBuckets", "s3:ListBucket"),
        "AWSGlueDataBrewFullAccessPolicy": allow(
            "databrew:*", "glue:GetDatabases", "glue:GetTable*", "s3:ListAllMyBuckets", "s3:ListBucket", "iam:ListRoles",
            "kms:DescribeKey", "kms:ListKeys", "kms:ListAliases"),
        "AWSGlueSchemaRegistryFullAccess": allow("glue:*Schema*", "glue:*Registry", "glue:ListRegistries"),
        "AWSGlueSchemaRegistryReadonlyAccess": allow(
            "glue:GetRegistry", "glue:ListRegistries", "glue:GetSchema", "glue:ListSchemas", "glue:GetSchemaByDefinition",
            "glue:GetSchemaVersion", "glue:ListSchemaVersions", "glue:GetSchemaVersionsDiff", "glue:CheckSchemaVersionValidity",
            "glue:QuerySchemaVersionMetadata", "glue:GetTags"),
        "AWSLakeFormationDataAdmin": document([
            statement(
                [
                    "lakeformation:*", "cloudtrail:DescribeTrails", "cloudtrail:LookupEvents", "glue:CreateCatalog",
                    "glue:GetDatabase", "glue:GetDatabases", "glue:CreateDatabase", "glue:UpdateDatabase", "glue:DeleteDatabase",
                    "glue:GetConnections", "glue:SearchTables", "glue:GetTable", "glue:CreateTable", "glue:UpdateTable",
                    "glue:DeleteTable", "glue:GetTableVersions", "glue:GetPartitions", "glue:GetTables", "glue:ListWorkflows",
                    "glue:BatchGetWorkflows", "glue:GetWorkflow", "s3:ListBucket", "s3:GetBucketLocation", "s3:ListAllMyBuckets",
                    "s3:GetBucketAcl", "iam:ListUsers", "iam:ListRoles", "iam:GetRole", "iam:GetRolePolicy",
                ], on: ["*"]), statement(["lakeformation:PutDataLakeSettings"], on: ["*"], effect: "Deny"),
        ]),
        "AmazonRedshiftFullAccess": allow(
            "redshift:*", "redshift-serverless:*", "redshift-data:*", "ec2:Describe*", "sns:CreateTopic", "sns:Get*", "sns:List*",
            "cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*", "cloudwatch:PutMetricAlarm",
            "cloudwatch:EnableAlarmActions", "cloudwatch:DisableAlarmActions", "tag:GetResources"),
        "AmazonRedshiftReadOnlyAccess": allow(
            "redshift:Describe*", "redshift:ListRecommendations", "redshift:ViewQueriesInConsole", "ec2:Describe*", "sns:Get*",
            "sns:List*", "cloudwatch:Describe*", "cloudwatch:List*", "cloudwatch:Get*"),
        "AmazonRedshiftDataFullAccess": allow([
            (
                [
                    "redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement", "redshift-data:CancelStatement",
                    "redshift-data:ListStatements", "redshift-data:GetStatementResult", "redshift-data:GetStatementResultV2",
                    "redshift-data:DescribeStatement", "redshift-data:ListDatabases", "redshift-data:ListSchemas",
                    "redshift-data:ListTables", "redshift-data:DescribeTable",
                ], ["*"]
            ), (["secretsmanager:GetSecretValue"], ["arn:aws:secretsmanager:*:*:secret:*"]),
            (
                ["redshift:GetClusterCredentialsWithIAM", "redshift:DescribeClusters", "redshift-serverless:GetCredentials"],
                ["*"]
            ),
            (
                ["redshift:GetClusterCredentials"],
                ["arn:aws:redshift:*:*:dbname:*/*", "arn:aws:redshift:*:*:dbuser:*/redshift_data_api_user"]
            ),
        ]),
        "AmazonRedshiftQueryEditorV2FullAccess": allow(
            "sqlworkbench:*", "redshift:DescribeClusters", "redshift-serverless:ListNamespaces",
            "redshift-serverless:ListWorkgroups", "redshift-serverless:GetNamespace", "redshift-serverless:GetWorkgroup",
            "kms:DescribeKey", "kms:ListAliases", "secretsmanager:CreateSecret", "secretsmanager:GetSecretValue",
            "secretsmanager:DeleteSecret", "secretsmanager:TagResource", "tag:GetResources"),
        "AmazonRedshiftQueryEditor": allow(
            "redshift:GetClusterCredentials", "redshift:ListSchemas", "redshift:ListTables", "redshift:ListDatabases",
            "redshift:ExecuteQuery", "redshift:FetchResults", "redshift:CancelQuery", "redshift:DescribeClusters",
            "redshift:DescribeQuery", "redshift:DescribeTable", "redshift:ViewQueriesFromConsole",
            "redshift:DescribeSavedQueries", "redshift:CreateSavedQuery", "redshift:DeleteSavedQueries",
            "redshift:ModifySavedQuery", "redshift-data:*"),
        "AmazonEMRFullAccessPolicy_v2": allow(
            [
                "elasticmapreduce:*", "s3:ListAllMyBuckets", "s3:ListBucket", "s3:GetBucketLocation",
                "s3:GetEncryptionConfiguration", "ec2:Describe*", "iam:ListRoles", "iam:ListInstanceProfiles",
                "cloudwatch:GetMetricStatistics",
            ], passingRolesTo: ["elasticmapreduce.amazonaws.com", "ec2.amazonaws.com"]),
        "AmazonEMRReadOnlyAccessPolicy_v2": allow(
            "elasticmapreduce:Describe*", "elasticmapreduce:List*", "elasticmapreduce:GetBlockPublicAccessConfiguration",
            "elasticmapreduce:ViewEventsFromAllClustersInConsole", "cloudwatch:GetMetricStatistics", "s3:GetObject",
            "s3:ListAllMyBuckets", "s3:ListBucket", "sdb:Select"),
        "AmazonOpenSearchServiceFullAccess": allow("es:*"),
        "AmazonOpenSearchServiceReadOnlyAccess": allow("es:Describe*", "es:List*", "es:Get*"),
        "AmazonTimestreamFullAccess": allow("timestream:*", "kms:DescribeKey", "s3:ListAllMyBuckets"),
        "AWSDataExchangeFullAccess": allow("dataexchange:*"),
        "AmazonMWAAFullConsoleAccess": allow("airflow:*"),
        "AmazonSageMakerFullAccess": allow(
            "sagemaker:*", "ecr:Get*", "ecr:BatchGetImage", "logs:*", "cloudwatch:*", "s3:GetObject", "s3:PutObject",
            "s3:DeleteObject", "s3:ListBucket", "s3:ListAllMyBuckets", "iam:ListRoles"),
    ]
}
