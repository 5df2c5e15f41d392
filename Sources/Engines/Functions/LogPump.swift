import Kernel
import Synchronization

/// Takes an environment's lines to the log, one batch at a time, behind the invocation's back as Lambda does.
final class LogPump: Sendable {
    private let requests: AsyncStream<Void>.Continuation
    private let work: Task<Void, Never>
    private let box: Box

    /// Lets the worker reach the capture that is attached after it starts.
    private final class Box: Sendable {
        let output = Mutex<OutputCapture?>(nil)
    }

    init(host: any FunctionHost, group: String, stream: String, caller: Caller, region: String) {
        let box = Box()
        // One pending request is enough: a batch takes all lines that are there.
        let (requested, requests) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (self.box, self.requests) = (box, requests)
        work = Task {
            for await _ in requested {
                let lines = box.output.withLock { $0 }?.takeLines() ?? []
                if !lines.isEmpty { await host.log(lines, group: group, stream: stream, as: caller, region: region) }
            }
        }
    }

    func attach(_ output: OutputCapture) {
        box.output.withLock { $0 = output }
        // It may have asked before.
        flush()
    }

    func flush() { requests.yield() }

    /// Writes what is left and ends.
    func close() async {
        requests.yield()
        requests.finish()
        await work.value
    }
}
