import ArgumentParser
import Documents

struct InventoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory", abstract: "Make an S3 inventory now, instead of at its next midnight.",
        discussion: "Prints the URL of its manifest. The destination's bucket policy must let s3.amazonaws.com write, as always.")
    @Argument(help: "The bucket that the inventory is of.") var bucket: String
    @Argument(help: "The id of its inventory configuration.") var id: String
    @OptionGroup var server: EndpointOption

    func run() async throws {
        let answer = try await AdminClient(endpoint: server.url)
            .send("POST", "/_tarn/inventory", ["bucket": .string(bucket), "id": .string(id)])
        print(answer["manifest"]?.string ?? "")
    }
}
