import NIOCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Another program listens where Tarn is to.
struct PortTaken: Error, CustomStringConvertible {
    let host: String
    let port: Int
    var description: String { "another program listens on \(host):\(port); stop it, or choose another port with --port" }

    /// - Returns: nil if `error` says something else.
    init?(_ error: any Error, host: String, port: Int) {
        guard (error as? IOError)?.errnoCode == EADDRINUSE else { return nil }
        (self.host, self.port) = (host, port)
    }
}
