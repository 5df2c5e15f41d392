import CProcess
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A program in a process group of its own, spoken to over its standard streams. It gets no descriptor and no variable of
/// ours but those named.
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
        public var streams: Streams
        public var limits: Limits

        public init(
            program: String, arguments: [String], environment: [String: String], directory: String,
            streams: Streams = .conversation, limits: Limits = Limits()
        ) {
            (self.program, self.arguments, self.environment, self.directory) = (program, arguments, environment, directory)
            (self.streams, self.limits) = (streams, limits)
        }
    }

    /// What the process finds as its standard streams.
    public enum Streams: Sendable {
        /// A socket each for input, output and errors. Our ends block.
        case conversation
        /// Nothing to read; one pipe for output and errors, our end of which does not block.
        case printout
    }

    public struct Limits: Sendable {
        public var openFiles: Int
        /// Bytes of one file.
        public var fileSize: Int
        public init(openFiles: Int = 4_096, fileSize: Int = 64 << 30) {
            (self.openFiles, self.fileSize) = (openFiles, fileSize)
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

    public let pid: Int32
    /// Our end of the process's standard input, -1 for ``Streams/printout``. The owner closes it.
    public let input: Int32
    /// Our end of its standard output. The owner closes it.
    public let output: Int32
    /// Our end of its standard error, -1 for ``Streams/printout``. The owner closes it.
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
            line =
                ["/usr/bin/prlimit", "--core=0", "--nofile=\(plan.limits.openFiles)", "--fsize=\(plan.limits.fileSize)"] + line
        }
        return (line[0], line)
    }

    private struct Channel {
        var ours: Int32
        var theirs: Int32
    }

    /// The channels to a process: for input, output and errors, or the one for what it prints.
    private static func channels(_ streams: Streams) throws -> [Channel] {
        var channels: [Channel] = []
        for _ in 0..<(streams == .printout ? 1 : 3) {
            var ends: [Int32] = [0, 0]
            // Sockets, because writing to one whose reader died can be told not to signal. A function's output is a pipe,
            // as programs expect that open /dev/stdout.
            let code =
                streams == .printout
                ? pipe2(&ends, O_CLOEXEC)
                : socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
            guard code == 0 else {
                let code = errno
                close(channels)
                throw failure("channel", code)
            }
            channels.append(Channel(ours: ends[0], theirs: ends[1]))
        }
        return channels
    }

    private static func close(_ channels: [Channel]) {
        for channel in channels {
            Glibc.close(channel.ours)
            Glibc.close(channel.theirs)
        }
    }

    private static func spawn(_ plan: Plan) throws -> ChildProcess {
        let channels = try channels(plan.streams)
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
        switch plan.streams {
        case .conversation:
            for (descriptor, channel) in channels.enumerated() {
                posix_spawn_file_actions_adddup2(&actions, channel.theirs, Int32(descriptor))
            }
        case .printout:
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            for descriptor: Int32 in [1, 2] { posix_spawn_file_actions_adddup2(&actions, channels[0].theirs, descriptor) }
        }
        posix_spawn_file_actions_addchdir_np(&actions, plan.directory)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        let (program, arguments) = launch(plan)
        var pid: pid_t = 0
        let variables = plan.environment.map { "\($0)=\($1)" }
        let code = withCStrings(arguments) { argv in
            withCStrings(variables) { envp in posix_spawn(&pid, program, &actions, &attributes, argv, envp) }
        }
        guard code == 0 else {
            close(channels)
            throw failure(plan.program, code)
        }
        for channel in channels { Glibc.close(channel.theirs) }
        switch plan.streams {
        case .conversation:
            return ChildProcess(pid: pid, input: channels[0].ours, output: channels[1].ours, errors: channels[2].ours)
        case .printout:
            _ = fcntl(channels[0].ours, F_SETFL, O_NONBLOCK)
            return ChildProcess(pid: pid, input: -1, output: channels[0].ours, errors: -1)
        }
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
