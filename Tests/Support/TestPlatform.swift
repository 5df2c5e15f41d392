import Documents
import Foundation
import Kernel
import Logging
import Model
import Store
import Testing

/// A whole platform inside a test: real store in a directory of its own, a clock that stands still until it is moved.
///
///     try await TestPlatform.with([DynamoDBService()]) { tarn in
///         try await tarn.call("dynamodb", "CreateTable", [...])
///     }
public struct TestPlatform: Sendable {
    /// 2026-01-01T00:00:00Z, where every test's clock begins.
    public static let epoch = Timestamp(seconds: 1_767_225_600)

    public let platform: Platform
    public let directory: String

    /// Builds a platform with `services`, runs `body`, and takes everything down again.
    @discardableResult
    public static func with<Result: Sendable>(
        _ services: [any Service], space: DiskSpace? = nil, _ body: @Sendable (TestPlatform) async throws -> Result
    ) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tarn-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let tarn = try await open(services, directory: directory, space: space)
        do {
            let result = try await body(tarn)
            await tarn.close()
            return result
        } catch {
            await tarn.close()
            throw error
        }
    }

    /// One for the whole run, so that a directory that is opened again can be read.
    public static let rootKey = RootKey.random()

    /// For tests that stop a platform and open its directory again.
    /// - Parameters:
    ///   - now: where the clock stands.
    ///   - space: what is said of the disk, instead of measuring it.
    ///   - wrap: puts something of the test's between the platform and its store.
    public static func open(
        _ services: [any Service], directory: String, at now: Timestamp = epoch, rootKey: RootKey = rootKey,
        space: DiskSpace? = nil, wrap: (any KeyValueStore) -> any KeyValueStore = { $0 }
    ) async throws -> TestPlatform {
        let store = wrap(try SQLiteStore.open(directory: directory))
        let clock = PlatformClock(frozenAt: now)
        let identity = StoredIdentities(store: store, clock: clock, tokens: SessionTokens(key: [UInt8](repeating: 7, count: 32)))
        var log = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        log.logLevel = .critical
        let configuration = Configuration(home: home, dataDirectory: directory, port: 0)
        let platform = Platform(
            configuration: configuration, clock: clock, store: store,
            blobs: try BlobStore(directory: directory, space: space), logs: try LogStore(directory: directory),
            models: try Models(directory: configuration.modelsDirectory),
            identity: identity, rootKey: rootKey, services: services, log: log)
        try await platform.start()
        return TestPlatform(platform: platform, directory: directory)
    }

    /// The repository's root.
    public static var home: String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    }

    public func close() async {
        await platform.stop()
        await platform.store.close()
    }

    /// Calls an operation and gives its output. Errors come out as ``AWSError``.
    @discardableResult
    public func call(
        _ service: String, _ operation: String, _ input: Document = [:], as caller: Caller = .root(of: "000000000000"),
        body: [UInt8] = [], region: String = "us-east-1"
    ) async throws -> Document {
        try await reply(service, operation, input, as: caller, body: body, region: region).output
    }

    /// The same with the answer's payload.
    public func reply(
        _ service: String, _ operation: String, _ input: Document = [:], as caller: Caller = .root(of: "000000000000"),
        body: [UInt8] = [], region: String = "us-east-1"
    ) async throws -> Reply {
        try await platform.call(
            Call(service, operation, input, body: RequestBody(ByteStream(bytes: body)), caller: caller, region: region))
    }

    /// Waits until nothing is on its way in the outbox.
    public func untilDelivered(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await eventually("all deliveries are made", every: .milliseconds(2), sourceLocation: sourceLocation) {
            try await platform.store.read { try $0.count(Key(.delivery), limit: 1) == 0 }
        }
    }

    /// Moves the clock; whatever falls due has run when this returns.
    public func advance(_ duration: Duration) async throws { _ = try await platform.advanceClock(by: duration) }
}
