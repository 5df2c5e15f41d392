import ArgumentParser
import Kernel

@main
struct Tarn: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tarn",
        abstract: "A self-hosted, AWS-compatible cloud for data architectures.",
        discussion: """
            Start it with `tarn serve`; point any AWS client at http://127.0.0.1:4566 with the access key and the secret \
            `test`. `tarn exec -- COMMAND` sets that up for one command.
            """,
        version: TarnRelease.version,
        subcommands: [
            ServeCommand.self, ExecCommand.self, ClockCommand.self, BlueprintCommand.self, DoctorCommand.self,
            CoverageCommand.self, MetadataCommand.self, WhyCommand.self, MeasureCommand.self, ScrubCommand.self,
            FaultCommand.self, InventoryCommand.self,
        ])
}
