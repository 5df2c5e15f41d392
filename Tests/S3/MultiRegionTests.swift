import Documents
import Kernel
import TestSupport
import Testing

@testable import S3

/// Multi-Region access points without the wire: asynchronous requests, routes, who is who.
@Suite struct MultiRegionTests {
    private static let account = "000000000000"

    @Test(arguments: [
        ("arn:aws:s3:us-west-2:123456789012:async-request/mrap/create/abc", "123456789012", "abc"),
        ("arn:aws:s3:us-west-2:123456789012:async-request/mrap/put-policy/x-y", "123456789012", "x-y"),
    ])
    func requestTokens(arn: String, account: String, id: String) throws {
        let place = try #require(AsyncRequestRecord.place(arn))
        #expect(place.account == account && place.id == id)
    }

    @Test(arguments: [
        "", "abc", "arn:aws:s3:us-west-2:123456789012:async-request/mrap/create", "arn:aws:s3:::bucket/a/b/c",
        "arn:aws:sqs:us-west-2:123456789012:async-request/mrap/create/abc",
    ])
    func noRequestTokens(arn: String) {
        #expect(AsyncRequestRecord.place(arn) == nil)
    }

    @Test func aliases() {
        let alias = MultiRegionRecord.freshAlias()
        #expect(alias.utf8.count == 18 && alias.hasSuffix(".mrap") && alias != MultiRegionRecord.freshAlias())
    }

    /// Creates two buckets and an access point over them, and carries the request out.
    private static func create(_ tarn: TestPlatform, _ control: S3ControlService) async throws -> MultiRegionRecord {
        for (bucket, region) in [("near", "us-east-1"), ("far", "eu-west-1")] {
            let place: Document = region == "us-east-1" ? [:] : ["LocationConstraint": .string(region)]
            var input: Members = ["Bucket": .string(bucket)]
            if region != "us-east-1" { input["CreateBucketConfiguration"] = place }
            try await tarn.call("s3", "CreateBucket", .map(input), region: region)
        }
        let details: Document = ["Name": "both", "Regions": [["Bucket": "near"], ["Bucket": "far"]]]
        try await carryOut("CreateMultiRegionAccessPoint", details, tarn, control)
        let key = MultiRegionRecord.key("both", account: account)
        return try #require(try await tarn.platform.store.read { try $0.record(MultiRegionRecord.self, key) })
    }

    /// Makes a request and carries it out twice, as an outbox may.
    @discardableResult
    private static func carryOut(
        _ operation: String, _ details: Document, _ tarn: TestPlatform, _ control: S3ControlService
    ) async throws -> Document {
        let input: Document = [
            "AccountId": .string(account), "ClientToken": .string(Identifier.uuid()), "Details": details,
        ]
        let arn = try #require(
            try await tarn.call("s3control", operation, input, region: "us-west-2")["RequestTokenARN"]?.string)
        let id = try #require(AsyncRequestRecord.place(arn)).id
        let now = tarn.platform.clock.now()
        let delivery = Delivery(
            id: id, lane: "x", service: "s3control", name: "x", payload: ["account": .string(account), "id": .string(id)],
            created: now, expires: now)
        for _ in 0..<2 { try await control.carryOut(delivery, tarn.platform) }
        let asked: Document = ["AccountId": .string(account), "RequestTokenARN": .string(arn)]
        let shown = try await tarn.call(
            "s3control", "DescribeMultiRegionAccessPointOperation", asked, region: "us-west-2")
        return try #require(shown["AsyncOperation"])
    }

    @Test func requestsAreCarriedOutOnce() async throws {
        let s3 = S3Service()
        let control = S3ControlService(s3)
        try await TestPlatform.with([s3, control]) { tarn in
            let record = try await Self.create(tarn, control)
            #expect(record.status == .ready && record.routes.map(\.region) == ["us-east-1", "eu-west-1"])
            let details: Document = ["Name": "both", "Regions": [["Bucket": "near"]]]
            let again: Document = ["AccountId": .string(Self.account), "ClientToken": "again", "Details": details]
            let code = await tarn.code {
                try await tarn.call("s3control", "CreateMultiRegionAccessPoint", again, region: "us-west-2")
            }
            #expect(code == "MultiRegionAccessPointAlreadyOwnedByYou")
            let gone = try await Self.carryOut("DeleteMultiRegionAccessPoint", ["Name": "both"], tarn, control)
            #expect(gone["RequestStatus"] == "SUCCEEDED")
            let reading = await tarn.code {
                try await tarn.call("s3", "GetObject", ["Bucket": .string(record.alias), "Key": "k"])
            }
            #expect(reading == "NoSuchMultiRegionAccessPoint")
        }
    }

    @Test func requestsGoToTheFirstActiveRegion() async throws {
        let s3 = S3Service()
        let control = S3ControlService(s3)
        try await TestPlatform.with([s3, control]) { tarn in
            let record = try await Self.create(tarn, control)
            let put: Document = ["Bucket": .string(record.arn), "Key": "k"]
            try await tarn.call("s3", "PutObject", put, body: [1])
            let standby: Document = [
                "AccountId": .string(Self.account), "Mrap": .string(record.alias),
                "RouteUpdates": [["Region": "us-east-1", "TrafficDialPercentage": 0]],
            ]
            try await tarn.call("s3control", "SubmitMultiRegionAccessPointRoutes", standby)
            try await tarn.call("s3", "PutObject", put, body: [1, 2])
            #expect(try await tarn.reply("s3", "GetObject", ["Bucket": "near", "Key": "k"]).output["ContentLength"] == 1)
            let far: Document = ["Bucket": "far", "Key": "k"]
            #expect(try await tarn.reply("s3", "GetObject", far, region: "eu-west-1").output["ContentLength"] == 2)
            // Another account's ARN of the same alias is none.
            let other = record.arn.replacing(Self.account, with: "111111111111")
            #expect(
                await tarn.code { try await tarn.call("s3", "GetObject", ["Bucket": .string(other), "Key": "k"]) }
                    == "NoSuchMultiRegionAccessPoint")
        }
    }

    @Test func theLastActiveRegionStays() async throws {
        let s3 = S3Service()
        let control = S3ControlService(s3)
        try await TestPlatform.with([s3, control]) { tarn in
            let record = try await Self.create(tarn, control)
            let all: Document = [
                "AccountId": .string(Self.account), "Mrap": .string(record.arn),
                "RouteUpdates": [
                    ["Bucket": "near", "TrafficDialPercentage": 0], ["Bucket": "far", "TrafficDialPercentage": 0],
                ],
            ]
            #expect(
                await tarn.code { try await tarn.call("s3control", "SubmitMultiRegionAccessPointRoutes", all) }
                    == "InvalidRequest")
            let shown = try await tarn.call(
                "s3control", "GetMultiRegionAccessPointRoutes",
                ["AccountId": .string(Self.account), "Mrap": .string(record.arn)])
            #expect(shown["Routes"]?.list?.compactMap { $0["TrafficDialPercentage"]?.integer } == [100, 100])
        }
    }
}
