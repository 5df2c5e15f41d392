import Kernel
import Logging
import NIOCore
import NIOHTTP1

/// Serves the requests of one HTTP/1.1 connection, one after another.
struct HTTP1Connection: Sendable {
    let door: FrontDoor
    let handler: HTTP1Handler
    let client: String
    let isSecure: Bool

    func serve(_ logger: Logger) async {
        let handler = handler
        await withTaskCancellationHandler {
            do {
                let reader = PartReader(handler)
                do {
                    while let head = try await reader.head() {
                        let isLast = try await exchange(head, reader)
                        // The server may have begun to stop while the answer was on its way.
                        let isOver = await handler.finishAnswer()
                        if isLast || isOver { break }
                    }
                } catch is HTTPParserError {
                    try await refuse("An error occurred when parsing the HTTP request.")
                } catch is PartReader.Unexpected {
                    try await refuse("An error occurred when parsing the HTTP request.")
                }
            } catch {
                logger.trace("connection ended", metadata: ["error": "\(error)"])
            }
        } onCancel: {
            handler.close()
        }
        handler.finish()
    }

    private func refuse(_ message: String) async throws {
        let encoder = ErrorEncoder(wireProtocol: .restXML, service: nil, operation: nil, requestID: RequestID.ofS3())
        let response = encoder.encode(AWSError("BadRequest", 400, message), resource: "/", isHead: false)
        try await HTTP1Response(response, to: nil, closes: true).send(handler)
    }

    /// - Returns: whether the connection ends after it.
    private func exchange(_ head: HTTPRequestHead, _ reader: PartReader) async throws -> Bool {
        guard var request = HTTP1Message.request(head, sourceIP: client, isSecure: isSecure) else {
            try await refuse("An error occurred when parsing the HTTP request.")
            return true
        }
        request.hangUp = handler.hangUp
        // HTTP/1.0 knows no answer before the answer (RFC 9110, section 10.1.1).
        let waits = head.version != .http1_0 && request.headers["expect"]?.lowercased() == "100-continue"
        let said = request.headers["content-length"]
        let hasBody = said != nil || request.headers["transfer-encoding"] != nil
        let length = said.flatMap { Int64($0) } ?? (hasBody ? nil : 0)
        // Who asked hears "continue" even where nothing is left to send: botocore up to 1.43, and with it the AWS CLI, takes a
        // final answer in its place for the next answer on the connection too.
        if length == 0 {
            if waits { try await Self.invite(handler) }
            request.body = ByteStream(bytes: [])
        } else if length != nil, let bytes = reader.takeBody() {
            if waits { try await Self.invite(handler) }
            request.body = ByteStream(bytes: bytes)
        } else {
            let handler = handler
            request.body = ByteStream(length: length) {
                if waits, reader.isUntouched {
                    reader.isUntouched = false
                    try await Self.invite(handler)
                }
                reader.isUntouched = false
                return try await reader.body()
            }
        }
        let response = await door.respond(to: request)
        let isUnread = waits && reader.isUntouched && length != 0
        let leftTooMuch = (length ?? .max) > Int64(Limit.drainBytes) && !reader.isAtEnd
        let closes = isUnread || !head.isKeepAlive || response.closes || leftTooMuch || handler.isQuiescing
        let answer = HTTP1Response(response, to: head, closes: closes)
        try await answer.send(handler)
        if answer.closes { return true }
        return try await !reader.drain()
    }
}

extension HTTP1Connection {
    fileprivate static func invite(_ handler: HTTP1Handler) async throws {
        try await handler.send(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n"))
    }
}

/// The parts of a connection's requests. The connection's task and the body that it hands out take turns.
final class PartReader: @unchecked Sendable {  // one task at a time: the connection waits for the response before it reads on
    /// A body before its head, or a head within a body.
    struct Unexpected: Error {}

    private let handler: HTTP1Handler
    private(set) var isAtEnd = true
    /// Nobody has asked for the body yet.
    var isUntouched = true

    init(_ handler: HTTP1Handler) { self.handler = handler }

    func head() async throws -> HTTPRequestHead? {
        guard let part = try await handler.next() else { return nil }
        guard case .head(let head) = part else { throw Unexpected() }
        isAtEnd = false
        isUntouched = true
        return head
    }

    /// The body, if it is here whole.
    func takeBody() -> [UInt8]? {
        guard let bytes = handler.takeBody() else { return nil }
        isUntouched = false
        isAtEnd = true
        return bytes
    }

    func body() async throws -> [UInt8]? {
        if isAtEnd { return nil }
        let part: HTTPServerRequestPart?
        do { part = try await handler.next() } catch { throw ClientGone() }
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
