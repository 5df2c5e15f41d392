import CZlib

/// Deflate without a wrapping (RFC 1951), as ZIP archives have it.
public enum Deflate {
    /// - Throws: ``Gzip/Failure/status(_:)``
    public static func compress(_ bytes: [UInt8]) throws -> [UInt8] { try deflated(bytes, windowBits: -15) }

    /// The sum that ZIP archives give of a file (CRC-32, ISO 3309).
    public static func sum(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32(0, $0.baseAddress, UInt32($0.count))) }
    }

    /// - Parameter windowBits: zlib's, which tells the wrapping too.
    static func deflated(_ bytes: [UInt8], windowBits: Int32) throws -> [UInt8] {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        var status = deflateInit2_(
            &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        guard status == Z_OK else { throw Gzip.Failure.status(status) }
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
        guard status == Z_STREAM_END else { throw Gzip.Failure.status(status) }
        return Array(output[..<written])
    }
}
