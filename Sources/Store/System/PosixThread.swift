#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A detached thread of our own, for work that blocks.
enum PosixThread {
    /// Bodies of transactions are the services' code: they get as deep a stack as a main thread has.
    private static let stackSize = 8 << 20

    /// Runs `body` on a new thread.
    /// - Parameter name: for the error that is thrown if the system has no thread left.
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws {
        let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
        defer { attributes.deallocate() }
        pthread_attr_init(attributes)
        defer { pthread_attr_destroy(attributes) }
        pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(attributes, stackSize)
        let thread = UnsafeMutablePointer<Handle>.allocate(capacity: 1)
        defer { thread.deallocate() }
        let start = Unmanaged.passRetained(ThreadStart(body: body))
        let code = pthread_create(thread, attributes, threadMain, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw StoreError.backend(code: Int(code), message: "can't start thread \(name)")
        }
    }

    #if canImport(Darwin)
        private typealias Handle = pthread_t?
    #else
        private typealias Handle = pthread_t
    #endif

    /// How many processors may run our threads.
    static var processors: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}

private final class ThreadStart: Sendable {
    let body: @Sendable () -> Void
    init(body: @escaping @Sendable () -> Void) { self.body = body }
}

#if canImport(Darwin)
    private func threadMain(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? { enter(argument) }
#else
    private func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? { enter(argument) }
#endif

private func enter(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().body()
    return nil
}
