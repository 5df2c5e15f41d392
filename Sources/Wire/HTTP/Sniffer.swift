import NIOCore
import NIOSSL

/// Looks at the first bytes of a connection and puts the handlers for them behind itself, then goes.
final class Sniffer: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    enum Version: Sendable { case http1, http2 }
    enum Failure: Error { case closed, silent, noTLS }

    private static let preface = Array("PRI * HTTP/2.0\r\n".utf8)

    private let promise: EventLoopPromise<FrontChannel.Speaker>
    private let tls: @Sendable () throws -> NIOSSLContext
    private let install: (Version, Bool) -> EventLoopFuture<FrontChannel.Speaker>
    private var buffer = ByteBuffer()
    private var isSecure = false
    private var isDecided = false
    private var alarm: Scheduled<Void>?

    init(
        promise: EventLoopPromise<FrontChannel.Speaker>, tls: @escaping @Sendable () throws -> NIOSSLContext,
        install: @escaping (Version, Bool) -> EventLoopFuture<FrontChannel.Speaker>
    ) {
        (self.promise, self.tls, self.install) = (promise, tls, install)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        alarm = context.eventLoop.scheduleTask(in: .seconds(Limit.greetingSeconds)) {
            let (sniffer, context) = bound.value
            sniffer.fail(.silent, context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        alarm?.cancel()
        if !isDecided { promise.fail(Failure.closed) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.closed, context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isDecided {
            isDecided = true
            promise.fail(error)
        }
        context.close(promise: nil)
    }

    /// Who has asked nothing yet is not waited for when the server stops, or when they will say no more; who has, hears of it
    /// behind this handler.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent || event as? ChannelEvent == .inputClosed { fail(.closed, context) }
        context.fireUserInboundEventTriggered(event)
    }

    private func fail(_ failure: Failure, _ context: ChannelHandlerContext) {
        guard !isDecided else { return }
        isDecided = true
        promise.fail(failure)
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var incoming = unwrapInboundIn(data)
        if isDecided { return context.fireChannelRead(wrapInboundOut(incoming)) }
        buffer.writeBuffer(&incoming)
        let bytes = buffer.readableBytesView
        guard let first = bytes.first else { return }
        if first == 0x16, !isSecure { return startTLS(context) }
        let known = min(bytes.count, Self.preface.count)
        guard bytes.prefix(known).elementsEqual(Self.preface.prefix(known)) else { return decide(.http1, context) }
        if known == Self.preface.count { decide(.http2, context) }
    }

    private func startTLS(_ context: ChannelHandlerContext) {
        isSecure = true
        let hello = buffer
        buffer = ByteBuffer()
        do {
            let handler = NIOSSLServerHandler(context: try tls())
            try context.pipeline.syncOperations.addHandler(handler, position: .before(self))
            context.pipeline.syncOperations.fireChannelRead(NIOAny(hello))
            context.pipeline.syncOperations.fireChannelReadComplete()
        } catch {
            fail(.noTLS, context)
        }
    }

    private func decide(_ version: Version, _ context: ChannelHandlerContext) {
        isDecided = true
        alarm?.cancel()
        let first = buffer
        buffer = ByteBuffer()
        let installed = install(version, isSecure)
        installed.cascade(to: promise)
        // The handlers are in place already: nothing in setting them up waits.
        context.fireChannelRead(wrapInboundOut(first))
        context.fireChannelReadComplete()
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
}
