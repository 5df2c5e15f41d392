import NIOCore
import NIOHTTP1
import NIOPosix

/// The loopback HTTP server of one environment. It reads requests of the Runtime API and writes answers; what they mean
/// is ``RuntimeProtocol``'s.
final class RuntimeListener: Sendable {
    /// An answer to write.
    struct Answer: Sendable {
        var status: Int
        var headers: [(String, String)] = []
        var body: [UInt8] = []
    }

    /// Answers a request, at once or later. Calling it more than once does nothing.
    typealias Respond = @Sendable (Answer) -> Void

    struct Request: Sendable {
        var method: String
        var path: String
        var headers: [String: String]
        var body: [UInt8]
        /// The body went into a ``ResponsePipe`` instead.
        var isStreamed = false
        /// More was streamed than a response may have.
        var isTooLarge = false
        var trailers: [String: String] = [:]
    }

    /// Where a response goes whose body is to be passed on as it comes; nil keeps it to its end.
    typealias Open = @Sendable (Request) -> ResponsePipe?

    private let channel: any Channel
    let port: Int

    private init(channel: any Channel, port: Int) { (self.channel, self.port) = (channel, port) }

    /// The runtimes send the cause of a failure, with the whole of its message and trace, in a header of up to a megabyte.
    private static let headerLimits = {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = (1 << 20) + (4 << 10)
        return limits
    }()

    /// Listens on a free port of 127.0.0.1.
    static func start(
        on group: any EventLoopGroup, open: @escaping Open, _ receive: @escaping @Sendable (Request, @escaping Respond) -> Void
    ) async throws -> RuntimeListener {
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                        withEncoderConfiguration: .init(), withDecoderLimitConfiguration: headerLimits)
                    try channel.pipeline.syncOperations.addHandler(RuntimeHandler(open, receive))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = channel.localAddress?.port else { throw EngineFault.spawnFailed("no port") }
        return RuntimeListener(channel: channel, port: port)
    }

    func close() { channel.close(promise: nil) }
}

private final class RuntimeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let open: RuntimeListener.Open
    private let receive: @Sendable (RuntimeListener.Request, @escaping RuntimeListener.Respond) -> Void
    private var request: RuntimeListener.Request?
    private var pipe: ResponsePipe?

    init(
        _ open: @escaping RuntimeListener.Open,
        _ receive: @escaping @Sendable (RuntimeListener.Request, @escaping RuntimeListener.Respond) -> Void
    ) {
        (self.open, self.receive) = (open, receive)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            var headers: [String: String] = [:]
            for (name, value) in head.headers { headers[name.lowercased()] = value }
            var request = RuntimeListener.Request(method: head.method.rawValue, path: head.uri, headers: headers, body: [])
            pipe = headers["lambda-runtime-function-response-mode"] == "streaming" ? open(request) : nil
            request.isStreamed = pipe != nil
            self.request = request
        case .body(let bytes):
            if let pipe { return pass(bytes, to: pipe, context.channel) }
            guard let count = request?.body.count else { return }
            // One byte more than allowed is kept, so that the protocol sees that it is too much.
            let room = InvocationLimit.response + 1 - count
            request?.body.append(contentsOf: bytes.readableBytesView.prefix(max(room, 0)))
        case .end(let trailers):
            guard var request else { return }
            for (name, value) in trailers ?? [:] { request.trailers[name.lowercased()] = value }
            (self.request, pipe) = (nil, nil)
            let channel = context.channel
            receive(request) { answer in Self.write(answer, to: channel) }
        }
    }

    private func pass(_ bytes: ByteBuffer, to pipe: ResponsePipe, _ channel: any Channel) {
        guard request?.isTooLarge == false else { return }
        let room = pipe.write(Array(bytes.readableBytesView)) {
            channel.setOption(.autoRead, value: true).whenSuccess { channel.read() }
        }
        switch room {
        case .free: break
        case .full: channel.setOption(.autoRead, value: false).whenFailure { _ in channel.close(promise: nil) }
        case .tooLarge: request?.isTooLarge = true
        }
    }

    /// Head, body and end are written before one flush: split in two packets they cost 40 ms of delayed acknowledgement.
    private static func write(_ answer: RuntimeListener.Answer, to channel: any Channel) {
        channel.eventLoop.execute {
            var headers = HTTPHeaders(answer.headers)
            headers.replaceOrAdd(name: "content-length", value: "\(answer.body.count)")
            let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: answer.body))), promise: nil)
            channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
