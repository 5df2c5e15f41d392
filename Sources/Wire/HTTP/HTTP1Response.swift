import Kernel
import NIOCore
import NIOHTTP1

/// An answer as an HTTP/1.1 message.
struct HTTP1Response {
    private let response: WireResponse
    private let isBodiless: Bool
    private let isChunked: Bool
    private let framing: (name: String, value: String)?
    private let connection: String?
    /// Nothing can follow it on its connection.
    let closes: Bool

    /// - Parameter request: nil for an answer to what was no request.
    init(_ response: WireResponse, to request: HTTPRequestHead?, closes: Bool) {
        self.response = response
        let hasNoBody = response.status == 204 || response.status == 304
        let isOld = request.map { $0.version.major == 1 && $0.version.minor == 0 } ?? false
        isBodiless = hasNoBody || request?.method == .HEAD
        let length: Int64? =
            switch response.body {
            case .bytes(let bytes): Int64(bytes.count)
            case .stream(let stream): stream.length
            }
        if hasNoBody || response.header("content-length") != nil {
            (framing, isChunked, self.closes) = (nil, false, closes)
        } else if let length {
            (framing, isChunked, self.closes) = (("Content-Length", String(length)), false, closes)
        } else if isOld {
            // HTTP/1.0 knows the end of such a body by the end of the connection.
            (framing, isChunked, self.closes) = (nil, false, true)
        } else {
            (framing, isChunked, self.closes) = (("Transfer-Encoding", "chunked"), true, closes)
        }
        connection = self.closes ? "close" : isOld ? "keep-alive" : nil
    }

    func send(_ handler: HTTP1Handler) async throws {
        var whole: [UInt8]?
        switch response.body {
        case .bytes(let bytes): whole = bytes
        case .stream(let stream): whole = stream.whole
        }
        if isBodiless { whole = [] }
        let joined = whole.flatMap { $0.count <= Limit.joinedBytes ? $0 : nil }
        let head = HTTP1Message.head(response, framing: framing, connection: connection, body: joined ?? [])
        try await handler.send(head, waits: joined != nil && closes)
        if joined != nil { return }
        if let whole { return try await handler.send(ByteBuffer(bytes: whole), waits: true) }
        guard case .stream(let stream) = response.body else { return }
        for try await piece in stream where !piece.isEmpty {
            var buffer = ByteBuffer()
            // No byte more than needed: a buffer's size is a power of two, and so is that of large pieces.
            buffer.reserveCapacity(piece.count + (isChunked ? Limit.chunkFrameBytes : 0))
            if isChunked { buffer.writeString(String(piece.count, radix: 16) + "\r\n") }
            buffer.writeBytes(piece)
            if isChunked { buffer.writeStaticString("\r\n") }
            // The next piece is fetched while this one leaves; it is sent when there is room.
            try await handler.send(buffer)
        }
        // The answer ends when all of it has left: a slow reader of its tail is not idle.
        try await handler.send(isChunked ? ByteBuffer(string: "0\r\n\r\n") : ByteBuffer(), waits: true)
    }
}
