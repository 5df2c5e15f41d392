import CZlib

/// Unpacks gzip (RFC 1952), also several members one after another, from pieces into pieces: no file need fit into memory.
public final class GzipReader {
    enum Limit { static let piece = 256 * 1_024 }
    private var stream = z_stream()
    private var input: [UInt8] = []
    private var position = 0
    private var isInMember = false

    /// - Throws: ``Gzip/Failure/status(_:)``
    public init() throws {
        let status = inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw Gzip.Failure.status(status) }
    }

    deinit { inflateEnd(&stream) }

    /// Whether the input may end here.
    public var isComplete: Bool { !isInMember && position == input.count }

    /// Takes the next packed bytes.
    public func append(_ bytes: [UInt8]) {
        input.removeFirst(position)
        position = 0
        input += bytes
    }

    /// The next plain bytes, at most a few hundred KiB; nil when more input is needed.
    /// - Throws: ``Gzip/Failure/status(_:)`` for bytes that are not gzip's.
    public func next() throws -> [UInt8]? {
        while position < input.count {
            var output = [UInt8](repeating: 0, count: Limit.piece)
            var status = Z_OK
            let (read, written) = input.withUnsafeMutableBufferPointer { input in
                output.withUnsafeMutableBufferPointer { output in
                    stream.next_in = input.baseAddress.map { $0 + position }
                    stream.avail_in = UInt32(input.count - position)
                    stream.next_out = output.baseAddress
                    stream.avail_out = UInt32(output.count)
                    status = inflate(&stream, Z_NO_FLUSH)
                    return (input.count - position - Int(stream.avail_in), output.count - Int(stream.avail_out))
                }
            }
            position += read
            isInMember = status != Z_STREAM_END
            if status == Z_STREAM_END { inflateReset(&stream) }
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { throw Gzip.Failure.status(status) }
            if written > 0 { return Array(output[..<written]) }
            if status == Z_BUF_ERROR { return nil }
        }
        return nil
    }
}
