import CZlib

/// What Gzip packed, unpacked by zlib.
enum Gunzip {
    struct Failure: Error {}

    static func bytes(_ packed: [UInt8]) throws -> [UInt8] {
        var stream = z_stream()
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { throw Failure() }
        defer { inflateEnd(&stream) }
        var input = packed
        var output = [UInt8](repeating: 0, count: 4 << 20)
        let count = try input.withUnsafeMutableBufferPointer { input in
            try output.withUnsafeMutableBufferPointer { output in
                (stream.next_in, stream.avail_in) = (input.baseAddress, UInt32(input.count))
                (stream.next_out, stream.avail_out) = (output.baseAddress, UInt32(output.count))
                guard inflate(&stream, Z_FINISH) == Z_STREAM_END else { throw Failure() }
                return output.count - Int(stream.avail_out)
            }
        }
        return Array(output[..<count])
    }
}
