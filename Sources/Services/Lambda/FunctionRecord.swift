import Documents
import FunctionEngine
import Kernel
import Store

/// A function as it is kept.
struct FunctionRecord: Stored {
    static let tag: UInt8 = 1

    struct Statement: Codable, Sendable {
        var id: String
        /// The policy statement's JSON text.
        var json: String
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
    var reservedConcurrency: Int?

    static func key(_ account: String, _ region: String, _ name: String) -> Key {
        Key(.lambdaFunction, .text(account), .text(region), .text(name))
    }

    var key: Key { Self.key(account, region, name) }
    var arn: String { ARN("lambda", region: region, account: account, "function:\(name)").description }
    var logGroup: String { "/aws/lambda/\(name)" }

    /// The resource policy as GetPolicy shows it; nil without statements.
    var policy: String? {
        guard !statements.isEmpty else { return nil }
        return #"{"Version":"2012-10-17","Id":"default","Statement":["# + statements.map(\.json).joined(separator: ",") + "]}"
    }

    var specification: FunctionSpecification {
        FunctionSpecification(
            arn: arn, name: name, version: "$LATEST", revision: "\(arn) \(revision)", runtime: runtime, handler: handler,
            memoryMegabytes: memory, timeout: .seconds(timeout), variables: variables, region: region,
            codeHash: Hex.encode(codeHash),
            logGroup: logGroup, reservedConcurrency: reservedConcurrency)
    }
}

/// `FunctionConfiguration` of the API.
struct FunctionConfiguration: Codable, Sendable {
    struct VariablesOutput: Codable, Sendable { var Variables: [String: String] }
    struct Tracing: Codable, Sendable { var Mode = "PassThrough" }
    struct Storage: Codable, Sendable { var Size: Int }
    struct Snap: Codable, Sendable {
        var ApplyOn = "None"
        var OptimizationStatus = "Off"
    }
    struct Logging: Codable, Sendable {
        var LogFormat = "Text"
        var LogGroup: String
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
    var Version = "$LATEST"
    var Environment: VariablesOutput?
    var TracingConfig = Tracing()
    var RevisionId: String
    var State = "Active"
    var LastUpdateStatus = "Successful"
    var PackageType = "Zip"
    var Architectures: [String]
    var EphemeralStorage: Storage
    var SnapStart = Snap()
    var LoggingConfig: Logging

    init(_ record: FunctionRecord) {
        (FunctionName, FunctionArn, Runtime, Role) = (record.name, record.arn, record.runtime, record.role)
        (Handler, CodeSize, Description) = (record.handler, record.codeSize, record.description)
        (Timeout, MemorySize) = (record.timeout, record.memory)
        LastModified = record.modified.iso8601(milliseconds: true).dropLast() + "+0000"
        CodeSha256 = Base64.string(record.codeHash)
        Environment = record.variables.isEmpty ? nil : VariablesOutput(Variables: record.variables)
        RevisionId = record.revision
        Architectures = [record.architecture]
        EphemeralStorage = .init(Size: record.ephemeralStorage)
        LoggingConfig = .init(LogGroup: record.logGroup)
    }
}
