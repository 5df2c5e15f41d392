import Documents
import FunctionEngine
import Kernel
import Store

/// A function as it is kept.
struct FunctionRecord: Stored, PolicyStatements {
    static let tag: UInt8 = 1

    struct Statement: Codable, Sendable {
        var id: String
        /// The policy statement's JSON text.
        var json: String
    }

    /// What stands around a policy's statements.
    struct PolicyFrame: Codable, Sendable {
        var version: String?
        var id: String?
        /// Of a policy that has grown statement by statement.
        static let usual = PolicyFrame(version: "2012-10-17", id: "default")
    }

    var account: String
    var region: String
    var name: String
    var role: String
    var runtime: String
    var handler: String
    var description: String
    var timeout: Int
    var memory: Int
    var variables: [String: String]
    var architecture: String
    var ephemeralStorage: Int
    var tags: [String: String]
    var code: BlobID
    var codeSize: Int64
    /// SHA-256, 32 bytes.
    var codeHash: [UInt8]
    var revision: String
    var modified: Timestamp
    var statements: [Statement] = []
    var frame: PolicyFrame?
    var reservedConcurrency: Int?
    /// The number of a published version; nil is `$LATEST`.
    var version: String?
    /// The highest version ever published.
    var published: Int?
    /// Where events go that were given up: a queue or a topic.
    var deadLetter: String?
    var layers: [LayerUse]?
    var logging: LoggingSettings?
    /// `Active` or `PassThrough`; kept and shown, for there are no traces yet.
    var tracing: String?
    /// The ARN of its code signing configuration.
    var codeSigning: String?
    /// `Auto` or `FunctionUpdate`.
    var runtimeUpdates: String?
    /// `Allow` or `Terminate`.
    var recursiveLoop: String?
    /// The ARN of the customer's key for the variables.
    var kmsKey: String?
    /// The variables under this key; then ``variables`` is empty.
    var sealedVariables: SealedVariables?

    struct LayerUse: Codable, Sendable, Hashable {
        /// Of the layer's version.
        var arn: String
        /// Functions keep the archive of a version that is deleted.
        var code: BlobID
        var size: Int64
        var hash: [UInt8]
    }

    static func key(_ account: String, _ region: String, _ name: String) -> Key {
        Key(.lambdaFunction, .text(account), .text(region), .text(name))
    }

    /// Published versions, by their numbers.
    static func versions(_ account: String, _ region: String, _ name: String) -> Key {
        Key(.lambdaVersion, .text(account), .text(region), .text(name))
    }

    var key: Key {
        guard let version = version.flatMap(Int64.init) else { return Self.key(account, region, name) }
        return Self.versions(account, region, name).appending(.integer(version))
    }
    var versionName: String { version ?? "$LATEST" }
    /// The ARN that names this version; the function's own for `$LATEST`.
    var versionARN: String { version.map { "\(arn):\($0)" } ?? arn }
    var arn: String { ARN("lambda", region: region, account: account, "function:\(name)").description }
    var logGroup: String { logging?.LogGroup ?? "/aws/lambda/\(name)" }

    var specification: FunctionSpecification {
        FunctionSpecification(
            arn: arn, name: name, version: versionName, revision: "\(arn):\(versionName) \(revision)", runtime: runtime,
            handler: handler,
            memoryMegabytes: memory, timeout: .seconds(timeout), variables: variables, region: region,
            codeHash: Hex.encode(codeHash),
            logGroup: logGroup, reservedConcurrency: reservedConcurrency,
            layers: (layers ?? []).map { .init(archive: $0.code.text, hash: Hex.encode($0.hash)) }, jsonLog: logging?.json)
    }
}

/// `FunctionConfiguration` of the API.
struct FunctionConfiguration: Codable, Sendable {
    struct VariablesOutput: Codable, Sendable {
        struct Failure: Codable, Sendable {
            var ErrorCode: String
            var Message: String
        }
        var Variables: [String: String]?
        var Error: Failure?
    }
    struct Tracing: Codable, Sendable { var Mode = "PassThrough" }
    struct Storage: Codable, Sendable { var Size: Int }
    struct Snap: Codable, Sendable {
        var ApplyOn = "None"
        var OptimizationStatus = "Off"
    }

    var FunctionName: String
    var FunctionArn: String
    var Runtime: String
    var Role: String
    var Handler: String
    var CodeSize: Int64
    var Description: String
    var Timeout: Int
    var MemorySize: Int
    var LastModified: String
    var CodeSha256: String
    var Version: String
    var Environment: VariablesOutput?
    var TracingConfig = Tracing()
    var RevisionId: String
    var State: String? = "Active"
    var StateReason: String?
    var StateReasonCode: String?
    var LastUpdateStatus: String? = "Successful"
    var LastUpdateStatusReason: String?
    var LastUpdateStatusReasonCode: String?
    var PackageType = "Zip"
    var Architectures: [String]
    var EphemeralStorage: Storage
    var SnapStart = Snap()
    var LoggingConfig: LoggingSettings
    var DeadLetterConfig: DeadLetter?
    var Layers: [LayerOutput]?
    var KMSKeyArn: String?
    var RuntimeVersionConfig: RuntimeVersion?

    struct RuntimeVersion: Codable, Sendable { var RuntimeVersionArn: String }
    struct DeadLetter: Codable, Sendable { var TargetArn: String }
    struct LayerOutput: Codable, Sendable {
        var Arn: String
        var CodeSize: Int64
    }

    /// - Parameter arn: the ARN that was asked for, where it names a version or an alias.
    init(_ record: FunctionRecord, arn: String? = nil) {
        (FunctionName, FunctionArn, Runtime, Role) = (record.name, arn ?? record.versionARN, record.runtime, record.role)
        Version = record.versionName
        KMSKeyArn = record.kmsKey
        RuntimeVersionConfig = RuntimeVersion(RuntimeVersionArn: Self.runtimeARN(record))
        DeadLetterConfig = record.deadLetter.map { DeadLetter(TargetArn: $0) }
        if let layers = record.layers, !layers.isEmpty {
            Layers = layers.map { LayerOutput(Arn: $0.arn, CodeSize: $0.size) }
        }
        (Handler, CodeSize, Description) = (record.handler, record.codeSize, record.description)
        (Timeout, MemorySize) = (record.timeout, record.memory)
        LastModified = record.modified.iso8601Offset(milliseconds: true)
        CodeSha256 = Base64.string(record.codeHash)
        Environment = record.variables.isEmpty ? nil : VariablesOutput(Variables: record.variables)
        RevisionId = record.revision
        Architectures = [record.architecture]
        EphemeralStorage = .init(Size: record.ephemeralStorage)
        LoggingConfig = record.logging ?? .init()
        (LoggingConfig.LogFormat, LoggingConfig.LogGroup) = (LoggingConfig.LogFormat ?? "Text", record.logGroup)
        TracingConfig.Mode = record.tracing ?? TracingConfig.Mode
    }
}
