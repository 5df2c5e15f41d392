#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads a descriptor to its end, line by line, on the calling thread.
enum LineReader {
    /// - Parameters:
    ///   - limit: bytes of a line.
    ///   - keepsLong: a longer line is cut and its rest dropped; otherwise reading stops there.
    /// - Returns: false if a line was too long and reading stopped.
    @discardableResult
    static func read(_ descriptor: Int32, limit: Int, keepsLong: Bool, _ take: ([UInt8]) -> Void) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var line: [UInt8] = []
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                if !line.isEmpty { take(line) }
                return true
            }
            var rest = buffer[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                line.append(contentsOf: rest[..<end].prefix(limit - line.count))
                take(line)
                line = []
                rest = rest[(end + 1)...]
            }
            if line.count + rest.count > limit {
                guard keepsLong else { return false }
                rest = rest.prefix(limit - line.count)
            }
            line.append(contentsOf: rest)
        }
    }

    /// Writes all of `bytes` to a socket.
    /// - Returns: false if the other side is gone.
    static func write(_ bytes: [UInt8], to socket: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                send(socket, raw.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}
