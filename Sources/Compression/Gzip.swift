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
