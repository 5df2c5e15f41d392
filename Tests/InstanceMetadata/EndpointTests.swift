import Documents
import Kernel
import Synchronization
import Testing

@testable import InstanceMetadata

/// Keys that are numbered as they are made, on clocks that the test moves.
private final class NumberedKeys: RoleKeySource {
    struct State {
        var now = Timestamp(seconds: 1_000_000)
        var machine = Timestamp(seconds: 400_000)
        var made = 0
        var code = "Success"
    }
    let state = Mutex(State())

    func now() async throws -> Timestamp { state.withLock { $0.now } }
    func machineNow() -> Timestamp { state.withLock { $0.machine } }
    func keys(delivery: String?) async throws -> DeliveredKeys {
        state.withLock { state in
            state.made += 1
            var keys = DeliveredKeys(
                code: state.code, account: "000000000000", roleName: "worker", roleARN: "arn:aws:iam::000000000000:role/worker",
                updated: state.now, expires: state.now + .seconds(21_600))
            if state.code == "Success" {
                (keys.AccessKeyId, keys.SecretAccessKey) = ("ASIA\(state.made)", "secret")
                keys.Token = delivery ?? "container"
            }
            return keys
        }
    }
    func pass(_ seconds: Int) {
        state.withLock { state in
            state.now = state.now + .seconds(seconds)
            state.machine = state.machine + .seconds(seconds)
        }
    }
}

private final class Reading: Sendable {
    let value = Mutex(Duration.seconds(50))
    func pass(_ seconds: Int) { value.withLock { $0 += .seconds(seconds) } }
}

@Suite("Metadata endpoints")
struct EndpointTests {
    private static let credentials = "/latest/meta-data/iam/security-credentials/worker"

    private func endpoint(_ source: NumberedKeys, _ reading: Reading, requiresToken: Bool = true) -> InstanceEndpoint {
        InstanceEndpoint(
            instance: Instance(id: "i-0123456789abcdef0", region: "eu-west-1"), source: source, requiresToken: requiresToken,
            hopLimit: 2, reading: { reading.value.withLock { $0 } })
    }

    private func token(_ endpoint: InstanceEndpoint, _ seconds: Int) async -> String {
        await endpoint.respond(
            to: MetadataRequest(
                "PUT", "/latest/api/token", headers: ["x-aws-ec2-metadata-token-ttl-seconds": String(seconds)])
        ).body
    }

    private func get(_ endpoint: InstanceEndpoint, _ path: String, _ token: String? = nil) async -> MetadataAnswer {
        await endpoint.respond(
            to: MetadataRequest("GET", path, headers: token.map { ["x-aws-ec2-metadata-token": $0] } ?? [:]))
    }

    @Test("a token holds for the seconds that were asked for, at the endpoint that made it")
    func tokens() async {
        let (source, reading) = (NumberedKeys(), Reading())
        let endpoint = endpoint(source, reading)
        let token = await token(endpoint, 10)
        #expect(await get(endpoint, "/latest/meta-data/instance-id", token).body == "i-0123456789abcdef0")
        #expect(await get(self.endpoint(source, reading), "/latest/meta-data/instance-id", token).status == 401)
        reading.pass(10)
        #expect(await get(endpoint, "/latest/meta-data/instance-id", token).status == 401)
        for bad in ["", "x", String(repeating: "A", count: 64), String(repeating: "A", count: 100_000)] {
            #expect(await get(endpoint, "/latest/meta-data/instance-id", bad).status == 401)
        }
    }

    @Test("a token's answer travels as far as the hop limit; other answers as usual")
    func hops() async {
        let endpoint = endpoint(NumberedKeys(), Reading(), requiresToken: false)
        let headers = ["x-aws-ec2-metadata-token-ttl-seconds": "60"]
        #expect(await endpoint.respond(to: MetadataRequest("PUT", "/latest/api/token", headers: headers)).hops == 2)
        #expect(await get(endpoint, "/latest/meta-data/").hops == nil)
    }

    @Test("keys stay the same until an hour before their end, by the platform's clock; their times are the machine's")
    func rollover() async throws {
        let source = NumberedKeys()
        let endpoint = endpoint(source, Reading(), requiresToken: false)
        let first = try JSON.parse(Array(await get(endpoint, Self.credentials).body.utf8))
        #expect(first["AccessKeyId"]?.string == "ASIA1")
        #expect(first["Expiration"]?.string == Timestamp(seconds: 421_600).iso8601())
        source.pass(17_999)
        #expect(try JSON.parse(Array(await get(endpoint, Self.credentials).body.utf8)) == first)
        source.pass(2)
        let second = try JSON.parse(Array(await get(endpoint, Self.credentials).body.utf8))
        #expect(second["AccessKeyId"]?.string == "ASIA2")
        // Tarn's clock alone is moved.
        source.state.withLock { $0.now = $0.now + .seconds(86_400) }
        let third = try JSON.parse(Array(await get(endpoint, Self.credentials).body.utf8))
        #expect(third["AccessKeyId"]?.string == "ASIA3")
        #expect(third["Expiration"]?.string == (source.machineNow() + .seconds(21_600)).iso8601())
    }

    @Test("a role that could not be assumed is tried again after a while")
    func refusedRole() async throws {
        let source = NumberedKeys()
        source.state.withLock { $0.code = "AssumeRoleUnauthorizedAccess" }
        let endpoint = endpoint(source, Reading(), requiresToken: false)
        let refused = try JSON.parse(Array(await get(endpoint, Self.credentials).body.utf8))
        #expect(refused["Code"]?.string == "AssumeRoleUnauthorizedAccess")
        source.state.withLock { $0.code = "Success" }
        source.pass(5)
        let keys = try JSON.parse(Array(await get(endpoint, Self.credentials).body.utf8))
        #expect(keys["Code"]?.string == "Success")
    }

    @Test(
        "other methods, pages, hosts and web pages are refused",
        arguments: [
            (MetadataRequest("POST", "/latest/meta-data/"), 405), (MetadataRequest("GET", "/latest/api/token"), 405),
            (MetadataRequest("GET", "/newest/meta-data/"), 404), (MetadataRequest("GET", "/latest/user-data"), 404),
            (MetadataRequest("GET", "/latest/meta-data/iam/security-credentials/other"), 404),
            (MetadataRequest("GET", "/latest/meta-data/", headers: ["host": "evil.example:80"]), 403),
            (MetadataRequest("GET", "/latest/meta-data/", headers: ["origin": "http://evil.example"]), 403),
            (MetadataRequest("GET", "/latest/meta-data/", headers: ["host": "127.0.0.1:80"]), 200),
            (MetadataRequest("GET", "/2021-07-15/meta-data"), 200), (MetadataRequest("GET", "/"), 200),
        ])
    func refusals(_ request: MetadataRequest, _ status: Int) async {
        #expect(await endpoint(NumberedKeys(), Reading(), requiresToken: false).respond(to: request).status == status)
    }

    @Test("a container's keys are at one address, for one authorization token")
    func container() async throws {
        let endpoint = ContainerEndpoint(source: NumberedKeys())
        func status(_ path: String, _ token: String?) async -> Int {
            await endpoint.respond(to: MetadataRequest("GET", path, headers: token.map { ["authorization": $0] } ?? [:])).status
        }
        #expect(await status(endpoint.path, nil) == 401)
        #expect(await status(endpoint.path, endpoint.authorization + "0") == 401)
        #expect(await status("/v2/credentials/other", endpoint.authorization) == 404)
        #expect(await status(endpoint.path, endpoint.authorization) == 200)
    }
}
