import Kernel
import Lambda
import Logging
import Model
import SNS
import S3
import Store
import Wire

/// The whole of Tarn, put together: the data directory opened, the services registered, the front door listening.
public struct Server: Sendable {
    public let platform: Platform
    private let door: FrontDoor

    /// Opens the data directory and starts the services. Nothing listens yet.
    /// - Throws: ``StoreError/inUse(directory:)`` when another process holds the directory, ``OpenRefused`` for an address
    ///   that the default root key must not be offered on.
    public static func open(_ configuration: Configuration, log: Logger) async throws -> Server {
        guard isLoopback(configuration.host) else { throw OpenRefused(host: configuration.host) }
        let store = try SQLiteStore.open(directory: configuration.dataDirectory)
        do {
            let clock = try await Platform.clock(of: store)
            let root = try await RootKey.open(configuration.rootKey, dataDirectory: configuration.dataDirectory, store: store)
            let tokens = SessionTokens(key: root.derived("session tokens"))
            let (sns, lambda) = (SNSService(), LambdaService())
            let platform = Platform(
                configuration: configuration, clock: clock, store: store,
                blobs: try BlobStore(
                    directory: configuration.dataDirectory,
                    space: DiskSpace(of: configuration.dataDirectory, reading: RealTime.reading)),
                logs: try LogStore(directory: configuration.dataDirectory),
                models: try Models(directory: configuration.modelsDirectory),
                identity: StoredIdentities(store: store, clock: clock, tokens: tokens), rootKey: root,
                services: allServices(tokens: tokens, sns: sns, lambda: lambda), log: log)
            var admin = AdminRoutes()
            admin.addRoleDelivery()
            admin.addMailbox(sns)
            admin.addPackages(lambda)
            let faults = FaultInjector()
            admin.addFaults(faults)
            let s3 = platform.services[S3Service.id] as? S3Service
            if let s3 {
                admin.addScrub(s3)
                admin.addInventory(s3)
            }
            let pages = s3.map { BucketPages($0, platform) }
            return Server(
                platform: platform,
                door: FrontDoor(
                    platform: platform, admin: admin, pages: pages, functions: FunctionPages(lambda, platform),
                    served: s3.map { ServedRequests($0) }, faults: faults))
        } catch {
            await store.close()
            throw error
        }
    }

    /// Serves until the task is cancelled or the service group shuts down; then ends workers and closes the store.
    public func run() async throws {
        try await platform.start()
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await door.run()) } catch { outcome = .failure(error) }
        await platform.stop()
        await platform.store.close()
        try outcome.get()
    }

    /// The root key `test` is known to all; it must not be reachable from other machines.
    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}

/// Tarn was asked to listen where others could reach it with the default root key.
public struct OpenRefused: Error, CustomStringConvertible, Sendable {
    public let host: String
    public var description: String {
        "refusing to listen on \(host): the root secret is the default one, and anyone who reaches it would be root. Listen on 127.0.0.1."
    }
}
