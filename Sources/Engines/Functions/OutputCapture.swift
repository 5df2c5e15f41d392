@preconcurrency import Dispatch
import Documents
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a function prints, cut into lines and kept, bounded, until it is taken to the log.
///
/// The pipe is read as it fills and once more when an invocation ends, so that its lines come before its END line.
final class OutputCapture: Sendable {
    enum Limit {
        /// Bytes kept between two flushes; past it lines are counted and dropped.
        static let kept = 1 << 20
        /// Bytes of one event (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html).
        static let line = 256 << 10
        /// Bytes after which the log is written before the invocation ends.
        static let flush = 128 << 10
    }

    private struct State {
        var partial: [UInt8] = []
        var lines: [LogLine] = []
        var size = 0
        var dropped = 0
        var tail: [UInt8]?
    }

    private let descriptor: Int32
    private let now: @Sendable () -> Timestamp
    private let queue = DispatchQueue(label: "tarn.function.output")
    private let source: any DispatchSourceRead
    private let state = Mutex(State())

    /// - Parameter onPressure: called when enough has gathered to be worth a flush.
    init(descriptor: Int32, now: @escaping @Sendable () -> Timestamp, onPressure: @escaping @Sendable () -> Void) {
        self.descriptor = descriptor
        self.now = now
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler { [weak self] in
            guard let self else { return }
            if self.read() > Limit.flush { onPressure() }
        }
        source.setCancelHandler { [descriptor] in _ = Glibc.close(descriptor) }
        source.activate()
    }

    /// Reads what is in the pipe. Runs on `queue` only.
    @discardableResult
    private func read() -> Int {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count > 0 {
                state.withLock { take(buffer[..<count], &$0) }
                continue
            }
            if count < 0, errno == EINTR { continue }
            if count == 0 { source.cancel() }
            return state.withLock { $0.size }
        }
    }

    private func take(_ bytes: ArraySlice<UInt8>, _ state: inout State) {
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            state.partial.append(contentsOf: rest[rest.startIndex...end])
            rest = rest[(end + 1)...]
            closeLine(&state)
        }
        state.partial.append(contentsOf: rest)
        if state.partial.count >= Limit.line { closeLine(&state) }
    }

    private func closeLine(_ state: inout State) {
        guard !state.partial.isEmpty else { return }
        for start in stride(from: 0, to: state.partial.count, by: Limit.line) {
            add(String(decoding: state.partial[start..<min(start + Limit.line, state.partial.count)], as: UTF8.self), &state)
        }
        state.partial = []
    }

    private func add(_ message: String, _ state: inout State) {
        if state.tail != nil {
            state.tail?.append(contentsOf: message.utf8)
            // Cut in large steps, so that a chatty function does not move the tail with every line.
            if let tail = state.tail, tail.count > 16 * InvocationLimit.logTail {
                state.tail = Array(tail.suffix(InvocationLimit.logTail))
            }
        }
        guard state.size + message.utf8.count <= Limit.kept else { return state.dropped += 1 }
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
        queue.sync { if !source.isCancelled { _ = read() } }
    }

    /// The lines since the last time.
    func takeLines() -> [LogLine] {
        state.withLock { state in
            if state.dropped > 0 {
                state.lines.append(LogLine(time: now(), message: "Tarn dropped \(state.dropped) log lines that came too fast.\n"))
            }
            defer { (state.lines, state.size, state.dropped) = ([], 0, 0) }
            return state.lines
        }
    }

    func close() {
        drain()
        state.withLock { closeLine(&$0) }
        source.cancel()
    }
}
