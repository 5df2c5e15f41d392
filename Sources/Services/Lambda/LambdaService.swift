import Documents
import FunctionEngine
import Kernel
import Store
import Synchronization

/// AWS Lambda: functions as real processes, without containers.
public final class LambdaService: Service {
    public static let id = "lambda"

    /// What exists while the platform runs.
    struct Parts: Sendable {
        let platform: Platform
        let code: CodeStore
        let engine: FunctionEngine
        let pollers: MappingPollers
    }

    private let running = Mutex<Parts?>(nil)

    public init() {}

    /// - Throws: before ``start(_:)`` and after ``stop()``.
    func parts() throws -> Parts {
        guard let parts = running.withLock({ $0 }) else { throw LambdaFault.engineFailed("Tarn is stopping") }
        return parts
    }

    public func register(in operations: inout Operations) {
        operations.on("CreateFunction", createFunction)
        operations.on("UpdateFunctionCode", updateCode)
        operations.on("UpdateFunctionConfiguration", updateConfiguration)
        operations.on("DeleteFunction", deleteFunction)
        operations.on("GetFunction", getFunction)
        operations.on("GetFunctionConfiguration", getConfiguration)
        operations.on("ListFunctions", listFunctions)
        operations.stream("Invoke", invoke)
        operations.delivery("event", deliver)
        operations.on("AddPermission", addPermission)
        operations.on("RemovePermission", removePermission)
        operations.on("GetPolicy", getPolicy)
        operations.on("PutFunctionConcurrency", putConcurrency)
        operations.on("GetFunctionConcurrency", getConcurrency)
        operations.on("DeleteFunctionConcurrency", deleteConcurrency)
        operations.on("TagResource", tag)
        operations.on("UntagResource", untag)
        operations.on("ListTags", listTags)
        operations.on("CreateEventSourceMapping", createMapping)
        operations.on("GetEventSourceMapping", getMapping)
        operations.on("ListEventSourceMappings", listMappings)
        operations.on("UpdateEventSourceMapping", updateMapping)
        operations.on("DeleteEventSourceMapping", deleteMapping)
    }

    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let arn = ARN(arn), arn.service == "lambda", arn.resource.hasPrefix("function:") else { return nil }
        let name = arn.resource.split(separator: ":").dropFirst().first.map(String.init) ?? ""
        let key = FunctionRecord.key(arn.account, arn.region, name)
        guard let record = try await platform.store.read({ try $0.record(FunctionRecord.self, key) }) else { return nil }
        return ResourceFacts(account: record.account, policy: record.policy)
    }

    public func denied(_ message: String) -> AWSError { AWSError("AccessDeniedException", 403, message) }

    public func start(_ platform: Platform) async throws {
        let directory = platform.configuration.dataDirectory
        let code = try CodeStore(directory: directory + "/lambda")
        try await code.sweep(platform.store)
        let engine = FunctionEngine(
            EngineConfiguration(
                home: platform.configuration.home, python: platform.configuration.python, directory: directory + "/functions"),
            host: LambdaHost(platform: platform, code: code), log: platform.log)
        try await engine.start()
        let pollers = MappingPollers(service: self, platform: platform)
        running.withLock { $0 = Parts(platform: platform, code: code, engine: engine, pollers: pollers) }
        try await pollers.start()
    }

    public func stop() async {
        guard let parts = running.withLock({ $0 }) else { return }
        // What runs is ended, not waited for: it may take 15 minutes, and is delivered again after the next start.
        await parts.pollers.cancel()
        await parts.engine.stop()
        await parts.pollers.stop()
        running.withLock { $0 = nil }
    }
}
