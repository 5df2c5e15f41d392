import Testing

@testable import Wire

struct HostNameTests {
    static let endpoints: Set = ["dynamodb", "streams.dynamodb", "api.ecr", "iam", "s3", "lambda"]

    @Test(arguments: [
        ("127.0.0.1", nil, nil, nil),
        ("localhost", nil, nil, nil),
        ("s3.us-east-1.amazonaws.com", "s3", nil, "us-east-1"),
        ("s3.amazonaws.com", "s3", nil, nil),
        ("my.bucket.s3.eu-west-1.amazonaws.com", "s3", "my.bucket", "eu-west-1"),
        ("bucket.s3-eu-west-1.amazonaws.com", "s3", "bucket", "eu-west-1"),
        ("bucket.s3.dualstack.us-west-2.amazonaws.com", "s3", "bucket", "us-west-2"),
        ("bucket.s3.localhost", "s3", "bucket", nil),
        ("abc123.mrap.accesspoint.s3-global.amazonaws.com", "s3", "abc123.mrap", nil),
        (
            "point-123456789012.s3-object-lambda.eu-west-1.amazonaws.com", "s3",
            "arn:aws:s3-object-lambda:eu-west-1:123456789012:accesspoint:point", "eu-west-1"
        ),
        ("bucket.s3.localhost.localstack.cloud", "s3", "bucket", nil),
        ("bucket.localhost", nil, "bucket", nil),
        ("dynamodb.us-east-1.amazonaws.com", "dynamodb", nil, "us-east-1"),
        ("streams.dynamodb.us-east-1.amazonaws.com", "streams.dynamodb", nil, "us-east-1"),
        ("api.ecr.us-gov-west-1.amazonaws.com", "api.ecr", nil, "us-gov-west-1"),
        ("iam.amazonaws.com", "iam", nil, nil),
        ("evil-amazonaws.com", nil, nil, nil),
    ])
    func names(name: String, label: String?, bucket: String?, region: String?) {
        let host = HostName(name) { Self.endpoints.contains($0) }
        #expect(host.label == label)
        #expect(host.bucket == bucket)
        #expect(host.region == region)
    }
}
