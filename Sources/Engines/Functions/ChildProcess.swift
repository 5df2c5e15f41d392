import CProcess
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A program in a process group of its own, whose output goes into one pipe. It gets no descriptor and no variable of ours
/// but those named.
///
/// One thread starts the process, waits for its end and then ends itself: so the kernel's parent-death signal, which is
/// bound to the thread, reaches the child exactly when this process dies.
final class ChildProcess: Sendable {
    struct Plan: Sendable {
        var program: String
        var arguments: [String]
        var environment: [String: String]
        var directory: String
    }

    enum End: Sendable, Equatable {
        case status(Int32)
        case signal(Int32)
    }

    private enum Limit {
        static let openFiles = 1_024
        /// Bytes of one file, as much as the largest ephemeral storage.
        static let fileSize = 10 << 30
    }

    let pid: Int32
    /// The reading end of the process's output, non-blocking.
    let output: Int32
    private let isAlive = Mutex(true)

    private init(pid: Int32, output: Int32) { (self.pid, self.output) = (pid, output) }

    /// Starts `plan`.
    /// - Parameter onEnd: called once, on a thread of its own, when the process and its group are gone.
    static func start(_ plan: Plan, onEnd: @escaping @Sendable (End) -> Void) async throws -> ChildProcess {
        try await withCheckedThrowingContinuation { continuation in
            let body: @Sendable () -> Void = {
                let child: ChildProcess
                do { child = try spawn(plan) } catch { return continuation.resume(throwing: error) }
                continuation.resume(returning: child)
                onEnd(child.reap())
            }
            if let error = DetachedThread.start(body) {
                continuation.resume(throwing: EngineFault.spawnFailed("thread: \(String(cString: strerror(error)))"))
            }
        }
    }

    /// Ends the process and all that it started.
    func kill() {
        isAlive.withLock { alive in
            // The number stays ours until `reap` has taken the process off the kernel's list.
            if alive { _ = Glibc.kill(-pid, SIGKILL) }
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
        var ends: [Int32] = [0, 0]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw failure("pipe", errno) }
        defer { close(ends[1]) }
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
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        posix_spawn_file_actions_addchdir_np(&actions, plan.directory)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        let (program, arguments) = launch(plan)
        var pid: pid_t = 0
        let variables = plan.environment.map { "\($0)=\($1)" }
        let code = withCStrings(arguments) { argv in
            withCStrings(variables) { envp in posix_spawn(&pid, program, &actions, &attributes, argv, envp) }
        }
        guard code == 0 else {
            close(ends[0])
            throw failure(plan.program, code)
        }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        return ChildProcess(pid: pid, output: ends[0])
    }

    private static func failure(_ what: String, _ code: Int32) -> EngineFault {
        .spawnFailed("\(what): \(String(cString: strerror(code)))")
    }
}

/// Lends a null-terminated array of C strings.
private func withCStrings<Result>(_ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}

/// A thread of our own, for work that blocks for the life of a child process.
private enum DetachedThread {
    private final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// - Returns: the system's error number, nil if the thread runs.
    static func start(_ body: @escaping @Sendable () -> Void) -> Int32? {
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
