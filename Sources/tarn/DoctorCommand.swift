import ArgumentParser

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say what is installed, what is missing and the command that mends it.")

    /// One thing that Tarn needs for one of its abilities.
    private struct Need {
        var name: String
        var serves: String
        var isThere: Bool
        var remedy: String
    }

    func run() async throws {
        let home = try Home.find()
        let venv = home + "/.setup/venv"
        let setup = "./run --setup"
        func file(_ path: String) -> Bool { access(path, R_OK) == 0 }
        let packages = venv + "/lib"
        let needs = [
            Need(name: "API models", serves: "every service", isThere: file(home + "/.setup/models/index.json"), remedy: setup),
            Need(
                name: "Python environment", serves: "the SQL worker, Python functions", isThere: file(venv + "/bin/python"),
                remedy: setup),
            Need(name: "DuckDB", serves: "Athena, Glue crawlers", isThere: Self.hasModule("duckdb", packages), remedy: setup),
            Need(name: "sqlglot", serves: "Athena", isThere: Self.hasModule("sqlglot", packages), remedy: setup),
            Need(
                name: "awslambdaric", serves: "Python functions", isThere: Self.hasModule("awslambdaric", packages), remedy: setup
            ),
            Need(name: "Node.js", serves: "Node.js functions", isThere: Self.onPath("node"), remedy: "apt-get install nodejs"),
            Need(name: "AWS CLI", serves: "blueprints", isThere: file(venv + "/bin/aws"), remedy: setup),
        ]
        for need in needs {
            let mark = need.isThere ? "ok     " : "missing"
            print("\(mark)  \(need.name) (\(need.serves))" + (need.isThere ? "" : ": \(need.remedy)"))
        }
        if needs.contains(where: { !$0.isThere }) { throw ExitCode.failure }
    }

    private static func onPath(_ program: String) -> Bool {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        return path.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
    }

    /// Whether any `pythonX.Y/site-packages` under `lib` has the module.
    private static func hasModule(_ name: String, _ lib: String) -> Bool {
        guard let directory = opendir(lib) else { return false }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let folder = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if folder.hasPrefix("python"), access("\(lib)/\(folder)/site-packages/\(name)", R_OK) == 0 { return true }
        }
        return false
    }
}
