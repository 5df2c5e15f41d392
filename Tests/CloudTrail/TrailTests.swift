import Documents
import Kernel
import TestSupport
import Testing

@testable import CloudTrail

@Suite struct TrailTests {
    @Test func whatCannotBeMadeHasAnEmptyList() async throws {
        try await Fixture.with { tarn in
            let model = try tarn.platform.models.service("cloudtrail")
            for (operation, member) in CloudTrailService.lakeLists {
                #expect(try await tarn.call("cloudtrail", operation, [:]) == .map([member: []]))
                #expect(model.operation(operation)?.output?.member(member)?.shape.kind == .list, "\(operation)")
            }
        }
    }

    @Test func aTrailNeedsABucketThatLetsItIn() async throws {
        try await Fixture.with { tarn in
            let input: Document = ["Name": "main", "S3BucketName": "trails"]
            #expect(await tarn.code("cloudtrail", "CreateTrail", input) == "S3BucketDoesNotExistException")
            try await tarn.call("s3", "CreateBucket", ["Bucket": "trails"])
            #expect(await tarn.code("cloudtrail", "CreateTrail", input) == "InsufficientS3BucketPolicyException")
            try await Fixture.openBucket(tarn)
            // The policy names the trail: another one is refused.
            let other: Document = ["Name": "other", "S3BucketName": "trails"]
            #expect(await tarn.code("cloudtrail", "CreateTrail", other) == "InsufficientS3BucketPolicyException")
            #expect(try await tarn.call("cloudtrail", "CreateTrail", input)["TrailARN"]?.string == Fixture.arn)
            #expect(await tarn.code("cloudtrail", "CreateTrail", input) == "TrailAlreadyExistsException")
            for name in ["ab", "a..b", "-ab", "ab-", "a b", "1.2.3.4"] {
                let input: Document = ["Name": .string(name), "S3BucketName": "trails"]
                #expect(await tarn.code("cloudtrail", "CreateTrail", input) == "InvalidTrailNameException")
            }
            #expect(await tarn.code("cloudtrail", "GetTrail", ["Name": "missing"]) == "TrailNotFoundException")
            #expect(await tarn.code("cloudtrail", "GetTrail", ["Name": "arn:aws:s3:::x"]) == "CloudTrailARNInvalidException")
            let topic: Document = ["Name": "main", "SnsTopicName": "news"]
            #expect(await tarn.code("cloudtrail", "UpdateTrail", topic) == "InsufficientSnsTopicPolicyException")
        }
    }

    @Test func aTrailDeliversWhatItSelectsAndNothingElse() async throws {
        try await trail { tarn in
            let selectors: Document = [
                "TrailName": "main",
                "AdvancedEventSelectors": [
                    [
                        "FieldSelectors": [
                            ["Field": "eventCategory", "Equals": ["Data"]],
                            ["Field": "resources.type", "Equals": ["AWS::S3::Object"]],
                            ["Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::data/in/"]],
                            ["Field": "readOnly", "Equals": ["false"]],
                        ]
                    ],
                    [
                        "FieldSelectors": [
                            ["Field": "eventCategory", "Equals": ["Management"]],
                            ["Field": "eventSource", "NotEquals": ["cloudtrail.amazonaws.com"]],
                            ["Field": "readOnly", "Equals": ["false"]],
                        ]
                    ],
                ],
            ]
            try await tarn.call("cloudtrail", "PutEventSelectors", selectors)
            try await tarn.call("s3", "CreateBucket", ["Bucket": "data"])
            try await tarn.call("s3", "PutObject", ["Bucket": "data", "Key": "in/before"], body: [1])
            try await tarn.call("cloudtrail", "StartLogging", ["Name": "main"])
            for key in ["in/one", "out/two", "in/three"] {
                try await tarn.call("s3", "PutObject", ["Bucket": "data", "Key": .string(key)], body: [1, 2, 3])
            }
            try await tarn.call("s3", "GetObject", ["Bucket": "data", "Key": "in/one"])
            try await tarn.call("s3", "ListBuckets")
            try await tarn.call("s3", "CreateBucket", ["Bucket": "more"])
            #expect(try await tarn.delivered().isEmpty)
            try await tarn.advance(.seconds(301))
            let names = try await tarn.delivered().map { event in
                let parameters = event["requestParameters"]
                return
                    "\(event["eventName"]?.string ?? "") \(parameters?["key"]?.string ?? parameters?["bucketName"]?.string ?? "")"
            }
            #expect(names.sorted() == ["CreateBucket more", "PutObject in/one", "PutObject in/three"])
            try await tarn.advance(.seconds(3_000))
            #expect(try await tarn.delivered().count == 3)

            try await tarn.call("cloudtrail", "StopLogging", ["Name": "main"])
            try await tarn.call("s3", "CreateBucket", ["Bucket": "unseen"])
            try await tarn.advance(.seconds(3_000))
            #expect(try await tarn.delivered().count == 3)
        }
    }

    @Test func whatCouldNotBeDeliveredComesLater() async throws {
        try await trail { tarn in
            try await tarn.call("cloudtrail", "StartLogging", ["Name": "main"])
            try await tarn.call("s3", "DeleteBucketPolicy", ["Bucket": "trails"])
            try await tarn.call("s3", "CreateBucket", ["Bucket": "meanwhile"])
            try await tarn.advance(.seconds(900))
            #expect(try await tarn.delivered().isEmpty)
            var status = try await tarn.call("cloudtrail", "GetTrailStatus", ["Name": "main"])
            #expect(status["LatestDeliveryError"]?.string == "AccessDenied")
            #expect(status["IsLogging"]?.bool == true)
            try await Fixture.openBucket(tarn)
            try await tarn.advance(.seconds(301))
            let events = try await tarn.delivered()
            #expect(events.filter { $0["requestParameters"]?["bucketName"]?.string == "meanwhile" }.count == 1)
            let ids = events.compactMap { $0["eventID"]?.string }
            #expect(Set(ids).count == ids.count)
            status = try await tarn.call("cloudtrail", "GetTrailStatus", ["Name": "main"])
            #expect(status["LatestDeliveryError"] == nil && status["LatestDeliveryTime"] != nil)
        }
    }

    @Test func aTrailOfOneRegionLeavesTheOthers() async throws {
        try await trail { tarn in
            try await tarn.call("cloudtrail", "StartLogging", ["Name": "main"])
            try await tarn.call("dynamodb", "ListTables", region: "eu-west-1")
            try await tarn.advance(.seconds(301))
            #expect(try await tarn.delivered("eu-west-1").isEmpty)
            try await tarn.call("cloudtrail", "UpdateTrail", ["Name": "main", "IsMultiRegionTrail": true])
            try await tarn.call("dynamodb", "ListTables", region: "eu-west-1")
            try await tarn.advance(.seconds(301))
            #expect(try await tarn.delivered("eu-west-1").map { $0["eventName"]?.string } == ["ListTables"])
            // From another Region it is seen, and not changed.
            let shadow = try await tarn.call("cloudtrail", "DescribeTrails", region: "eu-west-1")
            #expect(shadow["trailList"]?.list?.first?["HomeRegion"]?.string == "us-east-1")
            await #expect(throws: AWSError.self) {
                try await tarn.call("cloudtrail", "StopLogging", ["Name": "main"], region: "eu-west-1")
            }
        }
    }

    @Test func eventsGoToALogGroupAsTheRole() async throws {
        try await trail { tarn in
            let trust = """
                {"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},\
                "Action":"sts:AssumeRole"}}
                """
            let role = try await tarn.call(
                "iam", "CreateRole", ["RoleName": "to-logs", "AssumeRolePolicyDocument": .string(trust)])["Role"]?["Arn"]?.string
            try await tarn.call("logs", "CreateLogGroup", ["logGroupName": "trail"])
            let update: Document = [
                "Name": "main", "CloudWatchLogsRoleArn": .string(role ?? ""),
                "CloudWatchLogsLogGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:trail:*",
            ]
            let code = await tarn.code("cloudtrail", "UpdateTrail", update)
            #expect(code == "InvalidCloudWatchLogsLogGroupArnException")
            let policy = """
                {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],\
                "Resource":"*"}}
                """
            try await tarn.call(
                "iam", "PutRolePolicy", ["RoleName": "to-logs", "PolicyName": "p", "PolicyDocument": .string(policy)])
            try await tarn.call("cloudtrail", "UpdateTrail", update)
            try await tarn.call("cloudtrail", "StartLogging", ["Name": "main"])
            try await tarn.call("s3", "CreateBucket", ["Bucket": "logged"])
            try await tarn.advance(.seconds(301))
            let stream: Document = ["logGroupName": "trail", "logStreamName": "000000000000_CloudTrail_us-east-1"]
            let events = try await tarn.call("logs", "GetLogEvents", stream)["events"]?.list ?? []
            #expect(events.contains { $0["message"]?.string?.contains(#""bucketName":"logged""#) == true })
        }
    }

    @Test func selectorsAreChecked() async throws {
        try await trail { tarn in
            func code(_ selectors: Document) async -> String? {
                var input = selectors.members ?? [:]
                input["TrailName"] = "main"
                return await tarn.code("cloudtrail", "PutEventSelectors", .map(input))
            }
            let bad = "InvalidEventSelectorsException"
            #expect(await code([:]) == bad)
            #expect(await code(["EventSelectors": [["DataResources": [["Type": "AWS::SQS::Queue", "Values": ["x"]]]]]]) == bad)
            #expect(await code(["EventSelectors": [["DataResources": [["Type": "AWS::S3::Object", "Values": ["x"]]]]]]) == bad)
            #expect(
                await code(["AdvancedEventSelectors": [["FieldSelectors": [["Field": "eventName", "Equals": ["x"]]]]]]) == bad)
            let data: Document = [["FieldSelectors": [["Field": "eventCategory", "Equals": ["Data"]]]]]
            #expect(await code(["AdvancedEventSelectors": data]) == bad)
            #expect(await tarn.code("cloudtrail", "GetInsightSelectors", ["TrailName": "main"]) == "InsightNotEnabledException")
            #expect(await tarn.code("cloudtrail", "CreateEventDataStore", ["Name": "lake"]) == "NotImplemented")
            let usual = try await tarn.call("cloudtrail", "GetEventSelectors", ["TrailName": "main"])
            #expect(usual["EventSelectors"]?.list?.first?["IncludeManagementEvents"]?.bool == true)
        }
    }

    @Test func rulesGetLoggedEventsThroughTheOutbox() async throws {
        let probe = EventsProbe()
        try await TestPlatform.with(Fixture.services + [probe]) { tarn in
            try await Self.makeTrail(tarn)
            let tap = AuditTap(id: "rules", wantsData: true, delivery: (service: "events", name: "auditEvent")) {
                $0.isLogged && $0.eventName == "CreateBucket"
            }
            tarn.platform.audit.setTaps([tap], of: "events")
            try await tarn.call("s3", "CreateBucket", ["Bucket": "unlogged"])
            try await tarn.call("cloudtrail", "StartLogging", ["Name": "main"])
            try await tarn.call("s3", "CreateBucket", ["Bucket": "logged-one"])
            var received = probe.events.makeAsyncIterator()
            let event = try JSON.parse(try #require(await received.next()))
            #expect(event["requestParameters"]?["bucketName"]?.string == "logged-one")
        }
    }

    /// Stands for EventBridge.
    private struct EventsProbe: Service {
        static let id = "events"
        let events: AsyncStream<String>
        private let sink: AsyncStream<String>.Continuation

        init() { (events, sink) = AsyncStream.makeStream() }

        var actions: ActionMap { [:] }
        func register(in operations: inout Operations) {
            operations.delivery("auditEvent") { delivery, _ in sink.yield(delivery.payload["event"]?.string ?? "") }
        }
    }

    private static func makeTrail(_ tarn: TestPlatform) async throws {
        try await tarn.call("s3", "CreateBucket", ["Bucket": "trails"])
        try await Fixture.openBucket(tarn)
        try await tarn.call("cloudtrail", "CreateTrail", ["Name": "main", "S3BucketName": "trails"])
    }

    /// A trail that exists and does not log yet.
    private func trail(_ body: @Sendable (TestPlatform) async throws -> Void) async throws {
        try await Fixture.with { tarn in
            try await Self.makeTrail(tarn)
            try await body(tarn)
        }
    }
}
