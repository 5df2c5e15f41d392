import Documents

/// Bytes that arrive in pieces: a request's payload, or an object on its way out. It can be read once.
public struct ByteStream: AsyncSequence, Sendable {
    public typealias Element = [UInt8]

    /// The whole length, where it is known before the end.
    public let length: Int64?
    /// All bytes, where they are in memory already.
    public let whole: [UInt8]?
    private let next: @Sendable () -> AsyncIterator

    public struct AsyncIterator: AsyncIteratorProtocol {
        let pull: () async throws -> [UInt8]?
        public mutating func next() async throws -> [UInt8]? { try await pull() }
    }

    public init<Source: AsyncSequence & Sendable>(_ source: Source, length: Int64?) where Source.Element == [UInt8] {
        self.length = length
        whole = nil
        next = {
            var iterator = source.makeAsyncIterator()
            return AsyncIterator { try await iterator.next(isolation: #isolation) }
        }
    }

    public init(bytes: [UInt8]) {
        length = Int64(bytes.count)
        whole = bytes
        next = {
            var rest: [UInt8]? = bytes.isEmpty ? nil : bytes
            return AsyncIterator {
                defer { rest = nil }; return rest
            }
        }
    }

    /// A stream fed by a closure that gives the next piece, nil at the end.
    public init(length: Int64?, pull: @escaping @Sendable () async throws -> [UInt8]?) {
        self.length = length
        whole = nil
        next = { AsyncIterator(pull: pull) }
    }

    public func makeAsyncIterator() -> AsyncIterator { next() }

    /// All bytes at once.
    /// - Throws: ``BodyTooLarge`` as soon as there are more than `limit`, and whatever the source throws.
    public func collect(limit: Int) async throws -> [UInt8] {
        if let length, length > Int64(limit) { throw BodyTooLarge(limit: limit) }
        var all: [UInt8] = []
        for try await piece in self {
            guard all.count + piece.count <= limit else { throw BodyTooLarge(limit: limit) }
            if all.isEmpty { all = piece } else { all.append(contentsOf: piece) }
        }
        return all
    }
}

public struct BodyTooLarge: Error, Sendable { public let limit: Int }

/// A request's payload, for operations whose model says that it streams.
///
/// The front door checks what the headers promise (length, `x-amz-content-sha256`, chunk signatures) while the bytes go
/// by, and throws at the end if they don't hold: a handler must not commit before it has seen the end.
public struct RequestBody: Sendable {
    public var stream: ByteStream
    /// The header fields after an aws-chunked body (`x-amz-checksum-crc32` ...), lower-case names. Whole only after the end.
    public var trailers: @Sendable () -> [String: String]
    /// The trailer that whoever gives the body holds against it: a stream that ends without an error has what it says, and
    /// nobody needs to compute it again.
    public var checkedTrailer: String?

    public init(
        _ stream: ByteStream, trailers: @escaping @Sendable () -> [String: String] = { [:] }, checkedTrailer: String? = nil
    ) {
        (self.stream, self.trailers, self.checkedTrailer) = (stream, trailers, checkedTrailer)
    }

    public static let empty = RequestBody(ByteStream(bytes: []))
}

/// What an operation answers: the output's members, and a payload where the model has a streaming one.
public struct Reply: Sendable {
    public var output: Document
    public var body: ByteStream?
    /// Instead of the model's status (206 for a range, 304 ...).
    public var status: Int?
    /// Header fields that the model does not know.
    public var headers: [String: String] = [:]

    public init(_ output: Document, body: ByteStream? = nil, status: Int? = nil) {
        (self.output, self.body, self.status) = (output, body, status)
    }
}

/// A typed answer with a payload.
public struct Streamed<Output: Sendable>: Sendable {
    public var output: Output
    public var body: ByteStream?
    public var status: Int?
    public var headers: [String: String] = [:]

    public init(_ output: Output, body: ByteStream? = nil, status: Int? = nil, headers: [String: String] = [:]) {
        (self.output, self.body, self.status, self.headers) = (output, body, status, headers)
    }
}
