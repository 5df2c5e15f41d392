import ArgumentParser
import Server

struct CoverageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage", abstract: "Print, per service, the operations in AWS's model and those that Tarn implements.")

    @Flag(help: "Name each implemented operation and the input members that its handler does not read.") var members = false
    @Flag(help: "As a Markdown table, for README.md.") var markdown = false

    func run() async throws {
        let report = try Coverage.report(home: try Home.find())
        print(markdown ? report.markdown : report.text(withMembers: members))
    }
}
