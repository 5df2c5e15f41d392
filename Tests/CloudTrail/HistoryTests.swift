import Documents
import Kernel
import Store
import TestSupport
import Testing

@Suite struct HistoryTests {
    @Test func aChangeIsRecordedWithWhoWhatAndWhichResource() async throws {
        try await Fixture.with { tarn in
            try await tarn.call("s3", "CreateBucket", ["Bucket": "one-bucket"])
            let event = try #require(try await tarn.events("ResourceName", "one-bucket").first)
            #expect(event["eventName"]?.string == "CreateBucket")
            #expect(event["eventSource"]?.string == "s3.amazonaws.com")
            #expect(event["eventTime"]?.string == "2026-01-01T00:00:00Z")
            #expect(event["userIdentity"]?["type"]?.string == "Root")
            #expect(event["requestParameters"]?["bucketName"]?.string == "one-bucket")
            #expect(event["readOnly"]?.bool == false)
            #expect(event["managementEvent"]?.bool == true)
            #expect(event["eventCategory"]?.string == "Management")
            #expect(event["recipientAccountId"]?.string == Fixture.account)
            #expect(event["resources"]?.list?.first?["type"]?.string == "AWS::S3::Bucket")
        }
    }

    @Test func secretsStayOutOfAnswers() async throws {
        try await Fixture.with { tarn in
            try await tarn.call("iam", "CreateUser", ["UserName": "ada"])
            let key = try await tarn.call("iam", "CreateAccessKey", ["UserName": "ada"])["AccessKey"]
            let secret = try #require(key?["SecretAccessKey"]?.string)
            let events = try await tarn.events("EventName", "CreateAccessKey")
            #expect(events.count == 1)
            #expect(events.first?["responseElements"]?["accessKey"]?["accessKeyId"]?.string == key?["AccessKeyId"]?.string)
            #expect(!JSON.text(.list(events)).contains(secret))
        }
    }

    @Test func aDeniedCallIsRecordedUnderItsUser() async throws {
        try await Fixture.with { tarn in
            let user = try await tarn.call("iam", "CreateUser", ["UserName": "ada"])["User"]
            var ada = Caller(
                .user, account: Fixture.account, arn: user?["Arn"]?.string ?? "", principalID: user?["UserId"]?.string ?? "")
            ada.accessKeyID = "AKIAADA"
            #expect(await tarn.code("s3", "CreateBucket", ["Bucket": "hers"], as: ada) == "AccessDenied")
            for (key, value) in [("Username", "ada"), ("AccessKeyId", "AKIAADA")] {
                let event = try #require(try await tarn.events(key, value).first)
                #expect(event["errorCode"]?.string == "AccessDenied")
                #expect(event["responseElements"] == nil)
                #expect(event["userIdentity"]?["userName"]?.string == "ada")
            }
            // Who may not look gets nothing to see.
            #expect(await tarn.code("cloudtrail", "LookupEvents", [:], as: ada) == "AccessDeniedException")
        }
    }

    @Test func aRolesSessionAndAServiceAreTold() async throws {
        try await Fixture.with { tarn in
            var role = Caller(
                .assumedRole, account: Fixture.account, arn: "arn:aws:sts::000000000000:assumed-role/worker/run-7",
                principalID: "AROAX:run-7")
            (role.roleARN, role.sessionName, role.sourceIdentity) = ("arn:aws:iam::000000000000:role/worker", "run-7", "ada")
            (role.issuedAt, role.factorShownAt) = (TestPlatform.epoch, TestPlatform.epoch)
            _ = await tarn.code("dynamodb", "ListTables", [:], as: role)
            let identity = try #require(try await tarn.events("Username", "run-7").first)["userIdentity"]
            #expect(identity?["type"]?.string == "AssumedRole")
            let session = identity?["sessionContext"]
            #expect(session?["sessionIssuer"]?["userName"]?.string == "worker")
            #expect(session?["sessionIssuer"]?["principalId"]?.string == "AROAX")
            #expect(session?["attributes"]?["mfaAuthenticated"]?.string == "true")
            #expect(session?["attributes"]?["creationDate"]?.string == "2026-01-01T00:00:00Z")
            #expect(session?["sourceIdentity"]?.string == "ada")

            _ = await tarn.code(
                "dynamodb", "ListTables", [:], as: .service("states.amazonaws.com", account: Fixture.account, sourceARN: "arn:x"))
            let event = try #require(try await tarn.events("EventName", "ListTables").first)
            #expect(event["userIdentity"]?["type"]?.string == "AWSService")
            #expect(event["userIdentity"]?["invokedBy"]?.string == "states.amazonaws.com")
            #expect(event["sourceIPAddress"]?.string == "states.amazonaws.com")
        }
    }

    @Test func twoAccountsShareAnEvent() async throws {
        try await Fixture.with { tarn in
            let other = Caller.root(of: "222222222222")
            try await tarn.call("s3", "CreateBucket", ["Bucket": "theirs"], as: other)
            #expect(await tarn.code("s3", "GetBucketPolicy", ["Bucket": "theirs"]) != nil)
            let mine = try #require(try await tarn.events("EventName", "GetBucketPolicy").first)
            let theirs = try #require(try await tarn.events("EventName", "GetBucketPolicy", as: other).first)
            #expect(mine["sharedEventID"] == theirs["sharedEventID"] && mine["sharedEventID"] != nil)
            #expect(mine["eventID"] != theirs["eventID"])
            #expect(theirs["recipientAccountId"]?.string == "222222222222")
            #expect(theirs["userIdentity"]?["type"]?.string == "AWSAccount")
            #expect(theirs["userIdentity"]?["arn"] == nil)
        }
    }

    @Test func pagesGoOnAndTokensHoldForTheirQuestionOnly() async throws {
        try await Fixture.with { tarn in
            for index in 0..<7 { try await tarn.call("s3", "CreateBucket", ["Bucket": .string("bucket-\(index)")]) }
            let attribute: Document = [["AttributeKey": "EventName", "AttributeValue": "CreateBucket"]]
            var names: [String] = []
            var token: Document = .null
            var pages = 0
            repeat {
                let page = try await tarn.call(
                    "cloudtrail", "LookupEvents", ["LookupAttributes": attribute, "MaxResults": 3, "NextToken": token])
                names += (page["Events"]?.list ?? []).compactMap { $0["Resources"]?.list?.first?["ResourceName"]?.string }
                token = page["NextToken"] ?? .null
                pages += 1
                if token != .null {
                    #expect(await tarn.code("cloudtrail", "LookupEvents", ["NextToken": token]) == "InvalidNextTokenException")
                }
            } while token != .null && pages < 10
            #expect(names == (0..<7).reversed().map { "bucket-\($0)" })
            #expect(pages == 3)
            #expect(await tarn.code("cloudtrail", "LookupEvents", ["NextToken": "x"]) == "InvalidNextTokenException")
        }
    }

    @Test func timeRangesRegionsAndNinetyDays() async throws {
        try await Fixture.with { tarn in
            try await tarn.call("s3", "CreateBucket", ["Bucket": "early"])
            try await tarn.advance(.seconds(3_600))
            try await tarn.call("s3", "CreateBucket", ["Bucket": "later"])
            func names(_ input: Document) async throws -> [String] {
                let answer = try await tarn.call("cloudtrail", "LookupEvents", input)
                return (answer["Events"]?.list ?? []).compactMap { $0["Resources"]?.list?.first?["ResourceName"]?.string }
            }
            let hour = TestPlatform.epoch + .seconds(3_600)
            #expect(try await names(["EndTime": .timestamp(TestPlatform.epoch)]) == ["early"])
            #expect(try await names(["StartTime": .timestamp(hour)]) == ["later"])
            let wrong: Document = ["StartTime": .timestamp(hour), "EndTime": .timestamp(TestPlatform.epoch)]
            #expect(await tarn.code("cloudtrail", "LookupEvents", wrong) == "InvalidTimeRangeException")
            #expect(try await tarn.events(region: "eu-west-1").isEmpty)

            try await tarn.advance(.seconds(89 * 86_400))
            #expect(try await names([:]).suffix(2) == ["later", "early"])
            try await tarn.advance(.seconds(2 * 86_400))
            #expect(try await tarn.events("EventName", "CreateBucket").isEmpty)
            let left = try await tarn.platform.store.read { snapshot in
                var left = 0
                for space in [190, 191, 193] {
                    let prefix = Key(bytes: [0, UInt8(space)])
                    try snapshot.scan(prefix) { key, _ in
                        left += 1
                        return true
                    }
                }
                return left
            }
            // Only the lookups of the last days are left, with their index.
            #expect(left > 0 && left < 60)
        }
    }

    @Test func whatWasAnsweredIsThereAfterARestart() async throws {
        let directory = "/tmp/tarn-trail-\(Identifier.uuid())"
        let first = try await TestPlatform.open(Fixture.services, directory: directory)
        try await first.call("s3", "CreateBucket", ["Bucket": "kept-bucket"])
        // Not stopped: what was pending is lost with the process. The change's event is not among it.
        await first.platform.store.close()
        let second = try await TestPlatform.open(Fixture.services, directory: directory)
        #expect(try await second.events("ResourceName", "kept-bucket").count == 1)
        await second.close()
        await first.platform.stop()
    }
}
