import Documents
import Kernel
import Store

/// Small settings of functions that have operations of their own.
extension LambdaService {
    struct RuntimeManagementInput: Decodable, Sendable {
        var FunctionName: String
        var Qualifier: String?
        var UpdateRuntimeOn: String?
        var RuntimeVersionArn: String?
    }

    struct RuntimeManagementOutput: Encodable, Sendable {
        var UpdateRuntimeOn: String
        var FunctionArn: String
    }

    /// https://docs.aws.amazon.com/lambda/latest/api/API_PutRuntimeManagementConfig.html. There is one version of each
    /// runtime: what a function could be held back on does not exist.
    func putRuntimeManagement(_ input: RuntimeManagementInput, _ context: Context) async throws -> RuntimeManagementOutput {
        let name = try FunctionName(input.FunctionName, context, qualifier: input.Qualifier)
        let mode = input.UpdateRuntimeOn ?? "Auto"
        if mode == "Manual" {
            guard input.RuntimeVersionArn != nil else {
                throw LambdaFault.invalidParameter("RuntimeVersionArn is required when UpdateRuntimeOn is Manual.")
            }
            throw AWSError.notImplemented(member: "UpdateRuntimeOn Manual", context.service, context.operation)
        }
        guard input.RuntimeVersionArn == nil else {
            throw LambdaFault.invalidParameter("RuntimeVersionArn is only valid when UpdateRuntimeOn is Manual.")
        }
        return try await context.store.write { transaction in
            var record = try name.find(in: transaction)
            record.runtimeUpdates = mode
            try transaction.put(record.key, record)
            return RuntimeManagementOutput(UpdateRuntimeOn: mode, FunctionArn: "\(record.arn):\(record.versionName)")
        }
    }

    struct GetRuntimeManagementInput: Decodable, Sendable {
        var FunctionName: String
        var Qualifier: String?
    }

    func getRuntimeManagement(_ input: GetRuntimeManagementInput, _ context: Context) async throws
        -> RuntimeManagementOutput
    {
        let record = try await FunctionName(input.FunctionName, context, qualifier: input.Qualifier).find(context.platform)
        return RuntimeManagementOutput(
            UpdateRuntimeOn: record.runtimeUpdates ?? "Auto", FunctionArn: "\(record.arn):\(record.versionName)")
    }

    struct RecursionInput: Decodable, Sendable {
        var FunctionName: String
        var RecursiveLoop: String
    }

    struct RecursionOutput: Encodable, Sendable { var RecursiveLoop: String }

    /// What happens where a loop is found: see ``TraceHeader``.
    func putRecursion(_ input: RecursionInput, _ context: Context) async throws -> RecursionOutput {
        try await set(input.FunctionName, context) { $0.recursiveLoop = input.RecursiveLoop }
        return RecursionOutput(RecursiveLoop: input.RecursiveLoop)
    }

    func getRecursion(_ input: NamedFunctionInput, _ context: Context) async throws -> RecursionOutput {
        let name = try FunctionName(input.FunctionName, context)
        let record = try await context.store.read { try name.latest(in: $0) }
        return RecursionOutput(RecursiveLoop: record.recursiveLoop ?? "Terminate")
    }

    /// Changes a function without a new revision of its code.
    func set(_ name: String, _ context: Context, _ change: @escaping @Sendable (inout FunctionRecord) throws -> Void)
        async throws
    {
        let name = try FunctionName(name, context)
        try await context.store.write { transaction in
            var record = try name.latest(in: transaction)
            try change(&record)
            try transaction.put(record.key, record)
        }
    }
}
