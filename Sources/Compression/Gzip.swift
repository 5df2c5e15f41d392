import CZlib

/// gzip (RFC 1952).
public enum Gzip {
    /// zlib's status, or what the bytes lack.
    public enum Failure: Error, Hashable, Sendable {
        case status(Int32)
        /// They unpack to more than was allowed.
        case tooLarge
        /// They end before the stream does.
        case cut
    }

    /// - Throws: ``Failure/status(_:)``
    public static func compress(_ bytes: [UInt8]) throws -> [UInt8] {
        // 16 on top of the window's size asks for gzip's header and sum.
        try Deflate.deflated(bytes, windowBits: 15 + 16)
    }

    /// Unpacks a file, of several members too.
    /// - Parameter limit: the most bytes it may unpack to; no more memory than that is spent.
    /// - Throws: ``Failure``
    public static func decompress(_ bytes: [UInt8], limit: Int) throws -> [UInt8] {
        var stream = z_stream()
        var status = inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw Failure.status(status) }
        defer { inflateEnd(&stream) }
        var input = bytes
        var output: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 64 << 10)
        try input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            while true {
                let made = room.withUnsafeMutableBufferPointer { room in
                    stream.next_out = room.baseAddress
                    stream.avail_out = UInt32(room.count)
                    status = inflate(&stream, Z_NO_FLUSH)
                    return room.count - Int(stream.avail_out)
                }
                guard output.count + made <= limit else { throw Failure.tooLarge }
                output.append(contentsOf: room[..<made])
                switch status {
                case Z_STREAM_END:
                    if stream.avail_in == 0 { return }
                    status = inflateReset(&stream)
                    guard status == Z_OK else { throw Failure.status(status) }
                case Z_OK: if stream.avail_in == 0, made < room.count { throw Failure.cut }
                // No progress is possible: the input has ended.
                case Z_BUF_ERROR: throw Failure.cut
                default: throw Failure.status(status)
                }
            }
        }
        return output
    }
}
