import ArgumentParser
import Documents
import InstanceMetadata
import Kernel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct MetadataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "imds",
        abstract: "Give a role to a process: an instance metadata or container credentials endpoint on loopback.",
        discussion: """
            tarn imds --role NAME -- COMMAND runs the command as if on an instance (with --container: in a container) that \
            has the role; AWS clients in it find the role's keys by themselves, and new ones before they end. The role must \
            trust ec2.amazonaws.com (ecs-tasks.amazonaws.com), and the keys in the environment (else `test`) must be \
            allowed iam:PassRole. Without a command it serves until stopped.
            """)

    @OptionGroup var server: EndpointOption
    @Option(help: "The instance profile or role: its name or ARN.") var role: String
    @Option(help: "The port of the metadata endpoint; 0 lets the system choose.") var port = 0
    @Option(help: "The Region that the metadata names; else AWS_REGION, else us-east-1.") var region: String?
    @Flag(help: "Serve container credentials in place of instance metadata.") var container = false
    @Option(name: .customLong("http-tokens"), help: "required (IMDSv2 only) or optional (IMDSv1 too).") var httpTokens =
        "required"
    @Option(name: .customLong("hop-limit"), help: "How many hops a session token's answer may travel (1 to 64).") var hopLimit = 1
    @Argument(parsing: .captureForPassthrough, help: "The command and its arguments.") var command: [String] = []

    func validate() throws {
        guard ["required", "optional"].contains(httpTokens) else {
            throw ValidationError("--http-tokens is 'required' or 'optional'")
        }
        guard (1...64).contains(hopLimit) else { throw ValidationError("--hop-limit is between 1 and 64") }
    }

    func run() async throws {
        let words = command.first == "--" ? Array(command.dropFirst()) : command
        let region = region ?? Self.variable("AWS_REGION") ?? Self.variable("AWS_DEFAULT_REGION") ?? "us-east-1"
        let holder = container ? Hex.encode(Identifier.random(16)) : "i-0" + Hex.encode(Identifier.random(8))
        let credentials = Credentials(
            accessKeyID: Self.variable("AWS_ACCESS_KEY_ID") ?? "test",
            secretAccessKey: Self.variable("AWS_SECRET_ACCESS_KEY") ?? "test",
            sessionToken: Self.variable("AWS_SESSION_TOKEN"))
        let source = ServedKeys(
            client: AdminClient(endpoint: server.url), signer: .init(credentials: credentials, region: region),
            request: .init(
                role: role, service: container ? "ecs-tasks" : "ec2", holder: holder, region: region, delivery: nil))
        // A role that is not there, or may not be passed, is told before anything starts.
        let first = try await source.keys(delivery: container ? nil : "2.0")
        if let message = first.Message { Self.note(message) }
        var variables = [
            "AWS_ENDPOINT_URL": server.url, "AWS_REGION": region, "AWS_DEFAULT_REGION": region,
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_CONFIG_FILE": "/dev/null",
        ]
        let responder: any MetadataResponder
        let more: (Int) -> [String: String]
        if container {
            let endpoint = ContainerEndpoint(source: source, report: Self.note)
            responder = endpoint
            more = {
                [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:\($0)\(endpoint.path)",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN": endpoint.authorization,
                ]
            }
        } else {
            responder = InstanceEndpoint(
                instance: Instance(id: holder, region: region), source: source, requiresToken: httpTokens == "required",
                hopLimit: hopLimit, report: Self.note)
            more = { ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:\($0)/"] }
        }
        let listener = try await MetadataListener.start(port: port, responder)
        variables.merge(more(listener.port)) { $1 }
        guard !words.isEmpty else { return try await serve(variables) }
        let status = try await ForegroundCommand.run(words, setting: variables, unsetting: Self.hidden)
        try await listener.close()
        throw ExitCode(status)
    }

    /// Variables by which a client would find other keys first.
    private static let hidden = [
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_EC2_METADATA_DISABLED", "AWS_EC2_METADATA_V1_DISABLED",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    ]

    private func serve(_ variables: [String: String]) async throws {
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) { print("export \(name)=\(value)") }
        fflush(nil)
        try await StopSignal.wait()
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// A line on standard error.
    private static let note: @Sendable (String) -> Void = { message in
        let line = Array("tarn imds: \(message)\n".utf8)
        _ = write(2, line, line.count)
    }
}

/// A role's keys, taken from the running server in the operator's name.
private struct ServedKeys: RoleKeySource {
    let client: AdminClient
    let signer: AdminClient.Signer
    let request: RoleDelivery.Request

    func now() async throws -> Timestamp {
        let text = try await client.send("GET", "/_tarn/clock")["now"]?.string
        guard let now = text.flatMap({ Timestamp(iso8601: $0) }) else {
            throw AdminClient.Failure(description: "the server's clock cannot be read")
        }
        return now
    }

    func machineNow() -> Timestamp { PlatformClock().machineNow }

    func keys(delivery: String?) async throws -> DeliveredKeys {
        var request = request
        request.Delivery = delivery
        let answer = try await client.send("POST", "/_tarn/role-keys", DocumentEncoder().encode(request), signedBy: signer)
        return try DocumentDecoder().decode(DeliveredKeys.self, from: answer)
    }
}
