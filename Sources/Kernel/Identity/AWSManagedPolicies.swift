/// The policies that AWS keeps for everybody (https://docs.aws.amazon.com/aws-managed-policy/latest/reference/): those
/// that roles of data services commonly carry. Permissions of services that Tarn lacks are left out.
public enum AWSManagedPolicies {
    /// - Returns: nil for a policy that is not here; attaching it is refused.
    public static func json(_ arn: String) -> String? { all[arn] }

    public static var arns: [String] { all.keys.sorted() }

    private static let all: [String: String] = [
        "arn:aws:iam::aws:policy/AdministratorAccess": allow("*"),
        "arn:aws:iam::aws:policy/AmazonS3FullAccess": allow("s3:*", "s3-object-lambda:*"),
        "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess": allow("s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*"),
        "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess": allow("dynamodb:*"),
        "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess": allow(
            "dynamodb:BatchGetItem", "dynamodb:Describe*", "dynamodb:List*", "dynamodb:GetItem", "dynamodb:GetRecords",
            "dynamodb:GetShardIterator", "dynamodb:Query", "dynamodb:Scan"),
        "arn:aws:iam::aws:policy/AmazonAthenaFullAccess": allow(
            "athena:*", "glue:*Database*", "glue:*Table*", "glue:*Partition*", "s3:GetBucketLocation", "s3:GetObject",
            "s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload",
            "s3:CreateBucket", "s3:PutObject", "s3:ListAllMyBuckets"),
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole": allow(
            "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
        "arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole": allow(
            "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
            "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
        "arn:aws:iam::aws:policy/AWSLambda_FullAccess": allow(
            "lambda:*", "logs:DescribeLogGroups", "iam:GetRole", "iam:ListRoles"),
        "arn:aws:iam::aws:policy/CloudWatchLogsFullAccess": allow("logs:*"),
        "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole": """
        {"Version":"2012-10-17","Statement":[\
        {"Effect":"Allow","Action":["glue:*","s3:GetBucketLocation","s3:ListBucket","s3:ListAllMyBuckets","s3:GetBucketAcl",\
        "iam:ListRolePolicies","iam:GetRole","iam:GetRolePolicy","cloudwatch:PutMetricData"],"Resource":["*"]},\
        {"Effect":"Allow","Action":["s3:CreateBucket"],"Resource":["arn:aws:s3:::aws-glue-*"]},\
        {"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],\
        "Resource":["arn:aws:s3:::aws-glue-*/*","arn:aws:s3:::*/*aws-glue-*/*"]},\
        {"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::crawler-public*","arn:aws:s3:::aws-glue-*"]},\
        {"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],\
        "Resource":["arn:aws:logs:*:*:*:/aws-glue/*"]}]}
        """,
    ]

    /// One statement that allows `actions` everywhere.
    private static func allow(_ actions: String...) -> String {
        let list = actions.map { "\"\($0)\"" }.joined(separator: ",")
        return #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[\#(list)],"Resource":"*"}]}"#
    }
}
