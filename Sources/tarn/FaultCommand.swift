import ArgumentParser
import Documents

struct FaultCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fault",
        abstract: "Make services or a Region slow, throttled or unavailable, to see what a client does then.",
        discussion: """
            Faults meet requests from outside, until they are removed or the server ends. A fault is S3's unless --service \
            says otherwise; unavailable is everybody's, so that `tarn fault add unavailable --region us-east-1` takes a \
            Region away.
            """,
        subcommands: [Add.self, List.self, Clear.self], defaultSubcommand: List.self)

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a fault: slow, slow-down (throttled), hot-prefix (S3's 503 above a rate), truncate or unavailable.")
        @Argument(help: "slow, slow-down, hot-prefix, truncate or unavailable.") var kind: String
        @Option(help: "For slow: how long a request waits, in milliseconds.") var milliseconds: Int?
        @Option(help: "For hot-prefix: reads that a prefix bears in a second; else 5500.") var reads: Int?
        @Option(help: "For hot-prefix: writes that a prefix bears in a second; else 3500.") var writes: Int?
        @Option(help: "The share of the requests that it meets, above 0, at most 1.") var share: Double = 1
        @Option(help: "Only this service, as the AWS CLI names it (dynamodb); all for every one.") var service: String?
        @Option(help: "Only requests to this Region.") var region: String?
        @Option(help: "Only this bucket.") var bucket: String?
        @Option(help: "Only keys that begin so.") var prefix: String?
        @Option(help: "Only this operation, as the API names it (GetObject).") var operation: String?
        @Option(help: "End after so many requests.") var count: Int?
        @OptionGroup var server: EndpointOption

        func run() async throws {
            var body: Members = ["kind": .string(kind), "share": .double(share)]
            if let milliseconds { body["milliseconds"] = .integer(Int64(milliseconds)) }
            if let reads { body["reads"] = .integer(Int64(reads)) }
            if let writes { body["writes"] = .integer(Int64(writes)) }
            if let service { body["service"] = .string(service) }
            if let region { body["region"] = .string(region) }
            if let bucket { body["bucket"] = .string(bucket) }
            if let prefix { body["prefix"] = .string(prefix) }
            if let operation { body["operation"] = .string(operation) }
            if let count { body["count"] = .integer(Int64(count)) }
            print(FaultCommand.line(try await AdminClient(endpoint: server.url).send("POST", "/_tarn/faults", .map(body))))
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the faults.")
        @OptionGroup var server: EndpointOption

        func run() async throws {
            let answer = try await AdminClient(endpoint: server.url).send("GET", "/_tarn/faults")
            for fault in answer["faults"]?.list ?? [] { print(FaultCommand.line(fault)) }
        }
    }

    struct Clear: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a fault, or all.")
        @Argument(help: "The fault's number.") var id: Int?
        @OptionGroup var server: EndpointOption

        func run() async throws {
            let query = id.map { "?id=\($0)" } ?? ""
            let answer = try await AdminClient(endpoint: server.url).send("DELETE", "/_tarn/faults\(query)")
            print("\(answer["removed"]?.integer ?? 0) removed")
        }
    }

    private static func line(_ fault: Document) -> String {
        let words = (fault.members ?? [:]).filter { $0.key != "id" && $0.key != "kind" }.map { name, value in
            "\(name)=\(value.string ?? JSON.text(value))"
        }
        return ([String(fault["id"]?.integer ?? 0), fault["kind"]?.string ?? ""] + words).joined(separator: " ")
    }
}
