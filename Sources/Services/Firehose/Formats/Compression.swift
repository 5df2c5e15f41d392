import CZlib

/// The compression formats of S3 destinations.
enum Compression: String, Sendable {
    case none = "UNCOMPRESSED"
    case gzip = "GZIP"
    case zip = "ZIP"
    case snappy = "Snappy"
    case hadoopSnappy = "HADOOP_SNAPPY"

    /// What AWS appends to the object's name.
    var ending: String {
        switch self {
        case .none: ""
        case .gzip: ".gz"
        case .zip: ".zip"
        case .snappy: ".snappy"
        case .hadoopSnappy: ".hsnappy"
        }
    }

    /// - Parameter name: of the one file in a ZIP archive.
    func compress(_ bytes: [UInt8], name: String) throws -> [UInt8] {
        switch self {
        case .none: bytes
        case .gzip: try Deflate.gzip(bytes)
        case .zip: try Deflate.zip(bytes, name: name)
        case .snappy: Snappy.framed(bytes)
        case .hadoopSnappy: Snappy.hadoop(bytes)
        }
    }
}

/// zlib's deflate in its wrappings.
enum Deflate {
    struct Failure: Error { let code: Int32 }

    /// RFC 1952.
    static func gzip(_ bytes: [UInt8]) throws -> [UInt8] { try deflated(bytes, windowBits: 15 + 16) }

    private static func deflated(_ bytes: [UInt8], windowBits: Int32) throws -> [UInt8] {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        var status = deflateInit2_(
            &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        guard status == Z_OK else { throw Failure(code: status) }
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
        guard status == Z_STREAM_END else { throw Failure(code: status) }
        return Array(output[..<written])
    }

    /// An archive of one file (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
    static func zip(_ bytes: [UInt8], name: String) throws -> [UInt8] {
        let packed = try deflated(bytes, windowBits: -15)
        var plain = bytes
        let sum = plain.withUnsafeMutableBufferPointer { UInt32(truncatingIfNeeded: crc32(0, $0.baseAddress, UInt32($0.count))) }
        func little(_ value: UInt32, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
        // Version 2.0, no flags, deflate, 1980-01-01: the time is in the object's name.
        var common = little(20, 2) + little(0, 2) + little(8, 2) + little(0, 2) + little(0x21, 2)
        common += little(sum, 4) + little(UInt32(packed.count), 4) + little(UInt32(bytes.count), 4)
        common += little(UInt32(name.utf8.count), 2) + little(0, 2)
        var archive = little(0x0403_4B50, 4) + common + Array(name.utf8) + packed
        let start = UInt32(archive.count)
        let entry =
            little(0x0201_4B50, 4) + little(20, 2) + common + little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4)
            + little(0, 4) + Array(name.utf8)
        archive += entry
        archive += little(0x0605_4B50, 4) + little(0, 2) + little(0, 2) + little(1, 2) + little(1, 2)
        archive += little(UInt32(entry.count), 4) + little(start, 4) + little(0, 2)
        return archive
    }

    /// Unpacks gzip.
    /// - Returns: nil for what is not gzip, or is larger than `limit`.
    static func gunzip(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
        var stream = z_stream()
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var input = bytes
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        return input.withUnsafeMutableBufferPointer { input -> [UInt8]? in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            while true {
                var status = Z_OK
                let written = piece.withUnsafeMutableBufferPointer { piece in
                    stream.next_out = piece.baseAddress
                    stream.avail_out = UInt32(piece.count)
                    status = inflate(&stream, Z_NO_FLUSH)
                    return piece.count - Int(stream.avail_out)
                }
                guard status == Z_OK || status == Z_STREAM_END, output.count + written <= limit else { return nil }
                output.append(contentsOf: piece[..<written])
                if status == Z_STREAM_END { return output }
                if written == 0 { return nil }
            }
        }
    }
}
