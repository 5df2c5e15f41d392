import CloudWatchLogs
import Documents
import Kernel
import Lambda
import TestSupport
import Testing

@Suite(.serialized) struct InvocationTests {
    static let role: Document = "arn:aws:iam::000000000000:role/runner"

    static func create(
        _ tarn: TestPlatform, _ name: String, _ files: [String: String], runtime: String = "python3.12",
        handler: String = "app.handler",
        _ more: Members = [:]
    ) async throws {
        var input: Members = [
            "FunctionName": .string(name), "Runtime": .string(runtime), "Handler": .string(handler), "Role": role,
            "Code": ["ZipFile": .blob(ZipWriter.zip(files))],
        ]
        input.merge(more) { $1 }
        try await tarn.call("lambda", "CreateFunction", .map(input))
    }

    static func invoke(_ tarn: TestPlatform, _ name: String, _ payload: String = "{}") async throws -> (Document, String) {
        let reply = try await tarn.reply(
            "lambda", "Invoke", ["FunctionName": .string(name), "LogType": "Tail"], body: Array(payload.utf8))
        return (reply.output, String(decoding: try await reply.body?.collect(limit: 10 << 20) ?? [], as: UTF8.self))
    }

    private func with(_ body: @Sendable (TestPlatform) async throws -> Void) async throws {
        try await TestPlatform.with([LambdaService(), CloudWatchLogsService(), FakeSTS()], body)
    }

    @Test func pythonAnswersAndLogs() async throws {
        try await with { tarn in
            try await Self.create(
                tarn, "hello",
                [
                    "app.py":
                        "import os\ndef handler(event, context):\n    print('got', event)\n    return {'name': event['name'], 'role': os.environ['AWS_ACCESS_KEY_ID'], 'left': context.get_remaining_time_in_millis() > 1000}\n"
                ])
            let (output, payload) = try await Self.invoke(tarn, "hello", #"{"name":"Ada"}"#)
            #expect(output["FunctionError"] == nil)
            #expect(payload == #"{"name": "Ada", "role": "ASIATEST", "left": true}"#)
            let log = String(decoding: Base64.decode(output["LogResult"]?.string ?? "") ?? [], as: UTF8.self)
            #expect(log.contains("got {'name': 'Ada'}"))
            #expect(log.contains("Version: $LATEST") && log.contains("Init Duration: "))
            // Warm: no second init.
            let (again, _) = try await Self.invoke(tarn, "hello", #"{"name":"Bob"}"#)
            let second = String(decoding: Base64.decode(again["LogResult"]?.string ?? "") ?? [], as: UTF8.self)
            #expect(second.contains("REPORT RequestId") && !second.contains("Init Duration"))
        }
    }

    @Test func pythonErrorsAreUnhandled() async throws {
        try await with { tarn in
            try await Self.create(tarn, "bad", ["app.py": "def handler(event, context):\n    raise ValueError('no')\n"])
            let (output, payload) = try await Self.invoke(tarn, "bad")
            #expect(output["FunctionError"]?.string == "Unhandled")
            let error = try JSON.parse(payload)
            #expect(error["errorType"]?.string == "ValueError" && error["errorMessage"]?.string == "no")
        }
    }

    @Test func timeoutKills() async throws {
        try await with { tarn in
            try await Self.create(
                tarn, "slow", ["app.py": "import time\ndef handler(event, context):\n    time.sleep(30)\n"], ["Timeout": 1])
            let (output, payload) = try await Self.invoke(tarn, "slow")
            #expect(output["FunctionError"]?.string == "Unhandled")
            let error = try JSON.parse(payload)
            #expect(error["errorType"]?.string == "Sandbox.Timedout")
            #expect(error["errorMessage"]?.string?.hasSuffix("Error: Task timed out after 1.00 seconds") == true)
        }
    }

    @Test func crashAndMemoryAreTold() async throws {
        try await with { tarn in
            try await Self.create(
                tarn, "crash", ["app.py": "import os\ndef handler(event, context):\n    os._exit(3)\n"])
            let crash = try JSON.parse(try await Self.invoke(tarn, "crash").1)
            #expect(crash["errorType"]?.string == "Runtime.ExitError")
            #expect(crash["errorMessage"]?.string?.hasSuffix("Runtime exited with error: exit status 3") == true)
            try await Self.create(
                tarn, "fat",
                ["app.py": "import time\ndef handler(event, context):\n    x = bytearray(400 << 20)\n    time.sleep(2)\n"])
            let fat = try JSON.parse(try await Self.invoke(tarn, "fat").1)
            #expect(fat["errorType"]?.string == "Runtime.OutOfMemory")
        }
    }

    @Test func nodeTakesAllHandlerForms() async throws {
        try await with { tarn in
            let forms = [
                ("async", "index.js", "exports.handler = async (e) => ({ got: e.n })"),
                ("callback", "index.js", "exports.handler = (e, c, done) => setTimeout(() => done(null, { got: e.n }), 5)"),
                ("esm", "index.mjs", "export const handler = async (e) => ({ got: e.n })"),
                ("plain", "index.cjs", "exports.handler = (e) => ({ got: e.n })"),
            ]
            for (name, file, code) in forms {
                try await Self.create(tarn, name, [file: code], runtime: "nodejs20.x", handler: "index.handler")
                #expect(try await Self.invoke(tarn, name, #"{"n":7}"#).1 == #"{"got":7}"#, "\(name)")
            }
            try await Self.create(
                tarn, "throws", ["index.js": "exports.handler = async () => { throw new TypeError('x') }"], runtime: "nodejs20.x",
                handler: "index.handler")
            let (output, payload) = try await Self.invoke(tarn, "throws")
            #expect(output["FunctionError"]?.string == "Unhandled")
            #expect(try JSON.parse(payload)["errorType"]?.string == "TypeError")
        }
    }

    @Test func untrustingRoleIsRefused() async throws {
        try await with { tarn in
            let error = await #expect(throws: AWSError.self) {
                try await Self.create(tarn, "x", ["app.py": ""], ["Role": "arn:aws:iam::000000000000:role/untrusting"])
            }
            #expect(error?.message == "The role defined for the function cannot be assumed by Lambda.")
        }
    }
}
