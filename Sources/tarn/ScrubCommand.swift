import ArgumentParser
import Documents

struct ScrubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scrub", abstract: "Read every stored object and report what is damaged.",
        discussion: "Runs on the server while it serves. Ends with code 1 if anything is damaged.")
    @Flag(help: "Print JSON, a document a line.") var json = false
    @OptionGroup var server: EndpointOption

    func run() async throws {
        var damaged: Int64?
        try await AdminClient(endpoint: server.url).lines("POST", "/_tarn/scrub") { line in
            if json {
                print(JSON.text(line))
            } else if let bucket = line["bucket"]?.string {
                print(
                    "damaged: s3://\(bucket)/\(line["key"]?.string ?? "") (\(line["versionId"]?.string ?? "")): \(line["reason"]?.string ?? "")"
                )
            } else {
                let count = { (name: String) in line[name]?.integer ?? 0 }
                print(
                    "\(count("versions")) versions, \(count("bytes")) bytes read, \(count("unchecked")) without a checksum, \(count("damaged")) damaged"
                )
            }
            if let count = line["damaged"]?.integer { damaged = count }
        }
        guard let damaged else { throw AdminClient.Failure(description: "the scrub ended early; the server's log says why") }
        if damaged > 0 { throw ExitCode(1) }
    }
}
