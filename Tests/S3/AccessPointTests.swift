import Documents
import Kernel
import TestSupport
import Testing

@testable import S3

/// Names, ARNs and aliases of access points, and what a bucket leaves to them.
@Suite struct AccessPointTests {
    @Test(arguments: [
        ("plain-bucket", nil),
        ("name-metadata-s3alias", AccessPointReference.alias("name-metadata-s3alias")),
        ("name-metadata--ol-s3", .objectLambdaAlias("name-metadata--ol-s3")),
        ("abc.mrap", .multiRegion("abc.mrap", account: nil)),
        (
            "arn:aws:s3:eu-west-1:123456789012:accesspoint/point",
            .place(name: "point", account: "123456789012", region: "eu-west-1")
        ),
        (
            "arn:aws:s3:eu-west-1:123456789012:accesspoint:point",
            .place(name: "point", account: "123456789012", region: "eu-west-1")
        ),
        (
            "arn:aws:s3-object-lambda:eu-west-1:123456789012:accesspoint/point",
            .objectLambda(name: "point", account: "123456789012", region: "eu-west-1")
        ),
        ("arn:aws:s3::123456789012:accesspoint/abc.mrap", .multiRegion("abc.mrap", account: "123456789012")),
    ])
    func whatNamesAnAccessPoint(text: String, reference: AccessPointReference?) throws {
        #expect(try AccessPointReference(text) == reference)
    }

    @Test(arguments: [
        "arn:aws:s3:::bucket", "arn:aws:s3:::bucket/key", "arn:aws:sqs:us-east-1:123456789012:queue", "arn:aws:s3",
        "arn:aws:s3:us-east-1:1234:accesspoint/point", "arn:aws:s3:us-east-1:123456789012:accesspoint/Upper",
        "arn:aws:s3:us-east-1:123456789012:accesspoint/point/object/key", "arn:aws:s3:us-east-1:123456789012:bucket/point",
        "arn:aws:s3::123456789012:accesspoint/point", "arn:aws:s3-object-lambda::123456789012:accesspoint/abc.mrap",
        "arn:aws:s3:us-east-1:123456789012:accesspoint/",
    ])
    func whatIsNoAccessPoint(text: String) {
        #expect(throws: AccessPointFault.self) { try AccessPointReference(text) }
    }

    @Test(arguments: [
        ("abc", true), ("a1-b2", true), ("9to5", true), ("ab", false), ("-ab", false), ("ab-", false), ("Abc", false),
        ("a.bc", false), ("a_bc", false), ("abc-s3alias", false), ("abc--ol-s3", false), ("xn--abc", false),
        (String(repeating: "a", count: 50), true), (String(repeating: "a", count: 51), false), ("naïve", false), ("", false),
    ])
    func names(name: String, isValid: Bool) {
        #expect(AccessPointName.isValid(name) == isValid)
    }

    @Test(arguments: ["abc", String(repeating: "a", count: 50), "a---------------------b"])
    func aliasesAreNamesThatBucketsCouldHave(name: String) {
        for suffix in ["-s3alias", AccessPointName.objectLambdaSuffix] {
            let alias = AccessPointName.alias(of: name, suffix: suffix)
            #expect(alias.utf8.count <= 63 && alias.hasSuffix(suffix) && alias.first == "a")
            #expect(alias.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) || $0 == UInt8(ascii: "-") })
            #expect(alias != AccessPointName.alias(of: name, suffix: suffix))
        }
    }

    @Test(arguments: [
        ("point-123456789012", "point"), ("a-b-c-123456789012", "a-b-c"), ("123456789012", nil), ("point123456789012", nil),
        ("point-12345678901x", nil), ("Upper-123456789012", nil), ("-123456789012", nil),
    ])
    func labels(label: String, name: String?) {
        let expected = name.map { AccessPointReference.place(name: $0, account: "123456789012", region: "us-east-1") }
        #expect(AccessPointReference.label(label, region: "us-east-1") == expected)
    }

    private static let user: Caller = Caller(
        .user, account: "000000000000", arn: "arn:aws:iam::000000000000:user/reader", principalID: TestPlatform.userID("reader"))

    private static func policy(_ resource: String, condition: String = "") -> Document {
        .string(
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"\#(user.arn)"},"#
                + #""Action":"s3:GetObject","Resource":"\#(resource)"\#(condition)}]}"#)
    }

    /// An access point's policy counts where the bucket leaves it to the access points of an account, and there alone.
    @Test func delegation() async throws {
        let s3 = S3Service()
        try await TestPlatform.with([s3, S3ControlService(s3)]) { tarn in
            let account = "000000000000"
            try await tarn.keepPrincipals(Self.user.arn)
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            _ = try await tarn.s3("PutObject", ["Bucket": "lake", "Key": "k"], body: [1])
            let made = try await tarn.call(
                "s3control", "CreateAccessPoint", ["AccountId": .string(account), "Name": "door", "Bucket": "lake"])
            let arn = try #require(made["AccessPointArn"]?.string)
            let read: @Sendable (String) async -> String = { bucket in
                await tarn.code {
                    _ = try await tarn.call("s3", "GetObject", ["Bucket": .string(bucket), "Key": "k"], as: Self.user)
                }
            }
            #expect(await read(arn) == "AccessDenied")
            let put: Document = [
                "AccountId": .string(account), "Name": "door", "Policy": Self.policy("\(arn)/object/*"),
            ]
            _ = try await tarn.call("s3control", "PutAccessPointPolicy", put)
            // The bucket says nothing yet.
            #expect(await read(arn) == "AccessDenied")
            let condition = #","Condition":{"StringEquals":{"s3:DataAccessPointAccount":"\#(account)"}}"#
            _ = try await tarn.s3(
                "PutBucketPolicy", ["Bucket": "lake", "Policy": Self.policy("arn:aws:s3:::lake/*", condition: condition)])
            #expect(await read(arn) == "none")
            let alias = try #require(made["Alias"]?.string)
            #expect(await read(alias) == "none")
            // Not past the access point.
            #expect(await read("lake") == "AccessDenied")
            _ = try await tarn.call(
                "s3control", "DeleteAccessPointPolicy", ["AccountId": .string(account), "Name": "door"])
            #expect(await read(arn) == "AccessDenied")
        }
    }
}
