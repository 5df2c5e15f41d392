import Documents
import Foundation
import Kernel
import Synchronization
import TestSupport
import Testing

@testable import FunctionEngine
@testable import Lambda

/// Code that is replaced while environments are being started.
@Suite struct CodeCacheTests {
    /// Hands out one package, when it is let.
    private final class Host: FunctionHost {
        let asked = Signal()
        let mayGo = Signal()
        let reads = Mutex(0)

        func code(of specification: FunctionSpecification) async throws -> [UInt8] {
            reads.withLock { $0 += 1 }
            asked.raise()
            try await mayGo.wait()
            return ZipWriter.zip(["app.py": "1"])
        }
        func layer(_ archive: String) async throws -> [UInt8] { [] }
        func session(for specification: FunctionSpecification) async throws -> RoleSession { throw EngineFault.stopping }
        func log(_ lines: [LogLine], group: String, stream: String, as caller: Caller, region: String) async {}
        var endpoint: String { "" }
        func now() -> Timestamp { Timestamp(microseconds: 0) }
        var clockOffset: Duration { .zero }
    }

    @Test func whatAnEnvironmentIsGivenStaysUntilItEnds() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tarn-code-\(Identifier.uuid())").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let (cache, host, specification) = (CodeCache(directory: directory), Host(), Self.specification)
        let first = Task { try await cache.take(specification, from: host) }
        try await host.asked.wait()
        // Another function is updated while this one's code is unpacked ...
        await cache.sweep()
        host.mayGo.raise()
        let unpacked = try await first.value
        // ... and again, before the process has begun.
        await cache.sweep()
        #expect(FileManager.default.fileExists(atPath: unpacked.code + "/app.py"))
        let second = try await cache.take(specification, from: host)
        #expect(second.code == unpacked.code && host.reads.withLock { $0 } == 1)
        await cache.release(unpacked)
        await cache.sweep()
        #expect(FileManager.default.fileExists(atPath: unpacked.code + "/app.py"))
        await cache.release(second)
        await cache.sweep()
        #expect(!FileManager.default.fileExists(atPath: unpacked.code))
        // What was cleared away is unpacked anew.
        host.mayGo.raise()
        let third = try await cache.take(specification, from: host)
        #expect(FileManager.default.fileExists(atPath: third.code + "/app.py"))
    }

    private static let specification = FunctionSpecification(
        arn: "arn:aws:lambda:us-east-1:000000000000:function:f", name: "f", version: "$LATEST", revision: "1",
        runtime: "python3.12", handler: "app.handler", memoryMegabytes: 128, timeout: .seconds(3), variables: [:],
        region: "us-east-1", codeHash: "c0de", logGroup: "", reservedConcurrency: nil)

    @Test func codeReplacedAfterItWasLookedUpIsTheNewCode() async throws {
        let service = LambdaService()
        try await TestPlatform.with([service, FakeSTS()]) { tarn in
            try await InvocationTests.create(tarn, "f", ["app.py": "def handler(event, context):\n    return 'old'\n"])
            let stale = try await tarn.platform.store.read {
                try $0.record(FunctionRecord.self, FunctionRecord.key("000000000000", "us-east-1", "f"))
            }
            let old = try #require(stale)
            let new = ZipWriter.zip(["app.py": "def handler(event, context):\n    return 'new'\n"])
            try await tarn.call("lambda", "UpdateFunctionCode", ["FunctionName": "f", "ZipFile": .blob(new)])
            let outcome = try await service.run(old, Invocation(requestID: "r", payload: Array("{}".utf8)))
            #expect(String(decoding: outcome.payload, as: UTF8.self) == #""new""#)
        }
    }
}
