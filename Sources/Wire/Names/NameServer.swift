import NIOCore
import NIOPosix

/// Tarn's own DNS, for programs that know AWS's names only: it leads them to this server. On loopback, over UDP; all its
/// answers are short.
final class NameServer: Sendable {
    private let channel: any Channel

    /// - Parameters:
    ///   - host: the loopback address that Tarn listens on, which is also what names lead to.
    /// - Throws: when the port can't be bound.
    init(host: String, port: Int) async throws {
        let place = try SocketAddress.makeAddressResolvingHost(host, port: port)
        let address = Self.bytes(of: place)
        channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(address))
                }
            }
            .bind(to: place).get()
    }

    var port: Int? { channel.localAddress?.port }

    func close() async throws { try await channel.close() }

    private static func bytes(of place: SocketAddress) -> [UInt8] {
        switch place {
        case .v4(let address):
            var number = address.address.sin_addr.s_addr
            return withUnsafeBytes(of: &number) { Array($0) }
        case .v6(let address):
            var number = address.address.sin6_addr
            return withUnsafeBytes(of: &number) { Array($0) }
        case .unixDomainSocket: return []
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>

        private let address: [UInt8]

        init(_ address: [UInt8]) { self.address = address }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let asked = unwrapInboundIn(data)
            guard let bytes = NameAnswer.bytes(to: Array(asked.data.readableBytesView), address: address) else { return }
            // Who has gone is not waited for, and what cannot be sent is asked for again: DNS is made so.
            let answer = AddressedEnvelope(remoteAddress: asked.remoteAddress, data: ByteBuffer(bytes: bytes))
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
        }

        /// A datagram that could not be received or sent; the next may.
        func errorCaught(context: ChannelHandlerContext, error: any Error) {}
    }
}
