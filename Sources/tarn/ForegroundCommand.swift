import Kernel
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A command that has this one's terminal, with a changed environment.
enum ForegroundCommand {
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// Runs `words` and waits for the end.
    /// - Returns: the exit code; 128 and the signal's number for a command that a signal ended.
    static func run(_ words: [String], setting: [String: String], unsetting: [String]) async throws -> Int32 {
        for name in unsetting { unsetenv(name) }
        for (name, value) in setting { setenv(name, value, 1) }
        let child = try spawn(words)
        // Ctrl-C reaches the command by the terminal; what is sent to us alone is passed on.
        for number in [SIGINT, SIGQUIT] { signal(number, SIG_IGN) }
        StopSignal.pass(to: child)
        return try await withCheckedThrowingContinuation { continuation in
            let code = OwnThread.start {
                var status: Int32 = 0
                while waitpid(child, &status, 0) < 0, errno == EINTR {}
                let number = status & 0x7F
                continuation.resume(returning: number == 0 ? status >> 8 & 0xFF : 128 + number)
            }
            if let code { continuation.resume(throwing: Failure(description: String(cString: strerror(code)))) }
        }
    }

    private static func spawn(_ words: [String]) throws -> pid_t {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child: pid_t = 0
        let code = posix_spawnp(&child, words[0], nil, nil, &arguments, environ)
        guard code == 0 else { throw Failure(description: "\(words[0]): \(String(cString: strerror(code)))") }
        return child
    }
}

/// SIGTERM and SIGINT, as something to wait for or to pass on.
enum StopSignal {
    /// Returns when this process is told to stop.
    static func wait() async throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw ForegroundCommand.Failure(description: String(cString: strerror(errno))) }
        let reader = ends[0]
        told.store(ends[1], ordering: .relaxed)
        for number in [SIGTERM, SIGINT] {
            signal(number) { _ in
                var byte: UInt8 = 1
                _ = write(StopSignal.told.load(ordering: .relaxed), &byte, 1)
            }
        }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let code = OwnThread.start {
                var byte: UInt8 = 0
                while read(reader, &byte, 1) < 0, errno == EINTR {}
                continuation.resume()
            }
            if let code {
                continuation.resume(throwing: ForegroundCommand.Failure(description: String(cString: strerror(code))))
            }
        }
    }
    private static let told = Atomic<Int32>(-1)

    /// Sends a SIGTERM that this process gets on to `child`.
    static func pass(to child: pid_t) {
        target.store(child, ordering: .relaxed)
        signal(SIGTERM) { _ in _ = kill(StopSignal.target.load(ordering: .relaxed), SIGTERM) }
    }
    private static let target = Atomic<Int32>(0)
}
