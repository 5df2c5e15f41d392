import CloudWatchLogs
import Documents
import Foundation
import Kernel
import Lambda
import TestSupport
import Testing

/// What an execution environment does beside answering: processes of its own, long messages, a log over a moved clock.
@Suite struct EnvironmentTests {
    private func with(_ body: @Sendable (TestPlatform) async throws -> Void) async throws {
        try await TestPlatform.with([LambdaService(), CloudWatchLogsService(), FakeSTS()], body)
    }

    /// A process that nobody has waited for yet has no command line either.
    private func runs(_ pid: Int) -> Bool { FileManager.default.contents(atPath: "/proc/\(pid)/cmdline")?.isEmpty == false }

    @Test func aProcessThatLeftTheGroupEndsWithItsEnvironment() async throws {
        try await with { tarn in
            try await InvocationTests.create(
                tarn, "daemon",
                [
                    "app.py":
                        "import subprocess\ndef handler(event, context):\n    return subprocess.Popen(['sleep', '300'], start_new_session=True).pid\n"
                ])
            let pid = try #require(Int(try await InvocationTests.invoke(tarn, "daemon").1))
            #expect(runs(pid))
            try await tarn.call("lambda", "DeleteFunction", ["FunctionName": "daemon"])
            try await eventually("the process is gone") { !runs(pid) }
        }
    }

    @Test func aLongMessageOfAnErrorArrives() async throws {
        try await with { tarn in
            try await InvocationTests.create(
                tarn, "verbose", ["app.py": "def handler(event, context):\n    raise ValueError('x' * 400_000)\n"])
            let (output, payload) = try await InvocationTests.invoke(tarn, "verbose")
            #expect(output["FunctionError"]?.string == "Unhandled")
            let error = try JSON.parse(payload)
            #expect(error["errorType"]?.string == "ValueError")
            #expect(error["errorMessage"]?.string?.utf8.count == 400_000)
        }
    }

    /// PutLogEvents takes no batch that spans more than a day.
    @Test func aClockMovedDuringACallLosesNoLines() async throws {
        try await TestPlatform.with(Recorder.services + [CloudWatchLogsService()]) { tarn in
            let role = try await Recorder(tarn).role(may: "logs:*")
            let file = tarn.directory + "/step"
            let code = """
                import os, time
                def handler(event, context):
                    open(os.environ['STEP'] + '.begun', 'w').close()
                    while not os.path.exists(os.environ['STEP'] + '.moved'):
                        time.sleep(0.01)
                """
            try await InvocationTests.create(
                tarn, "long", ["app.py": code],
                [
                    "Timeout": 60, "Role": role, "Environment": ["Variables": ["STEP": .string(file)]],
                ])
            async let call = InvocationTests.invoke(tarn, "long")
            try await eventually("the function has begun") { FileManager.default.fileExists(atPath: file + ".begun") }
            try await tarn.advance(.seconds(2 * 86_400))
            #expect(FileManager.default.createFile(atPath: file + ".moved", contents: nil))
            _ = try await call
            var lines: [String] = []
            try await eventually("START, END and REPORT") {
                let page = try? await tarn.call("logs", "FilterLogEvents", ["logGroupName": "/aws/lambda/long"])
                lines = page?["events"]?.list?.compactMap { $0["message"]?.string } ?? []
                return lines.count >= 3
            }
            #expect(lines.contains { $0.hasPrefix("START") } && lines.contains { $0.hasPrefix("END") }, "\(lines)")
        }
    }
}
