import Documents
import Kernel
import Logging
import NIOCore
import NIOPosix

/// What the engine is told at start.
public struct EngineConfiguration: Sendable {
    /// The repository's root, where `Runtimes/` is.
    public var home: String
    public var python: String
    /// Where packages are unpacked and environments have their scratch space. Emptied at start.
    public var directory: String
    /// Environments that may live at once on this machine.
    public var environmentsMax: Int
    public var idleTime: Duration

    /// Made by set-up from Runtimes/functions/clock/clock.c.
    var clockLibrary: String { home + "/.setup/functions/libtarnclock.so" }
    /// Made by set-up from Runtimes/functions/opt/opt.c.
    var layerProgram: String { home + "/.setup/functions/tarnopt" }

    public init(home: String, python: String, directory: String, environmentsMax: Int? = nil, idleTime: Duration = .seconds(600))
    {
        (self.home, self.python, self.directory, self.idleTime) = (home, python, directory, idleTime)
        self.environmentsMax = environmentsMax ?? max(4, 2 * NIOSingletons.groupLoopCountSuggestion)
    }
}

/// Runs functions: keeps environments warm, starts and ends them, and bounds how much runs and waits.
public actor FunctionEngine {
    public enum Limit {
        /// Concurrent executions of an account (https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html).
        public static let concurrency = 1_000
        /// How long an invocation waits for a free place on this machine before it is throttled.
        static let queueTime = Duration.seconds(60)
        /// An environment whose keys end sooner than this after its longest run is not used again.
        static let sessionMargin = Duration.seconds(300)
        /// How far the clock that an environment sees may be off the platform's.
        static let clockSkew = Duration.seconds(1)
    }

    private struct Idle {
        let environment: Environment
        let alarm: Task<Void, Never>
        let since: UInt64
    }

    let configuration: EngineConfiguration
    let programs: RuntimePrograms
    let host: any FunctionHost
    let log: Logger
    let code: CodeCache
    let register: ProcessRegister
    private var idle: [String: [Idle]] = [:]
    /// Environments being started, busy or idle.
    var live: [ObjectIdentifier: Environment] = [:]
    private var taken = 0
    private var running: [String: Int] = [:]
    private var total = 0
    private var latest: [String: String] = [:]
    private var waiters: [(id: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
    private var counter: UInt64 = 0
    /// By the version's ``FunctionSpecification/identity``.
    var provisions: [String: Provision] = [:]
    var isStopping = false
    private var hasToldClock = false

    /// How many functions can run at once on this machine.
    public nonisolated var places: Int { configuration.environmentsMax }

    public init(_ configuration: EngineConfiguration, host: any FunctionHost, log: Logger) {
        (self.configuration, self.host, self.log) = (configuration, host, log)
        programs = RuntimePrograms(home: configuration.home, python: configuration.python)
        code = CodeCache(directory: configuration.directory + "/code")
        register = ProcessRegister(path: configuration.directory + ".pids")
    }

    /// Whether `runtime` is one that can be run when its program is installed.
    public static func knows(runtime: String) -> Bool { RuntimePrograms.kind(runtime) != nil }

    /// Clears away what the last process left: its children, its directories.
    public func start() throws {
        let orphans = register.killOrphans(of: configuration.directory)
        if orphans > 0 { log.warning("ended functions of a crashed server", metadata: ["count": "\(orphans)"]) }
        DirectoryTree.remove(configuration.directory)
        try DirectoryTree.make(configuration.directory + "/code")
    }

    /// Runs one invocation in a warm or a new environment.
    /// - Throws: ``EngineFault`` when it could not be run at all; errors of the host. A function that failed is an outcome.
    public func invoke(_ specification: FunctionSpecification, _ invocation: Invocation) async throws -> InvocationOutcome {
        guard !isStopping else { throw EngineFault.stopping }
        let arn = specification.arn
        if let limit = specification.reservedConcurrency, running[arn, default: 0] >= limit {
            throw EngineFault.reservedConcurrencyExceeded
        }
        guard total < Limit.concurrency else { throw EngineFault.saturated }
        latest[specification.identity] = specification.revision
        total += 1
        running[arn, default: 0] += 1
        defer {
            total -= 1
            running[arn, default: 1] -= 1
            if running[arn] == 0 { running[arn] = nil }
        }
        if let environment = takeProvisioned(specification) {
            let outcome = await environment.run(invocation)
            releaseProvisioned(environment)
            return try kept(outcome)
        }
        let environment = try await acquire(specification)
        let outcome = await environment.run(invocation)
        await release(environment)
        return try kept(outcome)
    }

    /// An environment that was ended because the platform stops is no failure of its function, nor of the records that it had.
    private func kept(_ outcome: InvocationOutcome) throws -> InvocationOutcome {
        guard !(isStopping && outcome.isError) else { throw EngineFault.stopping }
        return outcome
    }

    private func acquire(_ specification: FunctionSpecification) async throws -> Environment {
        while true {
            guard !isStopping else { throw EngineFault.stopping }
            if let environment = takeIdle(specification) { return environment }
            if taken < configuration.environmentsMax {
                taken += 1
                return try await create(specification)
            }
            if let oldest = evictOldest() {
                // Its place is taken over, not given back, so that nobody slips in between.
                await end(oldest)
                return try await create(specification)
            }
            try await waitForPlace()
        }
    }

    private func takeIdle(_ specification: FunctionSpecification) -> Environment? {
        while let candidate = idle[specification.revision]?.popLast() {
            if idle[specification.revision]?.isEmpty == true { idle[specification.revision] = nil }
            candidate.alarm.cancel()
            if isFresh(candidate.environment) { return candidate.environment }
            discard(candidate.environment)
        }
        return nil
    }

    /// Whether an environment lives, and its keys and its clock will do for one more invocation.
    func isFresh(_ environment: Environment) -> Bool {
        let needed = host.now() + environment.specification.timeout + Limit.sessionMargin
        let skew = host.clockOffset - environment.clockOffset
        return environment.isUsable && environment.session.expires > needed && skew <= Limit.clockSkew
    }

    private func create(_ specification: FunctionSpecification) async throws -> Environment {
        do { return try await start(specification) } catch {
            freePlace()
            throw error
        }
    }

    /// Starts an environment, whose runtime need not have come up when this returns.
    func start(_ specification: FunctionSpecification, isProvisioned: Bool = false) async throws -> Environment {
        let session = try await host.session(for: specification)
        let unpacked = try await code.take(specification, from: host)
        let scratch = "\(configuration.directory)/tmp/\(Identifier.uuid())"
        do {
            try DirectoryTree.make(scratch)
            guard !isStopping else { throw EngineFault.stopping }
        } catch {
            await code.release(unpacked)
            throw error
        }
        let environment = Environment(
            specification, unpacked: unpacked, session: session, host: host, clock: functionClock(), scratch: scratch,
            register: register, isProvisioned: isProvisioned)
        live[ObjectIdentifier(environment)] = environment
        do {
            try await environment.start(
                layers: unpacked.layers.map { LayerMount(directory: $0, program: configuration.layerProgram) },
                programs: programs, on: MultiThreadedEventLoopGroup.singleton)
        } catch {
            await end(environment)
            throw error
        }
        return environment
    }

    /// The clock of a new environment. Without the library that moves it, functions see the machine's time.
    private func functionClock() -> FunctionClock {
        let clock = FunctionClock(offset: host.clockOffset, library: configuration.clockLibrary)
        if clock.library == nil, clock.offset > Limit.clockSkew, !hasToldClock {
            hasToldClock = true
            log.notice(
                "functions see the machine's time and not the moved clock, for the library that moves it is missing; make it with: ./run --setup",
                metadata: ["library": "\(configuration.clockLibrary)"])
        }
        return clock
    }

    private func release(_ environment: Environment) async {
        let specification = environment.specification
        guard environment.isUsable, !isStopping, latest[specification.identity] == specification.revision else {
            return discard(environment)
        }
        counter += 1
        let (stamp, delay) = (counter, configuration.idleTime)
        let alarm = Task {
            guard (try? await RealTime.wait(delay)) != nil else { return }
            self.expire(specification.revision, stamp)
        }
        idle[specification.revision, default: []].append(Idle(environment: environment, alarm: alarm, since: stamp))
        wakeWaiter()
    }

    private func expire(_ revision: String, _ stamp: UInt64) {
        guard let index = idle[revision]?.firstIndex(where: { $0.since == stamp }), let entry = idle[revision]?.remove(at: index)
        else { return }
        if idle[revision]?.isEmpty == true { idle[revision] = nil }
        discard(entry.environment)
    }

    private func evictOldest() -> Environment? {
        guard let oldest = idle.values.joined().min(by: { $0.since < $1.since }) else { return nil }
        let revision = oldest.environment.specification.revision
        idle[revision]?.removeAll { $0.since == oldest.since }
        if idle[revision]?.isEmpty == true { idle[revision] = nil }
        oldest.alarm.cancel()
        return oldest.environment
    }

    /// Ends an environment and gives its place back.
    private func discard(_ environment: Environment) {
        Task {
            await end(environment)
            freePlace()
        }
    }

    func end(_ environment: Environment) async {
        await environment.close()
        guard live.removeValue(forKey: ObjectIdentifier(environment)) != nil else { return }
        await code.release(environment.unpacked)
    }

    private func freePlace() {
        taken -= 1
        wakeWaiter()
    }

    private func wakeWaiter() {
        if !waiters.isEmpty { waiters.removeFirst().continuation.resume() }
    }

    private func waitForPlace() async throws {
        counter += 1
        let id = counter
        let alarm = Task {
            guard (try? await RealTime.wait(Limit.queueTime)) != nil else { return }
            self.giveUp(id)
        }
        defer { alarm.cancel() }
        // As many wait as ``Limit/concurrency`` lets in.
        try await withCheckedThrowingContinuation { waiters.append((id, $0)) }
    }

    private func giveUp(_ id: UInt64) {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return }
        waiters.remove(at: index).continuation.resume(throwing: EngineFault.saturated)
    }

    /// A function's code or configuration has changed, or it is gone: its warm environments end.
    /// - Parameter version: nil is all of them.
    public func retire(_ arn: String, version: String? = nil) async {
        for identity in latest.keys where version.map({ identity == "\(arn):\($0)" }) ?? identity.hasPrefix(arn + ":") {
            latest[identity] = nil
        }
        for identity in provisions.keys where version.map({ identity == "\(arn):\($0)" }) ?? identity.hasPrefix(arn + ":") {
            await unprovision(identity)
        }
        for (revision, entries) in idle {
            guard let present = entries.first?.environment.specification, present.arn == arn,
                version.map({ $0 == present.version }) ?? true
            else { continue }
            idle[revision] = nil
            for entry in entries {
                entry.alarm.cancel()
                await end(entry.environment)
                freePlace()
            }
        }
        await code.sweep()
    }

    /// Ends every environment. Invocations under way end with an error.
    public func stop() async {
        isStopping = true
        for waiter in waiters { waiter.continuation.resume(throwing: EngineFault.stopping) }
        waiters = []
        for entry in idle.values.joined() { entry.alarm.cancel() }
        (idle, provisions) = ([:], [:])
        for environment in Array(live.values) { await end(environment) }
    }
}
