import Foundation
import Kernel

/// Carries out a blueprint's steps against a server and tells how each went.
struct BlueprintRun {
    let blueprint: Blueprint
    let home: String
    let endpoint: String

    struct Summary {
        var checks = 0
        var held = 0
        var seconds = 0.0
        /// The step that ended the run.
        var failed: String?
    }

    private enum Limit {
        /// What is shown of a step's output.
        static let outputBytes = 1 << 20
    }

    /// Runs `steps` in order. A failed step ends the run and leaves everything up to look at; so does a failed check, for
    /// later steps build on it.
    func carryOut(_ steps: [Blueprint.Step]) throws -> Summary {
        var summary = Summary()
        let work = "\(home)/.setup/blueprints/\(blueprint.name)"
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        let began = RealTime.reading()
        for step in steps {
            let isCheck = step.check ?? false
            if isCheck { summary.checks += 1 }
            let outcome = try run(step, work: work)
            print("  \(outcome.succeeded ? "✓" : "✗") \(step.title)  (\(Self.text(outcome.seconds)) s)")
            for line in outcome.output.split(separator: "\n", omittingEmptySubsequences: true) where isCheck || !outcome.succeeded
            {
                print("      \(line)")
            }
            fflush(nil)
            guard outcome.succeeded else {
                summary.failed = step.title
                break
            }
            if isCheck { summary.held += 1 }
        }
        summary.seconds = Self.seconds(since: began)
        return summary
    }

    private struct Outcome {
        var succeeded: Bool
        var output: String
        var seconds: Double
    }

    private func run(_ step: Blueprint.Step, work: String) throws -> Outcome {
        let began = RealTime.reading()
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", "set -euo pipefail; if [ -f names.sh ]; then source names.sh; fi; \(step.run)"]
        process.currentDirectoryURL = URL(filePath: blueprint.folder)
        process.environment = try environment(work: work)
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            succeeded: process.terminationStatus == 0, output: String(decoding: bytes.suffix(Limit.outputBytes), as: UTF8.self),
            seconds: Self.seconds(since: began))
    }

    /// What the steps need and no more: nobody's own AWS settings reach them.
    private func environment(work: String) throws -> [String: String] {
        let inherited = ProcessInfo.processInfo.environment
        var environment = inherited.filter { ["HOME", "LANG", "TMPDIR", "TERM", "USER"].contains($0.key) }
        environment["PATH"] = "\(home)/.setup/venv/bin:" + (inherited["PATH"] ?? "/usr/bin:/bin")
        environment["AWS_ENDPOINT_URL"] = endpoint
        environment["AWS_DISABLE_HOST_PREFIX_INJECTION"] = "true"
        environment["AWS_ACCESS_KEY_ID"] = "test"
        environment["AWS_SECRET_ACCESS_KEY"] = "test"
        environment["AWS_REGION"] = "us-east-1"
        environment["AWS_DEFAULT_REGION"] = "us-east-1"
        environment["AWS_PAGER"] = ""
        environment["AWS_CONFIG_FILE"] = "/dev/null"
        environment["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null"
        environment["AWS_EC2_METADATA_DISABLED"] = "true"
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        environment["WORK"] = work
        environment["TARN"] = try Home.executable()
        environment["TARN_HOME"] = home
        return environment
    }

    private static func seconds(since began: Duration) -> Double {
        Double((RealTime.reading() - began).wholeMilliseconds) / 1_000
    }
    static func text(_ seconds: Double) -> String { String(format: "%.1f", seconds) }
}
