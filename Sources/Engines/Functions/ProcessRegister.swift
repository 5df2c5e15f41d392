import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file that names the running child processes, so that the next start can end those that a crash left behind.
final class ProcessRegister: Sendable {
    private let path: String
    private let entries = Mutex<[Int32: Int64]>([:])

    init(path: String) { self.path = path }

    /// Ends what the last process left running: the children, with their process groups, and what has left those and was
    /// started with its code in `directory`. A number that another program has since got is told by its start time.
    /// - Returns: how many were ended.
    func killOrphans(of directory: String) -> Int {
        var killed = 0
        for line in read().split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count == 2, let pid = Int32(fields[0]), let start = Int64(fields[1]), pid > 1,
                ProcessFacts.startTime(of: pid) == start
            else { continue }
            if kill(-pid, SIGKILL) == 0 { killed += 1 }
        }
        unlink(path)
        for pid in ProcessFacts.having("LAMBDA_TASK_ROOT", startingWith: directory + "/") where kill(pid, SIGKILL) == 0 {
            killed += 1
        }
        return killed
    }

    func add(_ pid: Int32) {
        guard let start = ProcessFacts.startTime(of: pid) else { return }
        entries.withLock { entries in
            entries[pid] = start
            write(entries)
        }
    }

    func remove(_ pid: Int32) {
        entries.withLock { entries in
            if entries.removeValue(forKey: pid) != nil { write(entries) }
        }
    }

    private func write(_ entries: [Int32: Int64]) {
        let text = Array(entries.map { "\($0) \($1)\n" }.joined().utf8)
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        // A register that can't be written only loses this second line of defence; the first is the parent-death signal.
        _ = Glibc.write(file, text, text.count)
        close(file)
    }

    private func read() -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = Glibc.read(file, &buffer, buffer.count)
        return count <= 0 ? "" : String(decoding: buffer[..<count], as: UTF8.self)
    }
}
