import CProcess
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A program in a process group of its own, spoken to over its standard input, output and error. It gets no descriptor
/// and no variable of ours but those named.
///
/// One thread starts the process, waits for its end and then ends itself: so the kernel's parent-death signal, which is
/// bound to the thread, reaches the child exactly when this process dies.
public final class ChildProcess: Sendable {
    public struct Plan: Sendable {
        public var program: String
        public var arguments: [String]
        public var environment: [String: String]
        /// The working directory.
        public var directory: String
        public init(program: String, arguments: [String], environment: [String: String], directory: String) {
            (self.program, self.arguments, self.environment, self.directory) = (program, arguments, environment, directory)
        }
    }

    public enum End: Sendable, Equatable {
        case status(Int32)
        case signal(Int32)
    }

    /// Why a process could not be started.
    public struct SpawnFailure: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    private enum Limit {
        static let openFiles = 4_096
        static let fileSize = 64 << 30
    }

    public let pid: Int32
    /// Our end of the process's standard input, a socket; blocking. The owner closes it.
    public let input: Int32
    /// Our end of its standard output; blocking. The owner closes it.
    public let output: Int32
    /// Our end of its standard error; blocking. The owner closes it.
    public let errors: Int32
    private let isAlive = Mutex(true)

    private init(pid: Int32, input: Int32, output: Int32, errors: Int32) {
        (self.pid, self.input, self.output, self.errors) = (pid, input, output, errors)
    }

    /// Starts `plan`.
    /// - Parameter onEnd: called once, on a thread of its own, when the process and its group are gone.
    /// - Throws: ``SpawnFailure``.
    public static func start(_ plan: Plan, onEnd: @escaping @Sendable (End) -> Void) async throws -> ChildProcess {
        try await withCheckedThrowingContinuation { continuation in
            let code = OwnThread.start {
                let child: ChildProcess
                do { child = try spawn(plan) } catch { return continuation.resume(throwing: error) }
                continuation.resume(returning: child)
                onEnd(child.reap())
            }
            if let code { continuation.resume(throwing: failure("thread", code)) }
        }
    }

    /// Asks the process, and all that it started, to end (SIGTERM).
    public func terminate() { send(SIGTERM) }

    /// Ends the process and all that it started (SIGKILL).
    public func kill() { send(SIGKILL) }

    private func send(_ signal: Int32) {
        isAlive.withLock { alive in
            // The number stays ours until `reap` has taken the process off the kernel's list.
            if alive { _ = Glibc.kill(-pid, signal) }
        }
    }

    private func reap() -> End {
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return isAlive.withLock { alive in
            alive = false
            _ = Glibc.kill(-pid, SIGKILL)
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7F
            return signal == 0 ? .status(status >> 8 & 0xFF) : .signal(signal)
        }
    }

    /// Programs of Debian's essential package util-linux set what posix_spawn can't.
    private static func launch(_ plan: Plan) -> (program: String, arguments: [String]) {
        var line = [plan.program] + plan.arguments
        if access("/usr/bin/setpriv", X_OK) == 0 { line = ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--"] + line }
        if access("/usr/bin/prlimit", X_OK) == 0 {
            line = ["/usr/bin/prlimit", "--core=0", "--nofile=\(Limit.openFiles)", "--fsize=\(Limit.fileSize)"] + line
        }
        return (line[0], line)
    }

    private static func spawn(_ plan: Plan) throws -> ChildProcess {
        // Ours first, the child's second. Sockets, because writing to one whose reader died can be told not to signal.
        var pairs: [[Int32]] = []
        func closeAll() { for pair in pairs { for end in pair { close(end) } } }
        for _ in 0..<3 {
            var ends: [Int32] = [0, 0]
            guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
                let code = errno
                closeAll()
                throw failure("socketpair", code)
            }
            pairs.append(ends)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        var allSignals = sigset_t()
        sigemptyset(&noSignals)
        sigfillset(&allSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setsigdefault(&attributes, &allSignals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, pair) in pairs.enumerated() { posix_spawn_file_actions_adddup2(&actions, pair[1], Int32(descriptor)) }
        posix_spawn_file_actions_addchdir_np(&actions, plan.directory)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        let (program, arguments) = launch(plan)
        var pid: pid_t = 0
        let variables = plan.environment.map { "\($0)=\($1)" }
        let code = withCStrings(arguments) { argv in
            withCStrings(variables) { envp in posix_spawn(&pid, program, &actions, &attributes, argv, envp) }
        }
        guard code == 0 else {
            closeAll()
            throw failure(plan.program, code)
        }
        for pair in pairs { close(pair[1]) }
        return ChildProcess(pid: pid, input: pairs[0][0], output: pairs[1][0], errors: pairs[2][0])
    }

    private static func failure(_ what: String, _ code: Int32) -> SpawnFailure {
        SpawnFailure(description: "\(what): \(String(cString: strerror(code)))")
    }
}

/// Lends a null-terminated array of C strings.
private func withCStrings<Result>(_ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}

/// A thread of our own, for work that blocks for the life of a child process.
public enum OwnThread {
    private final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// - Returns: the system's error number, nil if the thread runs.
    public static func start(_ body: @escaping @Sendable () -> Void) -> Int32? {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 512 << 10)
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body))
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, box.toOpaque())
        guard code != 0 else { return nil }
        box.release()
        return code
    }
}
