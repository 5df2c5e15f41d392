import Documents
import FunctionEngine
import Kernel
import Store

/// Invoke: synchronous, asynchronous and dry.
extension LambdaService {
    struct InvokeInput: Decodable, Sendable {
        var FunctionName: String
        var InvocationType: String?
        var LogType: String?
        var ClientContext: String?
        var Payload: [UInt8]?
        var Qualifier: String?
    }

    struct InvokeOutput: Encodable, Sendable {
        var StatusCode: Int
        var FunctionError: String?
        var LogResult: String?
        var ExecutedVersion: String?
    }

    /// What an invocation comes to before it runs.
    struct Prepared {
        var name: FunctionName
        var record: FunctionRecord
        var payload: [UInt8]
        var clientContext: String?
        /// The client's trace header.
        var trace: String?
    }

    /// Reads and checks a request to run a function.
    func prepare(_ input: InvokeInput, _ body: RequestBody, limit: Int, _ context: Context) async throws -> Prepared {
        let name = try FunctionName(input.FunctionName, context, qualifier: input.Qualifier)
        var payload: [UInt8]
        do { payload = try await body.stream.collect(limit: limit) } catch let error as BodyTooLarge {
            throw LambdaFault.requestTooLarge(limit: error.limit, operation: "InvokeFunction")
        }
        if let inline = input.Payload, payload.isEmpty { payload = inline }
        guard payload.count <= limit else { throw LambdaFault.requestTooLarge(limit: limit, operation: "InvokeFunction") }
        let record = try await name.target(context.platform)
        if payload.isEmpty { payload = Array("{}".utf8) }
        do { _ = try JSON.parse(payload) } catch { throw LambdaFault.invalidJSON("\(error)") }
        var clientContext: String?
        if let encoded = input.ClientContext {
            guard let bytes = Base64.decode(encoded), let text = String(validating: bytes, as: UTF8.self) else {
                throw LambdaFault.invalidParameter("Client context must be a valid Base64-encoded JSON object.")
            }
            clientContext = text
        }
        return Prepared(
            name: name, record: record, payload: payload, clientContext: clientContext,
            trace: context.http?.headers["x-amzn-trace-id"])
    }

    func invoke(_ input: InvokeInput, _ body: RequestBody, _ context: Context) async throws -> Streamed<InvokeOutput> {
        let limit = input.InvocationType == "Event" ? InvocationLimit.eventRequest : InvocationLimit.request
        let ready = try await prepare(input, body, limit: limit, context)
        let (name, record) = (ready.name, ready.record)
        switch input.InvocationType {
        case "DryRun": return Streamed(InvokeOutput(StatusCode: 204), status: 204)
        case "Event":
            try await enqueue(ready, context)
            return Streamed(InvokeOutput(StatusCode: 202), status: 202)
        default: break
        }
        let invocation = Invocation(
            requestID: context.requestID, payload: ready.payload, clientContext: ready.clientContext,
            calledARN: name.qualifiedARN, trace: try trace([ready.trace], for: record, context.now))
        let outcome = try await Self.leaving { try await self.run(record, invocation) }
        let output = InvokeOutput(
            StatusCode: 200, FunctionError: outcome.isError ? "Unhandled" : nil,
            LogResult: input.LogType == "Tail" ? Base64.string(outcome.logTail) : nil, ExecutedVersion: record.versionName)
        return Streamed(output, body: ByteStream(bytes: outcome.payload), status: 200)
    }

    /// Waits for `body`, and no longer when the caller is cancelled: it goes on without one. A function runs to its end though
    /// its client has gone, and a server that stops does not wait for what may take 15 minutes.
    private static func leaving<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let (results, told) = AsyncThrowingStream.makeStream(of: Result.self)
        Task {
            do {
                told.yield(try await body())
                told.finish()
            } catch {
                told.finish(throwing: error)
            }
        }
        for try await result in results { return result }
        throw CancellationError()
    }

    /// Runs a function now.
    /// - Throws: ``LambdaFault`` when it could not run; its own failure is an outcome.
    func run(_ record: FunctionRecord, _ invocation: Invocation) async throws -> InvocationOutcome {
        var record = record
        var looks = 1
        while true {
            do { return try await attempt(record, invocation) } catch EngineFault.replaced {
                guard looks < Self.looksMax else { throw LambdaFault.engineFailed("its code is replaced again and again") }
                looks += 1
                let name = try FunctionName(
                    record.name, account: record.account, region: record.region, qualifier: record.versionName)
                record = try await name.find(try parts().platform)
            }
        }
    }

    /// How often a function is looked up whose code is replaced before an environment has it.
    private static let looksMax = 8

    /// - Throws: ``EngineFault/replaced``; ``LambdaFault``.
    private func attempt(_ record: FunctionRecord, _ invocation: Invocation) async throws -> InvocationOutcome {
        do {
            return try await parts().engine.invoke(try await opened(record).specification, invocation)
        } catch let fault as EngineFault {
            throw switch fault {
            case .saturated: LambdaFault.throttled(reason: "ConcurrentInvocationLimitExceeded")
            case .reservedConcurrencyExceeded: LambdaFault.throttled(reason: "ReservedFunctionConcurrentInvocationLimitExceeded")
            case .badArchive: LambdaFault.invalidZip
            case .archiveTooLarge: LambdaFault.unzippedTooLarge
            case .runtimeMissing(let message): LambdaFault.runtimeMissing(message)
            case .unsupportedRuntime(let runtime): LambdaFault.runtimeMissing("Tarn has no runtime \(runtime).")
            case .spawnFailed(let reason): LambdaFault.engineFailed(reason)
            case .replaced: fault
            case .stopping: LambdaFault.engineFailed("Tarn is stopping")
            }
        }
    }
}
