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
        var stream = z_stream()
        // 16 on top of the window's size asks for gzip's header and sum.
        let size = Int32(MemoryLayout<z_stream>.size)
        var status = deflateInit2_(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        guard status == Z_OK else { throw Failure.status(status) }
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        let written = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                status = deflate(&stream, Z_FINISH)
                return output.count - Int(stream.avail_out)
            }
        }
        guard status == Z_STREAM_END else { throw Failure.status(status) }
        return Array(output[..<written])
    }

    /// Unpacks a file, of several members too.
    /// - Parameter limit: the most bytes it may unpack to; no more memory than that is spent.
    /// - Throws: ``Failure``
    public static func decompress(_ bytes: [UInt8], limit: Int) throws -> [UInt8] {
        let reader = try GzipReader()
        reader.append(bytes)
        var output: [UInt8] = []
        while let piece = try reader.next() {
            guard output.count + piece.count <= limit else { throw Failure.tooLarge }
            output += piece
        }
        guard !bytes.isEmpty, reader.isComplete else { throw Failure.cut }
        return output
    }
}
