import ArgumentParser

struct BlueprintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blueprint", abstract: "Run reference architectures against a running server.",
        subcommands: [List.self, Run.self, Verify.self, Clean.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Name the blueprints.")
        func run() async throws {
            for blueprint in try Blueprint.all(home: try Home.find()) {
                print("\(blueprint.name)  (\(blueprint.architecture)) \(blueprint.title)")
            }
        }
    }

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take down what an earlier run left, deploy, run and check.")
        @Argument(help: "The blueprint's name.") var name: String
        @OptionGroup var server: EndpointOption
        func run() async throws {
            try await BlueprintCommand.carryOut(name, server.url) { blueprint in blueprint.clean + blueprint.steps }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Repeat the checks that change nothing.")
        @Argument(help: "The blueprint's name.") var name: String
        @OptionGroup var server: EndpointOption
        func run() async throws {
            try await BlueprintCommand.carryOut(name, server.url) { $0.steps.filter { $0.verify ?? false } }
        }
    }

    struct Clean: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take down what a run has made.")
        @Argument(help: "The blueprint's name.") var name: String
        @OptionGroup var server: EndpointOption
        func run() async throws { try await BlueprintCommand.carryOut(name, server.url) { $0.clean } }
    }

    /// Runs the chosen steps and ends with one line. Exit code 0 only when every step and check held.
    private static func carryOut(_ name: String, _ endpoint: String, _ steps: (Blueprint) -> [Blueprint.Step]) async throws {
        let home = try Home.find()
        let blueprint = try Blueprint(name, home: home)
        _ = try await AdminClient(endpoint: endpoint).send("GET", "/_tarn/health")
        print("\(blueprint.name): \(blueprint.title) (\(blueprint.architecture))\n\(blueprint.summary)\n")
        let summary = try BlueprintRun(blueprint: blueprint, home: home, endpoint: endpoint).carryOut(steps(blueprint))
        let verdict = "\(summary.held) of \(summary.checks) checks held in \(BlueprintRun.text(summary.seconds)) s"
        if let failed = summary.failed {
            print("\n\(blueprint.name): FAILED at \"\(failed)\"; \(verdict). Everything is left up to look at.")
            throw ExitCode.failure
        }
        print("\n\(blueprint.name): \(verdict)")
    }
}
