import Kernel
import Store

/// What a resource policy is set on: the function, a version or an alias.
enum PolicyHolder: PolicyStatements, Sendable {
    case function(FunctionRecord)
    case alias(AliasRecord)

    /// - Throws: ``LambdaFault/functionNotFound(arn:)``, ``LambdaFault/aliasNotFound(arn:)``.
    init(_ name: FunctionName, in snapshot: any Snapshot) throws {
        if let alias = try name.alias(in: snapshot) {
            _ = try name.latest(in: snapshot)
            self = .alias(alias)
        } else if let qualifier = name.qualifier, qualifier != "$LATEST", Int64(qualifier) == nil {
            _ = try name.latest(in: snapshot)
            throw LambdaFault.aliasNotFound(arn: name.qualifiedARN)
        } else {
            self = .function(try name.find(in: snapshot))
        }
    }

    var statements: [FunctionRecord.Statement] {
        get {
            switch self {
            case .function(let record): record.statements
            case .alias(let record): record.statements
            }
        }
        set {
            switch self {
            case .function(var record):
                record.statements = newValue
                self = .function(record)
            case .alias(var record):
                record.statements = newValue
                self = .alias(record)
            }
        }
    }

    var revision: String {
        get {
            switch self {
            case .function(let record): record.revision
            case .alias(let record): record.revision
            }
        }
        set {
            switch self {
            case .function(var record):
                record.revision = newValue
                self = .function(record)
            case .alias(var record):
                record.revision = newValue
                self = .alias(record)
            }
        }
    }

    var frame: FunctionRecord.PolicyFrame? {
        get {
            switch self {
            case .function(let record): record.frame
            case .alias(let record): record.frame
            }
        }
        set {
            switch self {
            case .function(var record):
                record.frame = newValue
                self = .function(record)
            case .alias(var record):
                record.frame = newValue
                self = .alias(record)
            }
        }
    }

    func put(into transaction: any Transaction) throws {
        switch self {
        case .function(let record): try transaction.put(record.key, record)
        case .alias(let record): try transaction.put(record.key, record)
        }
    }
}
