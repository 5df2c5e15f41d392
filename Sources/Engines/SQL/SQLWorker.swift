import Dispatch
import Documents
import Kernel
import Logging
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One worker process and the requests that it has. It is used until it ends, and then not again.
///
/// Invariant: every request is resumed exactly once: by its answer, or by the worker's end. `pending` becomes nil at the
/// end, so that no request is added afterwards.
final class SQLWorker: Sendable {
    private enum Limit {
        static let logLine = 4 << 10
    }

    private let pending = Mutex<[String: CheckedContinuation<Document, any Error>]?>([:])
    private let process = Mutex<ChildProcess?>(nil)
    private let over = DispatchSemaphore(value: 0)
    private let writer = DispatchQueue(label: "tarn.sql.writer")
    private let log: Logger

    private init(log: Logger) { self.log = log }

    static func start(_ platform: Platform) async throws -> SQLWorker {
        let python = platform.configuration.python
        let script = platform.configuration.home + "/Runtimes/sql/worker.py"
        guard access(python, X_OK) == 0 else { throw SQLFault.notInstalled("\(python) is missing: run `./run --setup`") }
        guard access(script, R_OK) == 0 else { throw SQLFault.notInstalled("\(script) is missing") }
        let worker = SQLWorker(log: platform.log)
        let directory = platform.configuration.home + "/Runtimes/sql"
        let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        let plan = ChildProcess.Plan(
            program: python, arguments: ["-B", script],
            environment: [
                "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": temporary, "TMPDIR": temporary, "PYTHONUNBUFFERED": "1",
            ],
            directory: directory)
        let child: ChildProcess
        do {
            child = try await ChildProcess.start(plan) { worker.ended($0) }
        } catch { throw SQLFault.crashed("could not be started: \(error)") }
        worker.process.withLock { $0 = child }
        let threads = [
            OwnThread.start {
                let whole = LineReader.read(child.output, limit: SQLLimit.line, keepsLong: false) { worker.take($0) }
                if !whole { child.kill() }
                close(child.output)
            },
            OwnThread.start {
                LineReader.read(child.errors, limit: Limit.logLine, keepsLong: true) { worker.note($0) }
                close(child.errors)
            },
        ]
        if threads.contains(where: { $0 != nil }) {
            child.kill()
            throw SQLFault.crashed("no thread to read its answers")
        }
        platform.log.info("SQL worker started", metadata: ["pid": "\(child.pid)"])
        return worker
    }

    /// Whether it takes requests.
    var isRunning: Bool { pending.withLock { $0 != nil } }
    /// How many requests it works on.
    var load: Int { pending.withLock { $0?.count ?? 0 } }

    /// Sends one request, whose `id` is `id`, and waits for its answer.
    func ask(_ id: String, _ line: [UInt8]) async throws -> Document {
        try await withCheckedThrowingContinuation { continuation in
            let refusal = pending.withLock { pending -> SQLFault? in
                guard let count = pending?.count else { return .crashed("the worker has ended") }
                guard count < SQLLimit.pending else { return .saturated }
                pending?[id] = continuation
                return nil
            }
            if let refusal { return continuation.resume(throwing: refusal) }
            send(line)
        }
    }

    /// Sends what needs no answer.
    func send(_ line: [UInt8]) {
        guard let child = process.withLock({ $0 }) else { return }
        writer.async { [self] in
            // A dead reader is met by `ended`, which resumes every request.
            guard isRunning else { return }
            if !LineReader.write(line + [UInt8(ascii: "\n")], to: child.input) { child.kill() }
        }
    }

    /// Ends the process: asked first, then made to.
    func stop() async {
        guard let child = process.withLock({ $0 }) else { return }
        child.terminate()
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            let code = OwnThread.start { [self] in
                if over.wait(timeout: .now() + .milliseconds(Int(SQLLimit.grace))) == .timedOut {
                    child.kill()
                    over.wait()
                }
                over.signal()
                done.resume()
            }
            if code != nil {
                child.kill()
                done.resume()
            }
        }
    }

    private func take(_ line: [UInt8]) {
        guard let document = try? JSON.parse(line), let id = document["id"]?.string else {
            log.error("the SQL worker answered with something that is not an answer", metadata: ["bytes": "\(line.count)"])
            return
        }
        guard let request = pending.withLock({ $0?.removeValue(forKey: id) }) else { return }
        if let error = document["error"] {
            let message = error["message"]?.string ?? ""
            guard let code = SQLFault.Code(rawValue: error["code"]?.string ?? "") else {
                return request.resume(throwing: SQLFault.malformed("unknown error \(error["code"]?.string ?? "")"))
            }
            return request.resume(throwing: SQLFault.refused(code, message))
        }
        request.resume(returning: document)
    }

    private let lastWords = Mutex("")

    private func note(_ line: [UInt8]) {
        let text = String(decoding: line, as: UTF8.self)
        lastWords.withLock { $0 = text }
        log.info("SQL worker", metadata: ["line": "\(text)"])
    }

    private func ended(_ end: ChildProcess.End) {
        let words = lastWords.withLock { $0 }
        let requests = pending.withLock { pending in
            defer { pending = nil }
            return pending ?? [:]
        }
        if let child = process.withLock({ $0 }) {
            writer.async { close(child.input) }
        }
        let isMissing = words.hasPrefix("ModuleNotFoundError")
        let fault: SQLFault =
            isMissing ? .notInstalled("\(words): run `./run --setup`") : .crashed("\(end)\(words.isEmpty ? "" : ": \(words)")")
        if !requests.isEmpty {
            log.error("SQL worker ended", metadata: ["end": "\(end)", "requests": "\(requests.count)", "last": "\(words)"])
        }
        for request in requests.values { request.resume(throwing: fault) }
        over.signal()
    }
}
