import HTTPTypes
import HummingbirdCore
import HummingbirdHTTP2
import Kernel
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// A connection whose first bytes say what it speaks: TLS (0x16), HTTP/2 by prior knowledge (`PRI * HTTP/2.0`), or
/// HTTP/1.1. Inside TLS the same is asked again, which needs no trust in what was negotiated.
struct FrontChannel: ServerChildChannel {
    enum Speaker: Sendable {
        case http1(HTTP1Connection)
        case http2(HTTP2Channel, HTTP2Channel.Value)
    }

    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let speaker: EventLoopFuture<Speaker>
    }

    let door: FrontDoor

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let promise = channel.eventLoop.makePromise(of: Speaker.self)
            let sniffer = Sniffer(promise: promise, tls: { [door] in try door.tls.context }) { [self] version, isSecure in
                version == .http1 ? http1(channel, isSecure: isSecure) : http2(channel, logger)
            }
            try channel.pipeline.syncOperations.addHandler(sniffer)
            return Value(channel: channel, speaker: promise.futureResult)
        }
    }

    private var stream: HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            idleTimeout: .seconds(Limit.idleSeconds),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: Limit.headerBytes, maxHeaderListSize: Limit.headerBytes,
                maxHeaderFieldCount: Limit.headerCount))
    }

    private func http1(_ channel: any Channel, isSecure: Bool) -> EventLoopFuture<Speaker> {
        channel.eventLoop.makeCompletedFuture {
            var limits = NIOHTTPDecoderLimitConfiguration()
            (limits.maxHeaderFieldSize, limits.maxHeaderListSize) = (Limit.headerBytes, Limit.headerBytes)
            limits.maxHeaderFieldCount = Limit.headerCount
            let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
            let handler = HTTP1Handler(channel.eventLoop)
            try channel.pipeline.syncOperations.addHandlers(ByteToMessageHandler(decoder), handler)
            return .http1(HTTP1Connection(door: door, handler: handler, client: channel.clientAddress, isSecure: isSecure))
        }
    }

    private func http2(_ channel: any Channel, _ logger: Logger) -> EventLoopFuture<Speaker> {
        let open = OpenStreams()
        let http2 = HTTP2Channel(
            responder: HTTP2Exchange.responder(door, channel, open),
            configuration: .init(idleTimeout: .seconds(Limit.idleSeconds), streamConfiguration: stream))
        do { try channel.pipeline.syncOperations.addHandler(QuiesceHandler(open)) } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
        return http2.setup(channel: channel, logger: logger).map { .http2(http2, $0) }
    }

    func handle(value: Value, logger: Logger) async {
        do {
            let speaker = try await value.speaker.get()
            await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
                switch speaker {
                case .http1(let connection): await connection.serve(logger)
                case .http2(let http2, let connection): await http2.handle(value: connection, logger: logger)
                }
            }
        } catch {
            logger.debug("connection ended before it spoke", metadata: ["error": "\(error)"])
        }
    }
}

extension Channel {
    var clientAddress: String { remoteAddress?.ipAddress ?? "127.0.0.1" }
}
