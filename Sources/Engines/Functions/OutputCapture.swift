@preconcurrency import Dispatch
import Documents
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a function prints, cut into messages (``Printout``) and kept, bounded, until it is taken to the log.
///
/// The pipe is read as it fills and once more when an invocation ends, so that its lines come before its END line. While
/// ``Limit/kept`` bytes wait for the log it is read no further, and a function that prints faster than that waits, too.
final class OutputCapture: Sendable {
    enum Limit {
        /// Bytes kept between two flushes, before the pipe is read no further.
        static let kept = 1 << 20
        /// Bytes read at the end of an invocation however much is kept: all that it has printed is in the pipe, which holds less.
        static let drain = 256 << 10
        /// Past so much, which only the ends of many invocations bring about, lines are counted and dropped.
        static let most = 4 << 20
        /// Bytes after which the log is written before the invocation ends.
        static let flush = 128 << 10
    }

    private struct State {
        var printout = Printout()
        var lines: [LogLine] = []
        var size = 0
        var dropped = 0
        var tail: [UInt8]?
        /// The source is suspended.
        var isHeld = false
        var isClosed = false
    }

    private let descriptor: Int32
    private let kept: Int
    private let now: @Sendable () -> Timestamp
    private let onPressure: @Sendable () -> Void
    private let queue = DispatchQueue(label: "tarn.function.output")
    private let source: any DispatchSourceRead
    private let state = Mutex(State())

    /// - Parameters:
    ///   - kept: bytes that wait before the pipe is read no further.
    ///   - onPressure: called when enough has gathered to be worth a flush.
    init(
        descriptor: Int32, kept: Int = Limit.kept, now: @escaping @Sendable () -> Timestamp,
        onPressure: @escaping @Sendable () -> Void
    ) {
        (self.descriptor, self.kept, self.now, self.onPressure) = (descriptor, kept, now, onPressure)
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler { [weak self] in self?.readOn() }
        source.setCancelHandler { [descriptor] in _ = Glibc.close(descriptor) }
        source.activate()
    }

    /// Reads as far as it may. Runs on `queue` only.
    private func readOn() {
        if !source.isCancelled, read() > Limit.flush { onPressure() }
    }

    /// Reads what is in the pipe. Runs on `queue` only.
    /// - Parameter most: bytes to read though enough is kept; nil heeds that.
    @discardableResult
    private func read(most: Int? = nil) -> Int {
        var buffer = [UInt8](repeating: 0, count: min(kept, 64 << 10))
        var total = 0
        while true {
            if let most { if total >= most { break } } else if hold() { break }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count > 0 {
                total += count
                state.withLock { take(buffer[..<count], &$0) }
                continue
            }
            if count < 0, errno == EINTR { continue }
            if count == 0 { source.cancel() }
            break
        }
        return state.withLock { $0.size }
    }

    /// Stops reading when enough is kept, until lines are taken. Suspended and resumed under the lock alone, so that the two
    /// stay in turn.
    private func hold() -> Bool {
        state.withLock { state in
            guard state.size >= kept, !state.isClosed else { return false }
            if !state.isHeld { source.suspend() }
            state.isHeld = true
            return true
        }
    }

    /// What already is in the pipe is read at once: the source tells but once that the other end is closed, and nothing
    /// after that.
    private func letGo(_ state: inout State) {
        guard state.isHeld else { return }
        state.isHeld = false
        source.resume()
        queue.async { [weak self] in self?.readOn() }
    }

    private func take(_ bytes: ArraySlice<UInt8>, _ state: inout State) {
        for message in state.printout.take(bytes) { add(message, &state) }
    }

    private func closeLine(_ state: inout State) {
        for message in state.printout.close() { add(message, &state) }
    }

    private func add(_ message: String, _ state: inout State) {
        if state.tail != nil {
            state.tail?.append(contentsOf: message.utf8)
            // Cut in large steps, so that a chatty function does not move the tail with every line.
            if let tail = state.tail, tail.count > 16 * InvocationLimit.logTail {
                state.tail = Array(tail.suffix(InvocationLimit.logTail))
            }
        }
        guard state.size + message.utf8.count <= Limit.most else { return state.dropped += 1 }
        state.size += message.utf8.count
        state.lines.append(LogLine(time: now(), message: message))
    }

    /// Begins an invocation: its tail is kept from here.
    /// - Parameter line: nothing where it is empty.
    func begin(_ line: String) {
        state.withLock { state in
            state.tail = []
            if !line.isEmpty { add(line, &state) }
        }
    }

    /// Ends an invocation with `lines`, after all that the function has printed so far.
    /// - Returns: the tail of the invocation's log.
    func end(_ lines: [String]) -> [UInt8] {
        drain()
        return state.withLock { state in
            closeLine(&state)
            for line in lines { add(line, &state) }
            defer { state.tail = nil }
            return Array((state.tail ?? []).suffix(InvocationLimit.logTail))
        }
    }

    private func drain() {
        queue.sync { if !source.isCancelled { _ = read(most: Limit.drain) } }
    }

    /// Bytes that wait to be taken.
    var size: Int { state.withLock { $0.size } }

    /// The lines since the last time.
    func takeLines() -> [LogLine] {
        state.withLock { state in
            if state.dropped > 0 {
                state.lines.append(LogLine(time: now(), message: "Tarn dropped \(state.dropped) log lines that came too fast.\n"))
            }
            defer {
                (state.lines, state.size, state.dropped) = ([], 0, 0)
                letGo(&state)
            }
            return state.lines
        }
    }

    func close() {
        drain()
        state.withLock { state in
            closeLine(&state)
            state.isClosed = true
            letGo(&state)
        }
        source.cancel()
    }
}
