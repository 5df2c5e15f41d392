import Kernel
import NIOSSL
import Synchronization

/// The TLS side of the front door; made when the first client asks for it.
final class LocalTLS: Sendable {
    struct Unavailable: Error {}
    private let directory: String
    private let made = Mutex<NIOSSLContext?>(nil)

    init(directory: String) { self.directory = directory }

    var context: NIOSSLContext {
        get throws { throw Unavailable() }
    }
}
