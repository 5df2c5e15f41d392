#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The layers of a function under `/opt`: a small program (Runtimes/functions/opt/opt.c) gives the runtime a mount namespace
/// of its own. Where it can't, layers are on the runtimes' paths alone.
struct LayerMount: Sendable {
    /// All layers in one.
    let directory: String
    /// Where set-up leaves the program.
    let program: String

    /// The command that runs `command` with the layers in place; the same one where they can't be.
    func wrapping(_ command: (program: String, arguments: [String])) -> (program: String, arguments: [String]) {
        // What stands under /opt itself would be hidden.
        guard access(program, X_OK) == 0, !Self.resolved(command.program).hasPrefix("/opt/") else { return command }
        return (program, [directory, command.program] + command.arguments)
    }

    private static func resolved(_ path: String) -> String {
        guard let whole = realpath(path, nil) else { return path }
        defer { free(whole) }
        return String(cString: whole)
    }
}
