import ArgumentParser
import Kernel
import Logging
import Server
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve AWS's APIs until stopped (SIGTERM or Ctrl-C).")

    @Option(help: "The port to listen on; 0 lets the system choose.") var port = 4566
    @Option(help: "The directory that keeps all state. One server at a time may use it.") var data = ".tarn"
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(
        help: """
            Answer DNS at this UDP port (53), so that AWS's names lead here: for programs that take no endpoint. With \
            --port 443, and DATA/tls/ca.pem trusted, they need nothing else.
            """)
    var dns: Int?
    @Option(
        name: .customLong("root-key"),
        help: """
            The key that seals all others: file:PATH, or pkcs11:token=...;object=...?module-path=... (PIN: pin-source, or \
            TARN_PKCS11_PIN); by default TARN_ROOT_KEY (base64), else DATA.root-key.
            """)
    var rootKey: String?
    @Option(name: .customLong("log-level"), help: "trace, debug, info, notice, warning, error or critical.") var logLevel = "info"

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port takes a port, 0 to 65535") }
        guard dns.map((0...65_535).contains) ?? true else { throw ValidationError("--dns takes a port, 0 to 65535") }
    }

    func run() async throws {
        guard let level = Logger.Level(rawValue: logLevel) else { throw ValidationError("there is no log level '\(logLevel)'") }
        var log = Logger(label: "tarn", factory: { StreamLogHandler.standardError(label: $0) })
        log.logLevel = level
        // A client that goes away must not end the server.
        signal(SIGPIPE, SIG_IGN)
        let key = getenv(RootKeySource.variable).map { String(cString: $0) }
        let pin = getenv(RootKeySource.pinVariable).map { String(cString: $0) }
        let configuration = Configuration(
            home: try Home.find(), dataDirectory: try Self.absolute(data), host: host, port: port,
            namePort: dns,
            rootKey: try RootKeySource(option: rootKey, environment: key, pin: pin))
        // Functions and crawlers inherit this process's environment; these are not for them.
        unsetenv(RootKeySource.variable)
        unsetenv(RootKeySource.pinVariable)
        let server = try await Server.open(configuration, log: log)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: ServerRun(server: server))], gracefulShutdownSignals: [.sigterm, .sigint], logger: log))
        try await group.run()
        log.info("stopped")
    }

    /// Made where it is missing: child processes have other working directories.
    private static func absolute(_ path: String) throws -> String {
        func refusal() -> ValidationError {
            ValidationError("the data directory \(path) cannot be used: \(String(cString: strerror(errno)))")
        }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST, let resolved = realpath(path, nil) else { throw refusal() }
        defer { free(resolved) }
        guard let directory = opendir(resolved) else { throw refusal() }
        closedir(directory)
        return String(cString: resolved)
    }
}

private struct ServerRun: ServiceLifecycle.Service {
    let server: Server
    func run() async throws { try await server.run() }
}
