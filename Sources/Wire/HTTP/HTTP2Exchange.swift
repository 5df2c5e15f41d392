import HTTPTypes
import HummingbirdCore
import Kernel
import NIOCore
import Synchronization

/// Answers one HTTP/2 stream.
struct HTTP2Exchange: Sendable {
    let door: FrontDoor
    /// The connection, which knows the client's address.
    let channel: any Channel
    let hangUp: HangUp

    /// Answers each stream of `channel`. The writer can't be handed on to a function of ours: it stays in this closure.
    static func responder(_ door: FrontDoor, _ channel: any Channel, _ open: OpenStreams) -> HTTPChannelHandler.Responder {
        { request, writer, stream in
            let exchange = HTTP2Exchange(door: door, channel: channel, hangUp: open.hangUp(of: stream))
            let response = await exchange.response(to: request)
            let isHead = request.method == .head
            let head = HTTPParts.head(response)
            switch response.body {
            case .bytes(let bytes):
                try await writer.write(
                    response: head,
                    body: bytes.isEmpty || isHead ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
            case .stream(let stream):
                var body = try await writer.writeHead(head)
                if !isHead {
                    for try await piece in stream { try await body.write(ByteBuffer(bytes: piece)) }
                }
                try await body.finish(nil)
            }
        }
    }

    private func response(to request: Request) async -> WireResponse {
        let length = request.headers[.contentLength].flatMap { Int64($0) }
        let source = BufferBox(request.body.makeAsyncIterator())
        let body = ByteStream(length: length) {
            do { return try await source.next() } catch { throw ClientGone() }
        }
        // HTTP/2 comes in clear only by prior knowledge; whether it is under TLS the scheme says.
        var wire = HTTPParts.request(
            request.head, body: body, sourceIP: channel.clientAddress, isSecure: request.head.scheme == "https")
        wire.hangUp = hangUp
        return await door.respond(to: wire)
    }
}

/// An iterator that a `@Sendable` closure may hold.
private final class BufferBox: @unchecked Sendable {  // its one reader waits for each piece before it asks again
    private var iterator: HummingbirdCore.RequestBody.AsyncIterator
    init(_ iterator: HummingbirdCore.RequestBody.AsyncIterator) { self.iterator = iterator }
    func next() async throws -> [UInt8]? { try await iterator.next().map { Array($0.readableBytesView) } }
}
