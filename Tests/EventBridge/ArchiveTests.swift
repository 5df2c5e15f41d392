import Documents
import Kernel
import Store
import TestSupport
import Testing

@testable import EventBridge

private let account = "000000000000"
private let region = "us-east-1"
private let bus = "arn:aws:events:us-east-1:000000000000:event-bus/default"

@Suite struct ArchiveTests {
    /// An archive with events that happened a second after one another, and a rule that sends replayed ones to a queue.
    private func filled(_ tarn: TestPlatform, events count: Int) async throws -> String {
        try await tarn.call("events", "CreateArchive", ["ArchiveName": "a", "EventSourceArn": .string(bus)])
        // The last one first: a replay goes by the events' own times.
        for begin in stride(from: 0, to: count, by: 10) {
            let entries = (begin..<min(begin + 10, count)).map { number -> Document in
                [
                    "Source": "shop", "DetailType": "order", "Detail": .string("{\"n\":\(count - 1 - number)}"),
                    "Time": .timestamp(TestPlatform.epoch + .seconds(Int64(count - 1 - number))),
                ]
            }
            try await tarn.call("events", "PutEvents", ["Entries": .list(entries)])
        }
        try await tarn.call(
            "events", "PutRule", ["Name": "r", "EventPattern": #"{"replay-name":[{"exists":true}]}"#])
        try await tarn.call(
            "events", "PutTargets",
            [
                "Rule": "r",
                "Targets": [["Id": "q", "Arn": "arn:aws:sqs:us-east-1:000000000000:q", "InputPath": "$.detail.n"]],
            ])
        return "arn:aws:events:us-east-1:000000000000:archive/a"
    }

    private func start(_ tarn: TestPlatform, _ archive: String, seconds: Range<Int64>) async throws {
        try await tarn.call(
            "events", "StartReplay",
            [
                "ReplayName": "p", "EventSourceArn": .string(archive), "Destination": ["Arn": .string(bus)],
                "EventStartTime": .timestamp(TestPlatform.epoch + .seconds(seconds.lowerBound)),
                "EventEndTime": .timestamp(TestPlatform.epoch + .seconds(seconds.upperBound - 1)),
            ])
    }

    private func state(_ tarn: TestPlatform) async throws -> String {
        try await tarn.call("events", "DescribeReplay", ["ReplayName": "p"])["State"]?.string ?? ""
    }

    @Test func aReplayOfManyEventsBringsEachOnce() async throws {
        let queues = FakeQueues()
        try await TestPlatform.with([EventBridgeService(), queues]) { tarn in
            let archive = try await filled(tarn, events: 350)
            try await start(tarn, archive, seconds: 20..<320)
            let taken = try await queues.recorder.wait(for: 300)
            let numbers = taken.compactMap { $0.input["MessageBody"]?.string.flatMap { Int($0) } }
            #expect(numbers.sorted() == Array(20..<320))
            try await eventually("completed") { try await state(tarn) == "COMPLETED" }
            let shown = try await tarn.call("events", "DescribeReplay", ["ReplayName": "p"])
            #expect(shown["State"] == "COMPLETED")
            #expect(shown["EventLastReplayedTime"]?.timestamp == TestPlatform.epoch + .seconds(319))
        }
    }

    @Test func aCancelledReplayEnds() async throws {
        try await TestPlatform.with([EventBridgeService(), FakeQueues()]) { tarn in
            _ = try await filled(tarn, events: 10)
            let platform = tarn.platform
            let key = ReplayRecord.key(account, region, "p")
            let id = try await platform.store.read {
                try $0.archive(ArchivePlace(account: account, region: region, name: "a")).id
            }
            // As it lies in the store when it is taken up after a start.
            try await platform.store.write { transaction in
                let record = ReplayRecord(
                    name: "p", archive: "a", archiveID: id, bus: "default", from: TestPlatform.epoch,
                    to: TestPlatform.epoch + .seconds(100), state: "RUNNING", started: TestPlatform.epoch)
                try transaction.put(key, record)
            }
            let answer = try await tarn.call("events", "CancelReplay", ["ReplayName": "p"])
            #expect(answer["State"] == "CANCELLING")
            let payload: Document = ["account": .string(account), "region": .string(region), "replay": "p"]
            let delivery = Delivery(
                id: "d", lane: "l", service: "events", name: "replay", payload: payload, created: TestPlatform.epoch,
                expires: TestPlatform.epoch)
            try await EventBridgeService().runReplay(delivery, platform)
            #expect(try await state(tarn) == "CANCELLED")
            await #expect(throws: AWSError.self) { try await tarn.call("events", "CancelReplay", ["ReplayName": "p"]) }
        }
    }

    @Test func aReplayWhoseArchiveIsGoneFails() async throws {
        try await TestPlatform.with([EventBridgeService(), FakeQueues()]) { tarn in
            let platform = tarn.platform
            let key = ReplayRecord.key(account, region, "p")
            try await platform.store.write { transaction in
                let record = ReplayRecord(
                    name: "p", archive: "a", archiveID: "gone", bus: "default", from: TestPlatform.epoch,
                    to: TestPlatform.epoch + .seconds(100), state: "STARTING", started: TestPlatform.epoch)
                try transaction.put(key, record)
            }
            let payload: Document = ["account": .string(account), "region": .string(region), "replay": "p"]
            let delivery = Delivery(
                id: "d", lane: "l", service: "events", name: "replay", payload: payload, created: TestPlatform.epoch,
                expires: TestPlatform.epoch)
            try await EventBridgeService().runReplay(delivery, platform)
            #expect(try await state(tarn) == "FAILED")
        }
    }

    @Test func aDeletedArchiveLosesItsEvents() async throws {
        try await TestPlatform.with([EventBridgeService(), FakeQueues()]) { tarn in
            _ = try await filled(tarn, events: StoreLimit.deletedAtOnce + 1)
            try await tarn.call("events", "DeleteArchive", ["ArchiveName": "a"])
            // One of the same name has nothing of it, and keeps what is its own.
            _ = try await filled(tarn, events: 1)
            @Sendable func kept() async throws -> Int { try await tarn.platform.store.read { try $0.count(Key(.archivedEvent)) } }
            try await eventually("one event is kept") { try await kept() == 1 }
            let shown = try await tarn.call("events", "DescribeArchive", ["ArchiveName": "a"])
            #expect(shown["EventCount"]?.integer == 1)
        }
    }

    @Test func moreThanOneSweepExpires() async throws {
        try await TestPlatform.with([EventBridgeService(), FakeQueues()]) { tarn in
            _ = try await filled(tarn, events: EventsLimit.expiredAtOnce + 20)
            try await tarn.call("events", "UpdateArchive", ["ArchiveName": "a", "RetentionDays": 1])
            try await tarn.advance(.seconds(86_400 + Int64(EventsLimit.expiredAtOnce)))
            let shown = try await tarn.call("events", "DescribeArchive", ["ArchiveName": "a"])
            #expect(shown["EventCount"]?.integer == 19)
            try await tarn.advance(.seconds(60))
            let after = try await tarn.call("events", "DescribeArchive", ["ArchiveName": "a"])
            #expect(after["EventCount"]?.integer == 0)
            #expect(after["SizeBytes"]?.integer == 0)
        }
    }
}

@Suite struct DestinationRequestTests {
    private let event: Document = ["detail": ["id": "a/b", "n": 7], "source": "shop"]

    private func request(
        _ endpoint: String, method: String = "POST", target: Target.HTTP? = nil, payload: String = "{}",
        _ connection: ConnectionParameters = ConnectionParameters()
    ) -> DestinationRequest {
        let destination = DestinationRecord(
            name: "d", id: "1", connectionARN: "", endpoint: endpoint, method: method, rate: 1, created: TestPlatform.epoch,
            modified: TestPlatform.epoch)
        return DestinationRequest(destination, target, payload, event, connection)
    }

    @Test func starsAreFilledInOrder() {
        let target = Target.HTTP(PathParameterValues: ["$.detail.id", "x", "spare"])
        #expect(request("https://e.com/*/y/*", target: target).url == "https://e.com/a%2Fb/y/x")
        #expect(request("https://e.com/*").url == "https://e.com/*")
    }

    @Test func theConnectionsParametersWin() {
        let target = Target.HTTP(
            HeaderParameters: ["X-One": "$.detail.n", "x-two": "target"], QueryStringParameters: ["a": "1", "b": "$.source"])
        var connection = ConnectionParameters()
        connection.InvocationHttpParameters = .init(
            HeaderParameters: [.init(Key: "X-Two", Value: "connection")], QueryStringParameters: [.init(Key: "a", Value: "2 3")],
            BodyParameters: [.init(Key: "more", Value: "yes")])
        let made = request("https://e.com/?z=0", target: target, payload: #"{"n":1}"#, connection)
        #expect(made.url == "https://e.com/?z=0&b=shop&a=2%203")
        #expect(made.headers.filter { $0.name.lowercased() == "x-two" }.map(\.value) == ["connection"])
        #expect(made.headers.first { $0.name == "X-One" }?.value == "7")
        #expect(String(decoding: made.body, as: UTF8.self) == #"{"n":1,"more":"yes"}"#)
    }

    @Test func whatIsNoObjectStaysAsItIs() {
        var connection = ConnectionParameters()
        connection.InvocationHttpParameters = .init(BodyParameters: [.init(Key: "more", Value: "yes")])
        #expect(String(decoding: request("https://e.com/", payload: "[1]", connection).body, as: UTF8.self) == "[1]")
        #expect(request("https://e.com/", method: "GET", payload: "[1]").body.isEmpty)
    }

    @Test func aSecretComesBackAsItWas() throws {
        var parameters = ConnectionParameters()
        parameters.OAuthParameters = .init(
            ClientParameters: .init(ClientID: "id", ClientSecret: "s"), AuthorizationEndpoint: "https://e.com/token",
            HttpMethod: "POST", OAuthHttpParameters: .init(BodyParameters: [.init(Key: "k", Value: "v", IsValueSecret: true)]))
        let back = try ConnectionParameters(secret: parameters.secret)
        #expect(back.secret == parameters.secret)
        #expect(back.shown.OAuthParameters?.ClientParameters?.ClientSecret == nil)
        #expect(back.shown.OAuthParameters?.OAuthHttpParameters?.BodyParameters?.first?.Value == nil)
    }

    @Test(arguments: ["http://example.com/", "ftp://localhost/", "localhost", "http://localhost.example.com/", "http://"])
    func whereRequestsMayNotGo(_ url: String) {
        #expect(throws: EventsFault.self) { try HTTPEndpoint.check(url, parameter: "p") }
    }

    @Test(arguments: ["https://example.com/*", "http://localhost:80/x", "http://127.0.0.1", "http://[::1]:1/"])
    func whereRequestsMayGo(_ url: String) throws { try HTTPEndpoint.check(url, parameter: "p") }
}
