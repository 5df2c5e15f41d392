import Documents
import Kernel
import NIOCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One execution environment: a child process that takes one invocation at a time over the Runtime API.
final class Environment: Sendable {
    enum Limit {
        /// How long a runtime may take until it asks for work
        /// (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
        static let initialization = Duration.seconds(10)
        /// How often the memory of a running function is looked at.
        static let watch = Duration.milliseconds(40)
        /// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
        static let openFiles = 1_024
        /// Bytes of one file, as much as the largest ephemeral storage.
        static let fileSize = 10 << 30
    }

    private struct State {
        var machine = RuntimeProtocol()
        var pendingNext: RuntimeListener.Respond?
        var continuation: CheckedContinuation<InvocationOutcome, Never>?
        var child: ChildProcess?
        var output: OutputCapture?
        var started = RealTime.reading()
        var initialized: Duration?
        var isInitReported = false
        var delivered: Duration?
        var cause: RuntimeProtocol.Cause?
        var pipe: ResponsePipe?
        /// Who waits for the end of the initialisation.
        var starter: CheckedContinuation<Bool, Never>?
    }

    let specification: FunctionSpecification
    /// Where its code lies; whoever ends the environment releases it.
    let unpacked: CodeCache.Unpacked
    let session: RoleSession
    let stream: String
    private let host: any FunctionHost
    private let clock: FunctionClock
    private let scratch: String
    private let register: ProcessRegister
    /// It is started before there is work for it, and kept.
    let isProvisioned: Bool
    private let state = Mutex(State())
    private let listener = Mutex<RuntimeListener?>(nil)
    private let logs: LogPump

    init(
        _ specification: FunctionSpecification, unpacked: CodeCache.Unpacked, session: RoleSession, host: any FunctionHost,
        clock: FunctionClock, scratch: String, register: ProcessRegister, isProvisioned: Bool = false
    ) {
        (self.specification, self.unpacked, self.session, self.host) = (specification, unpacked, session, host)
        (self.clock, self.scratch, self.register) = (clock, scratch, register)
        self.isProvisioned = isProvisioned
        let id = Hex.encode(Identifier.random(16))
        let day = host.now().iso8601().prefix(10).split(separator: "-").joined(separator: "/")
        stream = "\(day)/[\(specification.version)]\(id)"
        logs = LogPump(
            host: host, group: specification.logGroup, stream: stream, caller: session.caller, region: specification.region)
    }

    /// Starts the process. It need not have asked for work when this returns.
    /// - Parameter layers: what stands under `/opt`.
    func start(layers: LayerMount?, programs: RuntimePrograms, on group: any EventLoopGroup) async throws {
        let code = unpacked.code
        var command = try programs.command(
            specification.runtime, handler: specification.handler, code: code, layers: layers?.directory)
        if let layers { command = layers.wrapping(command) }
        let listener = try await RuntimeListener.start(on: group, open: { [weak self] in self?.pipe(for: $0) }) {
            [weak self] request, respond in
            self?.receive(request, respond)
        }
        self.listener.withLock { $0 = listener }
        let plan = ChildProcess.Plan(
            program: command.program, arguments: command.arguments,
            environment: variables(port: listener.port, code: code, layers: layers?.directory),
            directory: code, streams: .printout,
            limits: ChildProcess.Limits(openFiles: Limit.openFiles, fileSize: Limit.fileSize))
        let child: ChildProcess
        do {
            child = try await ChildProcess.start(plan) { [weak self] end in
                switch end {
                case .status(let code): self?.feed(.exited(.status(code)))
                case .signal(let number): self?.feed(.exited(.signal(number)))
                }
            }
        } catch let failure as ChildProcess.SpawnFailure {
            throw EngineFault.spawnFailed(failure.description)
        }
        register.add(child.pid)
        let (host, logs) = (host, logs)
        let output = OutputCapture(descriptor: child.output, now: { host.now() }, onPressure: { logs.flush() })
        logs.attach(output)
        state.withLock { ($0.child, $0.output) = (child, output) }
    }

    /// What Lambda sets (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html), and nothing of ours.
    private func variables(port: Int, code: String, layers: String?) -> [String: String] {
        var all = [
            "LANG": "en_US.UTF-8", "TZ": ":UTC", "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/bin", "HOME": scratch,
            "TMPDIR": scratch, "PYTHONDONTWRITEBYTECODE": "1",
        ]
        all.merge(specification.variables) { $1 }
        if let layers { Self.extend(&all, by: layers, runtime: specification.runtime) }
        all.merge([
            "_HANDLER": specification.handler,
            "LAMBDA_TASK_ROOT": code,
            "LAMBDA_RUNTIME_DIR": "/var/runtime",
            "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:\(port)",
            "AWS_LAMBDA_INITIALIZATION_TYPE": isProvisioned ? "provisioned-concurrency" : "on-demand",
            "AWS_LAMBDA_FUNCTION_NAME": specification.name,
            "AWS_LAMBDA_FUNCTION_VERSION": specification.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "\(specification.memoryMegabytes)",
            "AWS_LAMBDA_LOG_GROUP_NAME": specification.logGroup,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "AWS_EXECUTION_ENV": "AWS_Lambda_\(specification.runtime)",
            "AWS_REGION": specification.region,
            "AWS_DEFAULT_REGION": specification.region,
            "AWS_ACCESS_KEY_ID": session.credentials.accessKeyID,
            "AWS_SECRET_ACCESS_KEY": session.credentials.secretAccessKey,
            "AWS_SESSION_TOKEN": session.credentials.sessionToken ?? "",
        ]) { $1 }
        if let log = specification.jsonLog {
            all.merge(["AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": log.application]) { $1 }
        }
        // A function may name another endpoint itself.
        if all["AWS_ENDPOINT_URL"] == nil {
            all["AWS_ENDPOINT_URL"] = host.endpoint
            // No label can stand before an address: WriteGetObjectResponse would look for a host `ROUTE.127.0.0.1`.
            if all["AWS_DISABLE_HOST_PREFIX_INJECTION"] == nil { all["AWS_DISABLE_HOST_PREFIX_INJECTION"] = "true" }
        }
        clock.extend(&all)
        return all
    }

    /// Puts the layers on the paths where runtimes look under `/opt`, by the directory that they are in: a function has an
    /// `/opt` of its own only where ``LayerMount`` can give it one (https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html).
    private static func extend(_ all: inout [String: String], by layers: String, runtime: String) {
        func add(_ paths: String..., to name: String) {
            let old = all[name].map { $0.isEmpty ? [] : [$0] } ?? []
            all[name] = (old + paths.map { "\(layers)/\($0)" }).joined(separator: ":")
        }
        add("bin", to: "PATH")
        add("lib", to: "LD_LIBRARY_PATH")
        add("python", "python/lib/\(runtime)/site-packages", to: "PYTHONPATH")
        let major = runtime.dropFirst("nodejs".count).prefix { $0 != "." }
        add("nodejs/node_modules", "nodejs/node\(major)/node_modules", to: "NODE_PATH")
        all["TARN_LAYERS"] = layers
    }

    /// How far the platform's clock was ahead when the process began.
    var clockOffset: Duration { clock.offset }

    /// The process still lives and takes work.
    var isUsable: Bool { state.withLock { !$0.machine.hasEnded } }

    /// Runs one invocation to its end, whatever that is.
    func run(_ invocation: Invocation) async -> InvocationOutcome {
        let output = state.withLock { $0.output }
        output?.begin(SystemLog(specification, now: host.now()).start(invocation.requestID))
        let watchdog = Task { await self.watch() }
        var outcome = await withCheckedContinuation { continuation in
            state.withLock { ($0.continuation, $0.pipe) = (continuation, invocation.pipe) }
            feed(.assign(invocation))
        }
        watchdog.cancel()
        state.withLock { $0.pipe = nil }
        if let output { outcome.logTail = output.end(report(invocation)) }
        logs.flush()
        return outcome
    }

    private func report(_ invocation: Invocation) -> [String] {
        let (child, delivered, initDuration, cause) = state.withLock { state in
            let first = state.isInitReported ? nil : state.initialized
            state.isInitReported = true
            defer { state.delivered = nil }
            return (state.child, state.delivered, first.map { $0 - state.started }, state.cause)
        }
        let limit = Int64(specification.memoryMegabytes)
        let report = SystemLog.Report(
            duration: delivered.map { RealTime.reading() - $0 } ?? .zero,
            memory: min(limit, child.flatMap { ProcessFacts.peakMemory(of: $0.pid) }.map { ($0 >> 20) + 1 } ?? limit),
            initialization: initDuration, cause: cause)
        return SystemLog(specification, now: host.now()).end(invocation.requestID, report)
    }

    /// Holds the running invocation to its time and memory.
    private func watch() async {
        let memory = Int64(specification.memoryMegabytes) << 20
        while !Task.isCancelled {
            let (started, initialized, delivered, child) = state.withLock { ($0.started, $0.initialized, $0.delivered, $0.child) }
            let now = RealTime.reading()
            var left = Limit.watch
            if let delivered {
                left = specification.timeout - (now - delivered)
                if left <= .zero { return terminate(.timedOut(specification.timeout)) }
            } else if initialized == nil {
                left = Limit.initialization - (now - started)
                if left <= .zero { return terminate(.timedOut(Limit.initialization)) }
            }
            if let child, let peak = ProcessFacts.peakMemory(of: child.pid), peak > memory { return terminate(.outOfMemory) }
            guard (try? await RealTime.wait(min(left, Limit.watch))) != nil else { return }
        }
    }

    private func terminate(_ cause: RuntimeProtocol.Cause) {
        feed(.exited(cause))
        state.withLock { $0.child }?.kill()
    }

    private func receive(_ request: RuntimeListener.Request, _ respond: @escaping RuntimeListener.Respond) {
        let prefix = "/2018-06-01/runtime/"
        let path =
            request.path.hasPrefix(prefix) ? request.path.dropFirst(prefix.count).split(separator: "/").map(String.init) : []
        switch (request.method, path.count, path.first, path.last) {
        case ("GET", 2, "invocation", "next"): feed(.next, respond)
        case ("POST", 3, "invocation", "response"): feed(Self.response(path[1], request), respond)
        case ("POST", 3, "invocation", "error"): feed(.error(id: path[1], payload: request.body), respond)
        case ("POST", 2, "init", "error"): feed(.initError(payload: request.body), respond)
        default: respond(.init(status: 404, body: RuntimeProtocol.errorBody("NotFound", "no such resource")))
        }
    }

    /// Where a response goes that is streamed to one who reads it so.
    private func pipe(for request: RuntimeListener.Request) -> ResponsePipe? {
        let path = request.path.split(separator: "/")
        guard path.count == 5, path[4] == "response" else { return nil }
        let pipe = state.withLock { $0.machine.awaits(String(path[3])) ? $0.pipe : nil }
        pipe?.open(contentType: request.headers["content-type"])
        return pipe
    }

    /// The end of a response. A streamed one that failed on the way says so in its trailers
    /// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming).
    private static func response(_ id: String, _ request: RuntimeListener.Request) -> RuntimeProtocol.Event {
        if request.isTooLarge { return .error(id: id, payload: RuntimeProtocol.tooLarge(ResponsePipe.Limit.response)) }
        guard let type = request.trailers["lambda-runtime-function-error-type"] else {
            return .response(id: id, payload: request.body)
        }
        let body = request.trailers["lambda-runtime-function-error-body"].flatMap(Base64.decode)
        return .error(id: id, payload: body ?? RuntimeProtocol.errorBody(type, ""))
    }

    /// Waits until the runtime asks for work.
    /// - Returns: false for one that has ended instead, or takes longer than `limit`.
    func initialized(within limit: Duration) async -> Bool {
        let alarm = Task {
            guard (try? await RealTime.wait(limit)) != nil else { return }
            self.terminate(.timedOut(limit))
        }
        defer { alarm.cancel() }
        return await withCheckedContinuation { continuation in
            let known = state.withLock { state -> Bool? in
                if state.machine.hasEnded { return false }
                if state.initialized != nil { return true }
                state.starter = continuation
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    /// Runs the state machine. What it asks for is decided under the lock and done after it.
    private func feed(_ event: RuntimeProtocol.Event, _ respond: RuntimeListener.Respond? = nil) {
        let actions = state.withLock { state -> [@Sendable () -> Void] in
            if case .exited(let cause) = event, state.machine.isBusy || !state.machine.hasEnded, state.cause == nil {
                state.cause = cause
            }
            return state.machine.handle(event).flatMap { perform($0, respond, &state) }
        }
        for action in actions { action() }
    }

    private func perform(
        _ effect: RuntimeProtocol.Effect, _ respond: RuntimeListener.Respond?, _ state: inout State
    ) -> [@Sendable () -> Void] {
        switch effect {
        case .hold:
            state.pendingNext = respond
            return []
        case .initialized:
            state.initialized = RealTime.reading()
            return started(true, &state)
        case .deliver(let invocation):
            guard let next = state.pendingNext else { return [] }
            state.pendingNext = nil
            state.delivered = RealTime.reading()
            let answer = delivery(of: invocation)
            return [{ next(answer) }]
        case .accept:
            return [{ respond?(.init(status: 202, body: Array(#"{"status":"OK"}"#.utf8))) }]
        case .refuse(let status, let type, let message):
            return [{ respond?(.init(status: status, body: RuntimeProtocol.errorBody(type, message))) }]
        case .finish(let outcome):
            let continuation = state.continuation
            state.continuation = nil
            return [{ continuation?.resume(returning: outcome) }]
        case .end:
            return started(false, &state)
        }
    }

    private func started(_ isReady: Bool, _ state: inout State) -> [@Sendable () -> Void] {
        guard let starter = state.starter else { return [] }
        state.starter = nil
        return [{ starter.resume(returning: isReady) }]
    }

    private func delivery(of invocation: Invocation) -> RuntimeListener.Answer {
        let deadline = clock.milliseconds() + specification.timeout.wholeMilliseconds
        var headers = [
            ("content-type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", invocation.requestID),
            ("Lambda-Runtime-Deadline-Ms", "\(deadline)"),
            ("Lambda-Runtime-Invoked-Function-Arn", invocation.calledARN ?? specification.arn),
            (
                "Lambda-Runtime-Trace-Id",
                invocation.trace
                    ?? "Root=1-\(String(deadline / 1_000, radix: 16))-\(Hex.encode(Identifier.random(12)));Sampled=0"
            ),
        ]
        if let text = invocation.clientContext { headers.append(("Lambda-Runtime-Client-Context", text)) }
        return .init(status: 200, headers: headers, body: invocation.payload)
    }

    /// Ends the process and writes what is left of its log.
    func close() async {
        let (child, output) = state.withLock { ($0.child, $0.output) }
        child?.kill()
        if let child {
            register.remove(child.pid)
            // What has left the process group, as browsers do, still has the environment that it was given.
            for pid in ProcessFacts.having("AWS_LAMBDA_LOG_STREAM_NAME", startingWith: stream) { Glibc.kill(pid, SIGKILL) }
        }
        listener.withLock { $0 }?.close()
        output?.close()
        await logs.close()
        DirectoryTree.remove(scratch)
    }
}
