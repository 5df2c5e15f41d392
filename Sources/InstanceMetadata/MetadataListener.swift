import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A small HTTP server on loopback in front of a ``MetadataResponder``.
public final class MetadataListener: Sendable {
    private let channel: any Channel
    public let port: Int

    private init(channel: any Channel, port: Int) { (self.channel, self.port) = (channel, port) }

    /// Listens on 127.0.0.1.
    /// - Parameter port: 0 for a free one.
    public static func start(port: Int, _ responder: any MetadataResponder) async throws -> MetadataListener {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(MetadataHandler(responder))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        return MetadataListener(channel: channel, port: channel.localAddress?.port ?? port)
    }

    public func close() async throws { try await channel.close() }
}

/// Takes the requests of one connection, one after another.
private final class MetadataHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    private static let usualHops = 64

    private let responder: any MetadataResponder
    private var head: HTTPRequestHead?

    init(_ responder: any MetadataResponder) { self.responder = responder }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        // No request here has a body that says anything.
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            var headers: [String: String] = [:]
            for (name, value) in head.headers {
                let name = name.lowercased()
                headers[name] = headers[name].map { "\($0),\(value)" } ?? value
            }
            let request = MetadataRequest(head.method.rawValue, head.uri, headers: headers)
            let (channel, responder) = (context.channel, responder)
            let (isHead, closes) = (head.method == .HEAD, !head.isKeepAlive)
            Task {
                let answer = await responder.respond(to: request)
                MetadataHandler.write(answer, to: channel, isHead: isHead, closes: closes)
            }
        }
    }

    private static func write(_ answer: MetadataAnswer, to channel: any Channel, isHead: Bool, closes: Bool) {
        channel.eventLoop.execute {
            let hops = ChannelOptions.Types.SocketOption(level: Int(IPPROTO_IP), name: Int32(IP_TTL))
            // A token must not leave the instance: its packets end at the first router.
            channel.setOption(hops, value: answer.hops ?? usualHops).whenComplete { _ in
                var headers = HTTPHeaders([
                    ("content-type", answer.type), ("content-length", "\(answer.body.utf8.count)"), ("server", "EC2ws"),
                ])
                for (name, value) in answer.headers { headers.replaceOrAdd(name: name, value: value) }
                if closes { headers.replaceOrAdd(name: "connection", value: "close") }
                let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
                channel.write(HTTPServerResponsePart.head(head), promise: nil)
                if !isHead {
                    channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: answer.body))), promise: nil)
                }
                let done = channel.writeAndFlush(HTTPServerResponsePart.end(nil))
                if closes { done.whenComplete { _ in channel.close(promise: nil) } }
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
