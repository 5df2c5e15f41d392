#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the kernel tells of a process under `/proc` (proc(5)).
enum ProcessFacts {
    /// The largest resident size so far of a process, plus the present one of its children, in bytes; nil if it is gone.
    static func peakMemory(of pid: Int32) -> Int64? {
        guard let status = text("/proc/\(pid)/status"), let own = kilobytes("VmHWM:", in: status) else { return nil }
        return own * 1_024 + children(of: pid, depth: 0).reduce(0) { $0 + resident($1) }
    }

    /// When a process started, in clock ticks since boot: with the number it names one process for good.
    static func startTime(of pid: Int32) -> Int64? {
        // The program's name may hold anything, so count from behind its closing bracket.
        guard let stat = text("/proc/\(pid)/stat"), let bracket = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: bracket)...].split(separator: " ")
        return fields.count > 19 ? Int64(fields[19]) : nil
    }

    /// The processes that were started with this variable in their environment, and what those started, as far as we may look.
    static func having(_ name: String, startingWith value: String) -> [Int32] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        let entry = "\(name)=\(value)"
        var found: [Int32] = []
        while let next = readdir(directory) {
            let text = withUnsafePointer(to: &next.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let pid = Int32(text), let environment = Self.text("/proc/\(pid)/environ", limit: environmentLimit) else {
                continue
            }
            if environment.split(separator: "\0").contains(where: { $0.hasPrefix(entry) }) { found.append(pid) }
        }
        return found
    }

    /// Bytes of an environment that are read: four kilobytes are the function's own, the rest is Lambda's.
    private static let environmentLimit = 64 << 10

    private static func resident(_ pid: Int32) -> Int64 {
        text("/proc/\(pid)/status").flatMap { kilobytes("VmRSS:", in: $0) }.map { $0 * 1_024 } ?? 0
    }

    private static func children(of pid: Int32, depth: Int) -> [Int32] {
        guard depth < 4, let list = text("/proc/\(pid)/task/\(pid)/children") else { return [] }
        let own = list.split(separator: " ").compactMap { Int32($0) }
        return own + own.flatMap { children(of: $0, depth: depth + 1) }
    }

    private static func kilobytes(_ name: String, in status: String) -> Int64? {
        for line in status.split(separator: "\n") where line.hasPrefix(name) {
            return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int64($0) }
        }
        return nil
    }

    private static func text(_ path: String, limit: Int = 8 << 10) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = read(file, &buffer, buffer.count)
        return count <= 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
}
