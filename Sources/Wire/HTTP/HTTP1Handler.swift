import Kernel
import NIOCore
import NIOHTTP1

/// The end of an HTTP/1.1 connection's pipeline: keeps the parts of requests until the connection's task takes them, and
/// sends what the task answers.
///
/// The task runs on the connection's event loop (``LoopExecutor``), so a request that has arrived whole is taken,
/// carried out and answered without a lock or a change of threads. The client is read no further while
/// ``Limit/unreadBytes`` wait.
final class HTTP1Handler: ChannelDuplexHandler, @unchecked Sendable {  // touched on its event loop alone; async calls go there
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let loop: any EventLoop
    let hangUp = HangUp()
    private let executor: LoopExecutor
    private var context: ChannelHandlerContext?
    private var parts = CircularBuffer<HTTPServerRequestPart>(initialCapacity: 8)
    private var unreadBytes = 0
    /// Ends of requests among `parts`.
    private var wholeRequests = 0
    private var isReadHeld = false
    private var failure: (any Error)?
    /// Nothing more comes from the client.
    private var isEnded = false
    private var reader: CheckedContinuation<Void, Never>?
    private var writer: CheckedContinuation<Void, Never>?
    /// A request is being answered; then silence from the client is not idleness, once its request is whole.
    private var isAnswering = false
    private var isReceiving = false
    private(set) var isQuiescing = false
    private var lastActive = NIODeadline.now()
    private var alarm: Scheduled<Void>?

    init(_ loop: any EventLoop) {
        self.loop = loop
        executor = LoopExecutor(loop)
    }

    // MARK: For the connection's task

    /// The next part of a request; nil when the client sends no more.
    /// - Throws: `HTTPParserError`, and what breaks a connection.
    func next() async throws -> HTTPServerRequestPart? {
        guard loop.inEventLoop else { return try await withTaskExecutorPreference(executor) { try await next() } }
        while true {
            if let part = parts.popFirst() { return taken(part) }
            if let failure { throw failure }
            if isEnded { return nil }
            await withCheckedContinuation { reader = $0 }
        }
    }

    /// The rest of the present request, if it has come whole.
    func takeBody() -> [UInt8]? {
        guard loop.inEventLoop, wholeRequests > 0 else { return nil }
        var bytes: [UInt8] = []
        while let part = parts.popFirst() {
            switch taken(part) {
            case .body(let buffer): bytes.append(contentsOf: buffer.readableBytesView)
            case .end: return bytes
            case .head: return bytes
            }
        }
        return bytes
    }

    /// Sends bytes, after what was sent before has found room.
    /// - Parameter waits: return when the system has them all.
    func send(_ bytes: ByteBuffer, waits: Bool = false) async throws {
        guard loop.inEventLoop else {
            return try await withTaskExecutorPreference(executor) { try await send(bytes, waits: waits) }
        }
        while let context, context.channel.isActive, !context.channel.isWritable {
            await withCheckedContinuation { writer = $0 }
        }
        guard let context, context.channel.isActive else { throw ClientGone() }
        guard waits else { return context.writeAndFlush(wrapOutboundOut(bytes), promise: nil) }
        let promise = loop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(bytes), promise: promise)
        try await promise.futureResult.get()
    }

    /// The present request has been answered.
    /// - Returns: whether the connection ends, because the server does and nothing more was asked.
    func finishAnswer() async -> Bool {
        guard loop.inEventLoop else { return await withTaskExecutorPreference(executor) { await finishAnswer() } }
        isAnswering = false
        lastActive = .now()
        return isQuiescing && parts.isEmpty && !isReceiving
    }

    /// Ends the connection when all that was sent has left; ``Limit/idleSeconds`` is how long that may take.
    func finish() {
        guard loop.inEventLoop else { return loop.execute { self.finish() } }
        context?.close(mode: .output).whenComplete { _ in self.context?.close(promise: nil) }
    }

    /// Ends the connection at once. From any thread.
    func close() {
        guard loop.inEventLoop else { return loop.execute { self.close() } }
        context?.close(promise: nil)
        end()
    }

    // MARK: From the pipeline

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        watch(for: .seconds(Limit.idleSeconds))
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        alarm?.cancel()
        self.context = nil
        end()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        lastActive = .now()
        switch part {
        case .head: isReceiving = true
        case .body(let buffer): unreadBytes += buffer.readableBytes
        case .end:
            isReceiving = false
            wholeRequests += 1
        }
        parts.append(part)
    }

    func channelReadComplete(context: ChannelHandlerContext) { if !parts.isEmpty { wakeReader() } }

    func read(context: ChannelHandlerContext) {
        if unreadBytes > Limit.unreadBytes || wholeRequests > Limit.unreadRequests {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { wakeWriter() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if failure == nil { failure = error }
        wakeReader()
        wakeWriter()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            isEnded = true
            hangUp.raise()
            wakeReader()
        } else if event is ChannelShouldQuiesceEvent {
            isQuiescing = true
            hangUp.raise()
            if !isAnswering, parts.isEmpty, !isReceiving { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func taken(_ part: HTTPServerRequestPart) -> HTTPServerRequestPart {
        switch part {
        case .head: isAnswering = true
        case .body(let buffer): unreadBytes -= buffer.readableBytes
        case .end: wholeRequests -= 1
        }
        if isReadHeld, unreadBytes <= Limit.unreadBytes, wholeRequests <= Limit.unreadRequests {
            isReadHeld = false
            context?.read()
        }
        return part
    }

    private func end() {
        isEnded = true
        hangUp.raise()
        wakeReader()
        wakeWriter()
    }

    private func wakeReader() {
        reader?.resume()
        reader = nil
    }

    private func wakeWriter() {
        writer?.resume()
        writer = nil
    }

    /// Closes the connection when the client has been silent for too long and it is the client's turn.
    private func watch(for time: TimeAmount) {
        alarm = loop.scheduleTask(in: time) { [self] in
            let limit = TimeAmount.seconds(Limit.idleSeconds)
            let silence = isAnswering && !isReceiving ? .zero : NIODeadline.now() - lastActive
            if silence >= limit { context?.close(promise: nil) } else { watch(for: limit - silence) }
        }
    }
}
