import Documents
import Kernel

/// All that an execution environment needs to know of a function version. Environments are reused only for an equal
/// ``revision``.
public struct FunctionSpecification: Sendable {
    public var arn: String
    public var name: String
    public var version: String
    /// Changes with the code and with the configuration.
    public var revision: String
    public var runtime: String
    public var handler: String
    public var memoryMegabytes: Int
    public var timeout: Duration
    public var variables: [String: String]
    public var region: String
    /// SHA-256 of the archive, hexadecimal: the name of its unpacked directory.
    public var codeHash: String
    public var logGroup: String
    /// nil where the function has no reserved concurrency.
    public var reservedConcurrency: Int?
    /// The lowest first: a later one's files win.
    public var layers: [Layer]

    /// nil where the log is text.
    public var jsonLog: JSONLog?

    /// A log of JSON objects, a line each, from these levels on.
    public struct JSONLog: Sendable, Hashable {
        public var application: String
        public var system: String
        public init(application: String, system: String) { (self.application, self.system) = (application, system) }
    }

    /// An archive that functions share.
    public struct Layer: Codable, Sendable, Hashable {
        /// By which the host finds the archive.
        public var archive: String
        /// SHA-256 of the archive, hexadecimal.
        public var hash: String

        public init(archive: String, hash: String) { (self.archive, self.hash) = (archive, hash) }
    }

    /// The version among all functions.
    var identity: String { "\(arn):\(version)" }

    public init(
        arn: String, name: String, version: String, revision: String, runtime: String, handler: String, memoryMegabytes: Int,
        timeout: Duration, variables: [String: String], region: String, codeHash: String, logGroup: String,
        reservedConcurrency: Int?, layers: [Layer] = [], jsonLog: JSONLog? = nil
    ) {
        (self.arn, self.name, self.version, self.revision) = (arn, name, version, revision)
        (self.runtime, self.handler, self.memoryMegabytes) = (runtime, handler, memoryMegabytes)
        (self.timeout, self.variables, self.region) = (timeout, variables, region)
        (self.codeHash, self.logGroup, self.reservedConcurrency) = (codeHash, logGroup, reservedConcurrency)
        (self.layers, self.jsonLog) = (layers, jsonLog)
    }
}

/// Temporary keys of the execution role and until when they hold, on the platform's clock.
public struct RoleSession: Sendable {
    public var credentials: Credentials
    public var expires: Timestamp
    public var caller: Caller

    public init(credentials: Credentials, expires: Timestamp, caller: Caller) {
        (self.credentials, self.expires, self.caller) = (credentials, expires, caller)
    }
}

/// What the engine asks of the service that owns the functions.
public protocol FunctionHost: Sendable {
    /// A layer's archive.
    func layer(_ archive: String) async throws -> [UInt8]
    /// The deployment package of a function.
    /// - Throws: ``EngineFault/replaced`` when the function has other code by now.
    func code(of specification: FunctionSpecification) async throws -> [UInt8]
    /// A fresh session of the execution role.
    func session(for specification: FunctionSpecification) async throws -> RoleSession
    /// Takes log lines in order, one batch at a time per stream. Must not throw: a function without the permission to log
    /// still runs.
    func log(_ lines: [LogLine], group: String, stream: String, as caller: Caller, region: String) async
    /// The endpoint that functions reach the platform at.
    var endpoint: String { get }
    func now() -> Timestamp
    /// How far the platform's clock is ahead of the machine's.
    var clockOffset: Duration { get }
}

public struct LogLine: Sendable, Hashable {
    public var time: Timestamp
    public var message: String
    public init(time: Timestamp, message: String) { (self.time, self.message) = (time, message) }
}

/// One request to a function.
public struct Invocation: Sendable {
    public var requestID: String
    public var payload: [UInt8]
    /// As the client sent it, base64 taken off.
    public var clientContext: String?
    /// The ARN by which it was called, with the qualifier; nil is the function's own.
    public var calledARN: String?
    /// Takes a streamed response as it is made; nil has every response whole.
    public var pipe: ResponsePipe?
    /// The trace header that the function sees; nil makes a new one.
    public var trace: String?

    public init(
        requestID: String, payload: [UInt8], clientContext: String? = nil, calledARN: String? = nil, pipe: ResponsePipe? = nil,
        trace: String? = nil
    ) {
        (self.requestID, self.payload, self.clientContext) = (requestID, payload, clientContext)
        (self.calledARN, self.pipe, self.trace) = (calledARN, pipe, trace)
    }
}

/// How an invocation ended.
public struct InvocationOutcome: Sendable {
    public var payload: [UInt8]
    /// The function threw, or its environment failed.
    public var isError: Bool
    /// The log of this invocation, its last 4 KB.
    public var logTail: [UInt8] = []

    public init(payload: [UInt8], isError: Bool) { (self.payload, self.isError) = (payload, isError) }
}
