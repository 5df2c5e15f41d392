import Documents
import Kernel

/// Limits of a function's configuration.
enum FunctionLimit {
    /// Bytes of all environment variables (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
    static let variables = 4 << 10
    /// Names that only Lambda sets (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
    static let reserved: Set<String> = [
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
    ]

    /// Runtimes of which no function can be made or changed any more
    /// (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html#runtimes-deprecated).
    static let retired: Set<String> = [
        "nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "python2.7", "python3.6",
        "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "ruby2.5",
    ]

    /// What the model leaves open because other kinds of functions may have more
    /// (https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html).
    static let nameLength = 64
    static let timeout = 900
    static let memory = 10_240
    /// MB under /tmp.
    static let ephemeralStorage = 10_240

    /// https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
    static let tags = 50

    /// Entries of one page of a list.
    static let page = 50

    /// The entries of a page of which `asked` are asked for.
    static func page(_ asked: Int?) -> Int { min(asked ?? page, page) }

    /// Data keys of functions with sealed variables that are kept in memory.
    static let dataKeysKept = 1_000

    static func check(name: String, timeout: Int?, memory: Int?, ephemeralStorage: Int?) throws(LambdaFault) {
        guard name.utf8.count <= nameLength else {
            throw .tooLarge(member: "functionName", value: name, limit: nameLength, isLength: true)
        }
        if let timeout, timeout > Self.timeout {
            throw .tooLarge(member: "timeout", value: "\(timeout)", limit: Self.timeout, isLength: false)
        }
        if let memory, memory > Self.memory {
            throw .tooLarge(member: "memorySize", value: "\(memory)", limit: Self.memory, isLength: false)
        }
        if let ephemeralStorage, ephemeralStorage > Self.ephemeralStorage {
            throw .tooLarge(
                member: "ephemeralStorage.size", value: "\(ephemeralStorage)", limit: Self.ephemeralStorage, isLength: false)
        }
    }

    static func check(variables: [String: String]) throws(LambdaFault) {
        let names = variables.keys.filter(reserved.contains).sorted()
        guard names.isEmpty else { throw .environmentVariablesReserved(names) }
        let text = JSON.text(
            .map(Members(uniqueKeysWithValues: variables.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })))
        guard text.utf8.count <= Self.variables else { throw .environmentVariablesTooLarge(text) }
    }
}
