import Compression

/// Takes compressed bytes in pieces and gives plain ones back in pieces, so that no file need fit into memory.
protocol Decompressor {
    mutating func append(_ bytes: [UInt8])
    /// The next plain bytes, at most a few hundred KiB; nil when more input is needed.
    /// - Throws: ``Malformed`` for bytes that are not of the format.
    mutating func next() throws -> [UInt8]?
    /// Whether the input may end here.
    var isComplete: Bool { get }
}

/// A source file is not what it was said to be.
struct Malformed: Error, Equatable { var reason: String }

struct Uncompressed: Decompressor {
    private var waiting: [UInt8]?
    mutating func append(_ bytes: [UInt8]) { waiting = bytes }
    mutating func next() -> [UInt8]? {
        defer { waiting = nil }
        return waiting
    }
    var isComplete: Bool { true }
}

/// gzip (RFC 1952), also several members one after another.
struct Gunzip: Decompressor {
    private let reader: GzipReader

    init() throws { reader = try GzipReader() }

    func append(_ bytes: [UInt8]) { reader.append(bytes) }
    func next() throws -> [UInt8]? {
        do { return try reader.next() } catch is Gzip.Failure { throw Malformed(reason: "The object is not in GZIP format") }
    }
    var isComplete: Bool { reader.isComplete }
}
