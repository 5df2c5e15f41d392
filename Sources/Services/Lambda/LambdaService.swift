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
    /// Addresses from which packages can be fetched.
    let links = CodeLinks()
    let keys = VariableKeys(limit: FunctionLimit.dataKeysKept)

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
        operations.stream("InvokeWithResponseStream", invokeStreaming)
        operations.delivery("event", deliver)
        retireGrants(in: &operations)
        operations.on("AddPermission", addPermission)
        operations.on("RemovePermission", removePermission)
        operations.on("GetPolicy", getPolicy)
        operations.on("PutResourcePolicy", putResourcePolicy)
        operations.on("GetResourcePolicy", getResourcePolicy)
        operations.on("DeleteResourcePolicy", deleteResourcePolicy)
        operations.on("PutFunctionConcurrency", putConcurrency)
        operations.on("GetFunctionConcurrency", getConcurrency)
        operations.on("DeleteFunctionConcurrency", deleteConcurrency)
        operations.on("PutProvisionedConcurrencyConfig", putProvisioned)
        operations.on("GetProvisionedConcurrencyConfig", getProvisioned)
        operations.on("DeleteProvisionedConcurrencyConfig", deleteProvisioned)
        operations.on("ListProvisionedConcurrencyConfigs", listProvisioned)
        operations.on("GetAccountSettings", getAccountSettings)
        operations.on("TagResource", tag)
        operations.on("UntagResource", untag)
        operations.on("ListTags", listTags)
        operations.delivery("destination", deliverErrand)
        operations.on("PublishVersion", publishVersion)
        operations.on("ListVersionsByFunction", listVersions)
        operations.on("CreateAlias", createAlias)
        operations.on("UpdateAlias", updateAlias)
        operations.on("GetAlias", getAlias)
        operations.on("DeleteAlias", deleteAlias)
        operations.on("ListAliases", listAliases)
        operations.on("PutFunctionEventInvokeConfig", putEventConfig)
        operations.on("UpdateFunctionEventInvokeConfig", updateEventConfig)
        operations.on("GetFunctionEventInvokeConfig", getEventConfig)
        operations.on("DeleteFunctionEventInvokeConfig", deleteEventConfig)
        operations.on("ListFunctionEventInvokeConfigs", listEventConfigs)
        operations.on("CreateFunctionUrlConfig", createURL)
        operations.on("UpdateFunctionUrlConfig", updateURL)
        operations.on("GetFunctionUrlConfig", getURL)
        operations.on("DeleteFunctionUrlConfig", deleteURL)
        operations.on("ListFunctionUrlConfigs", listURLs)
        operations.on("PublishLayerVersion", publishLayer)
        operations.on("GetLayerVersion", getLayer)
        operations.on("GetLayerVersionByArn", getLayerByARN)
        operations.on("DeleteLayerVersion", deleteLayer)
        operations.on("ListLayerVersions", listLayerVersions)
        operations.on("ListLayers", listLayers)
        operations.on("AddLayerVersionPermission", addLayerPermission)
        operations.on("RemoveLayerVersionPermission", removeLayerPermission)
        operations.on("GetLayerVersionPolicy", getLayerPolicy)
        registerSettings(in: &operations)
        operations.on("CreateEventSourceMapping", createMapping)
        operations.on("GetEventSourceMapping", getMapping)
        operations.on("ListEventSourceMappings", listMappings)
        operations.on("UpdateEventSourceMapping", updateMapping)
        operations.on("DeleteEventSourceMapping", deleteMapping)
        refuseUnbuilt(in: &operations)
    }

    private func registerSettings(in operations: inout Operations) {
        operations.on("CreateCodeSigningConfig", createCodeSigning)
        operations.on("UpdateCodeSigningConfig", updateCodeSigning)
        operations.on("GetCodeSigningConfig", getCodeSigning)
        operations.on("DeleteCodeSigningConfig", deleteCodeSigning)
        operations.on("ListCodeSigningConfigs", listCodeSigning)
        operations.on("ListFunctionsByCodeSigningConfig", listSignedFunctions)
        operations.on("PutFunctionCodeSigningConfig", putFunctionSigning)
        operations.on("GetFunctionCodeSigningConfig", getFunctionSigning)
        operations.on("DeleteFunctionCodeSigningConfig", deleteFunctionSigning)
        operations.on("PutRuntimeManagementConfig", putRuntimeManagement)
        operations.on("GetRuntimeManagementConfig", getRuntimeManagement)
        operations.on("PutFunctionRecursionConfig", putRecursion)
        operations.on("GetFunctionRecursionConfig", getRecursion)
        operations.stream("InvokeAsync", invokeAsync)
    }

    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        if let place = LayerPlace(versionARN: arn) {
            let record = try await platform.store.read { try $0.record(LayerRecord.self, place.key) }
            return record.map { ResourceFacts(account: $0.account, policy: $0.policy) }
        }
        guard let parsed = ARN(arn), parsed.service == "lambda", parsed.resource.hasPrefix("function:"),
            let name = try? FunctionName(arn, account: parsed.account, region: parsed.region)
        else { return nil }
        return try await platform.store.read { snapshot in
            guard let latest = try snapshot.record(FunctionRecord.self, name.key) else { return nil }
            // What is set on the function does not hold for a version or an alias, and the other way round.
            let policy: String?
            if let alias = try name.alias(in: snapshot) {
                policy = PolicyHolder.alias(alias).policy
            } else {
                policy = try name.found(in: snapshot)?.policy
            }
            return ResourceFacts(account: latest.account, policy: policy, tags: latest.tags)
        }
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
        try await provisionAll(platform)
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
