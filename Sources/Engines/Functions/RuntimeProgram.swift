#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Which installed program answers a runtime identifier, and how it is called.
struct RuntimePrograms: Sendable {
    /// The repository's root.
    var home: String
    var python: String
    var node: String?

    init(home: String, python: String) {
        self.home = home
        self.python = Self.variable("TARN_LAMBDA_PYTHON") ?? python
        node = Self.variable("TARN_LAMBDA_NODE") ?? Self.find("node")
    }

    enum Kind: Sendable { case python, node, provided }

    /// - Returns: nil for a runtime that Tarn has no program for.
    static func kind(_ runtime: String) -> Kind? {
        if runtime.hasPrefix("python3.") { return .python }
        if runtime.hasPrefix("nodejs"), runtime.hasSuffix(".x") { return .node }
        if runtime.hasPrefix("provided") { return .provided }
        return nil
    }

    /// The command line for a handler whose code is under `code`.
    /// - Throws: ``EngineFault/runtimeMissing(_:)``, ``EngineFault/unsupportedRuntime(_:)``.
    func command(
        _ runtime: String, handler: String, code: String, layers: String? = nil
    ) throws(EngineFault) -> (program: String, arguments: [String]) {
        switch Self.kind(runtime) {
        case .python:
            guard access(python, X_OK) == 0 else {
                throw .runtimeMissing(
                    "The Python of the runtime \(runtime) is not installed at \(python). Install it with: ./run --setup")
            }
            return (python, [home + "/Runtimes/functions/python/bootstrap.py", handler])
        case .node:
            guard let node, access(node, X_OK) == 0 else {
                throw .runtimeMissing("Node.js, which runs \(runtime), is not installed. Install it with: apt-get install nodejs")
            }
            return (node, [home + "/Runtimes/functions/nodejs/bootstrap.mjs", handler])
        case .provided:
            let places = [code, layers].compactMap { $0.map { $0 + "/bootstrap" } }
            guard let bootstrap = places.first(where: { access($0, X_OK) == 0 }) else {
                throw .runtimeMissing("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")
            }
            return (bootstrap, [])
        case nil: throw .unsupportedRuntime(runtime)
        }
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    private static func find(_ program: String) -> String? {
        (variable("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map { "\($0)/\(program)" }
            .first { access($0, X_OK) == 0 }
    }
}
