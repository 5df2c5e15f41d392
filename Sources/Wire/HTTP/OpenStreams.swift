import Kernel
import NIOCore
import Synchronization

/// The streams of one HTTP/2 connection that are being answered.
final class OpenStreams: Sendable {
    private struct State {
        var isOver = false
        var hangUps: [ObjectIdentifier: HangUp] = [:]
    }
    private let state = Mutex(State())

    /// Is raised when the client resets the stream or goes altogether, or when the server is about to close.
    func hangUp(of stream: any Channel) -> HangUp {
        let hangUp = HangUp()
        let id = ObjectIdentifier(hangUp)
        let isOver = state.withLock { state in
            state.hangUps[id] = hangUp
            return state.isOver
        }
        if isOver { hangUp.raise() }
        stream.closeFuture.whenComplete { _ in
            self.state.withLock { $0.hangUps[id] = nil }
            hangUp.raise()
        }
        return hangUp
    }

    var isEmpty: Bool { state.withLock { $0.hangUps.isEmpty } }

    func raiseAll() {
        let all = state.withLock { state in
            state.isOver = true
            return Array(state.hangUps.values)
        }
        for hangUp in all { hangUp.raise() }
    }
}

/// Tells the streams of a connection that the server is about to close.
final class QuiesceHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let streams: OpenStreams

    init(_ streams: OpenStreams) { self.streams = streams }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            streams.raiseAll()
            closeWhenDone(context.channel)
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// A client that does not confirm the goodbye is not waited for once its requests are answered.
    private func closeWhenDone(_ channel: any Channel) {
        let (streams, pause) = (streams, TimeAmount.seconds(Limit.goodbyeSeconds))
        let watch = channel.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { task in
            guard streams.isEmpty else { return }
            task.cancel()
            channel.close(promise: nil)
        }
        channel.closeFuture.whenComplete { _ in watch.cancel() }
    }
}
