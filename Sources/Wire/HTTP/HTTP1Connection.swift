import HTTPTypes
import HummingbirdCore
import Kernel
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Serves the requests of one HTTP/1.1 connection, one after another.
struct HTTP1Connection: Sendable {
    let door: FrontDoor
    let isSecure: Bool

    func serve(_ channel: HTTP1Channel.Value, _ logger: Logger) async {
        do {
            try await channel.executeThenClose { inbound, outbound in
                let reader = PartReader(inbound.makeAsyncIterator())
                let client = channel.channel.clientAddress
                do {
                    while let head = try await reader.head() {
                        let isLast = try await exchange(head, reader, outbound, client)
                        if isLast { break }
                    }
                } catch is HTTPParserError {
                    try await refuse(outbound, "An error occurred when parsing the HTTP request.")
                } catch is HTTPParts.Unexpected {
                    try await refuse(outbound, "An error occurred when parsing the HTTP request.")
                }
                outbound.finish()
            }
        } catch {
            logger.trace("connection ended", metadata: ["error": "\(error)"])
        }
    }

    private func refuse(_ outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>, _ message: String) async throws {
        let encoder = ErrorEncoder(wireProtocol: .restXML, service: nil, operation: nil, requestID: RequestID.ofS3())
        let response = encoder.encode(AWSError("BadRequest", 400, message), resource: "/", isHead: false)
        try await HTTPParts.write(response, isHead: false, closes: true, outbound)
    }

    /// - Returns: whether the connection ends after it.
    private func exchange(
        _ head: HTTPRequest, _ reader: PartReader, _ outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>,
        _ client: String
    ) async throws -> Bool {
        let waits = head.headerFields[.expect]?.lowercased() == "100-continue"
        let hasBody = head.headerFields[.contentLength] != nil || head.headerFields[.transferEncoding] != nil
        let length = head.headerFields[.contentLength].flatMap { Int64($0) } ?? (hasBody ? nil : 0)
        let door = door
        let body = ByteStream(length: length) {
            if waits, reader.isUntouched {
                reader.isUntouched = false
                try await outbound.write(.head(HTTPResponse(status: .continue)))
            }
            reader.isUntouched = false
            return try await reader.body()
        }
        var request = HTTPParts.request(head, body: body, sourceIP: client, isSecure: isSecure)
        if length == 0 { request.body = ByteStream(bytes: []) }
        let response = await door.respond(to: request)
        let isUnread = waits && reader.isUntouched && length != 0
        let asksClose = head.headerFields[.connection]?.lowercased() == "close"
        let leftTooMuch = (length ?? .max) > Int64(Limit.drainBytes) && !reader.isAtEnd
        let closes = isUnread || asksClose || response.closes || leftTooMuch
        try await HTTPParts.write(response, isHead: head.method == .head, closes: closes, outbound)
        if closes { return true }
        return try await !reader.drain()
    }
}

/// The parts of a connection's requests. The connection's task and the body that it hands out take turns.
final class PartReader: @unchecked Sendable {  // one task at a time: the connection waits for the response before it reads on
    private var iterator: NIOAsyncChannelInboundStream<HTTPRequestPart>.AsyncIterator
    private(set) var isAtEnd = true
    /// Nobody has asked for the body yet.
    var isUntouched = true

    init(_ iterator: NIOAsyncChannelInboundStream<HTTPRequestPart>.AsyncIterator) { self.iterator = iterator }

    func head() async throws -> HTTPRequest? {
        guard let part = try await iterator.next() else { return nil }
        guard case .head(let head) = part else { throw HTTPParts.Unexpected() }
        isAtEnd = false
        isUntouched = true
        return head
    }

    func body() async throws -> [UInt8]? {
        if isAtEnd { return nil }
        let part: HTTPRequestPart?
        do { part = try await iterator.next() } catch { throw ClientGone() }
        switch part {
        case .body(let buffer): return Array(buffer.readableBytesView)
        case .end:
            isAtEnd = true
            return nil
        case .head, nil: throw ClientGone()
        }
    }

    /// Throws the rest of a body away; false when there is too much of it.
    func drain() async throws -> Bool {
        var count = 0
        while let piece = try await body() {
            count += piece.count
            if count > Limit.drainBytes { return false }
        }
        return true
    }
}

/// The client went away, or fell silent, in the middle of its request's body.
struct ClientGone: Fault {
    var wire: AWSError {
        AWSError(
            "RequestTimeout", 400,
            "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed."
        )
    }
}
