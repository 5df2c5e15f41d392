import Kernel

/// What Lambda refuses (https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html and each operation's page).
enum LambdaFault: Fault {
    case functionNotFound(arn: String)
    case functionExists(name: String)
    case notUnqualified
    case runtimeRetired(String)
    case recursive
    case invalidParameter(String)
    case roleNotAssumable
    case requestTooLarge(limit: Int, operation: String)
    case invokeTooLarge(size: Int, limit: Int)
    case invalidJSON(String)
    case throttled(reason: String)
    case invalidZip
    case unzippedTooLarge
    case statementExists(String)
    case statementNotFound(String)
    case noPolicy
    case revisionMismatch
    case mappingNotFound
    case mappingExists(uuid: String, isQueue: Bool, source: String, function: String)
    case aliasExists(arn: String)
    case aliasNotFound(arn: String)
    case versionInUse(String, aliases: [String])
    case eventConfigNotFound(arn: String)
    case provisionedNotFound
    case layerNotFound(String)
    case layerVersionMissing
    case layerVersionGone(String)
    case noLayerPolicy
    case otherRegion(String, here: String)
    case urlExists(arn: String)
    case mappingInUse
    case environmentVariablesReserved([String])
    case environmentVariablesTooLarge(String)
    case runtimeMissing(String)
    case engineFailed(String)
    case s3(code: String, message: String)
    case streamInaccessible(arn: String)
    case tooLarge(member: String, value: String, limit: Int, isLength: Bool)
    case codeSigningMissing(String)
    case codeSigningNotFound(String)
    case codeSigningInUse(String)
    case codeUnsigned(String)
    case keyUnusable(code: String, message: String)
    case keyFailed(code: String, message: String)
    /// The key of a mapping's filters.
    case filterKeyUnusable(code: String, message: String)

    var wire: AWSError {
        switch self {
        case .functionNotFound(let arn): error("ResourceNotFoundException", 404, "Function not found: \(arn)")
        case .functionExists(let name): error("ResourceConflictException", 409, "Function already exist: \(name)")
        case .invalidParameter(let message): invalid(message)
        case .notUnqualified:
            invalid(
                "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
                    + "Please specify either a function name or an unqualified function ARN.")
        case .runtimeRetired(let runtime):
            invalid(
                "The runtime parameter of \(runtime) is no longer supported for creating or updating AWS Lambda functions. "
                    + "We recommend you use a supported runtime while creating or updating functions.")
        case .recursive:
            error(
                "RecursiveInvocationException", 400,
                "Lambda stopped this invocation because it detected the function being invoked in a recursive loop with other "
                    + "AWS resources.")
        case .roleNotAssumable: invalid("The role defined for the function cannot be assumed by Lambda.")
        case .requestTooLarge(let limit, let operation):
            error(
                "RequestEntityTooLargeException", 413,
                "Request must be smaller than \(limit) bytes for the \(operation) operation")
        case .invokeTooLarge(let size, let limit):
            error(
                "RequestTooLargeException", 413,
                "\(size) byte payload is too large for the RequestResponse invocation type (limit \(limit) bytes)")
        case .invalidJSON(let reason):
            error("InvalidRequestContentException", 400, "Could not parse request body into json: \(reason)")
        case .throttled(let reason):
            AWSError(
                "TooManyRequestsException", 429, "Rate Exceeded.", fields: ["Reason": .string(reason), "Type": "User"],
                headers: ["Retry-After": "1"])
        case .invalidZip: invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
        case .unzippedTooLarge: invalid("Unzipped size must be smaller than 262144000 bytes")
        case .statementExists(let id):
            error(
                "ResourceConflictException", 409,
                "The statement id (\(id)) provided already exists. Please provide a new statement id, or remove the existing statement."
            )
        case .statementNotFound(let id):
            error("ResourceNotFoundException", 404, "Statement \(id) is not found in resource policy.")
        case .noPolicy: error("ResourceNotFoundException", 404, "The resource you requested does not exist.")
        case .revisionMismatch:
            error(
                "PreconditionFailedException", 412,
                "The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to retrieve the latest RevisionId"
            )
        case .mappingNotFound: error("ResourceNotFoundException", 404, "The resource you requested does not exist.")
        case .mappingExists(let uuid, let isQueue, let source, let function):
            error(
                "ResourceConflictException", 409,
                (isQueue
                    ? "An event source mapping with SQS arn (\" \(source) \") and function (\" \(function) \") already exists."
                    : "The event source arn (\" \(source) \") and function (\" \(function) \") provided mapping already exists.")
                    + " Please update or delete the existing mapping with UUID \(uuid)")
        case .aliasExists(let arn): error("ResourceConflictException", 409, "Alias already exists: \(arn)")
        case .aliasNotFound(let arn): error("ResourceNotFoundException", 404, "Cannot find alias arn: \(arn)")
        case .versionInUse(let version, let aliases):
            error(
                "ResourceConflictException", 409,
                "The following aliases refer to this version: \(aliases.joined(separator: ", ")). Version \(version) can't be deleted."
            )
        case .eventConfigNotFound(let arn):
            error("ResourceNotFoundException", 404, "The function \(arn) doesn't have an EventInvokeConfig")
        case .provisionedNotFound:
            error(
                "ProvisionedConcurrencyConfigNotFoundException", 404,
                "No Provisioned Concurrency Config found for this function")
        case .layerNotFound(let arn): invalid("Layer version \(arn) does not exist.")
        case .layerVersionGone(let arn): error("ResourceNotFoundException", 404, "Layer version \(arn) does not exist.")
        case .noLayerPolicy:
            error("ResourceNotFoundException", 404, "No policy is associated with the given resource.")
        case .otherRegion(let region, let here):
            error(
                "ResourceNotFoundException", 404, "Functions from '\(region)' are not reachable in this region ('\(here)')")
        case .layerVersionMissing: error("ResourceNotFoundException", 404, "The resource you requested does not exist.")
        case .urlExists(let arn):
            error(
                "ResourceConflictException", 409,
                "Failed to create function url config for [functionArn = \(arn)]. Error message:  FunctionUrlConfig exists for this Lambda function"
            )
        case .mappingInUse: error("ResourceInUseException", 400, "Cannot update the event source mapping because it is in use.")
        case .environmentVariablesReserved(let names):
            invalid(
                "Lambda was unable to configure your environment variables because the environment variables you have provided contains "
                    + "reserved keys that are currently not supported for modification. Reserved keys used in this request: \(names.joined(separator: ", "))"
            )
        case .environmentVariablesTooLarge(let text):
            invalid(
                "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded "
                    + "the 4KB limit. String measured: \(text)")
        case .runtimeMissing(let message): error("InvalidRuntimeException", 502, message)
        case .engineFailed(let reason):
            error("ServiceException", 500, "The function's environment could not be started: \(reason)")
        case .s3(let code, let message):
            invalid("Error occurred while GetObject. S3 Error Code: \(code). S3 Error Message: \(message)")
        case .tooLarge(let member, let value, let limit, let isLength):
            AWSError(
                "ValidationException", 400,
                "1 validation error detected: Value '\(value)' at '\(member)' failed to satisfy constraint: "
                    + "Member must have \(isLength ? "length" : "value") less than or equal to \(limit)")
        case .codeSigningMissing(let arn):
            error("ResourceNotFoundException", 404, "The Lambda code signing configuration \(arn) can not be found.")
        case .codeSigningNotFound(let arn):
            error(
                "CodeSigningConfigNotFoundException", 404,
                "The code signing configuration cannot be found. Check that the provided configuration is not deleted: \(arn).")
        case .codeSigningInUse(let arn):
            error("ResourceConflictException", 409, "The code signing configuration \(arn) is in use by a function.")
        case .codeUnsigned(let name):
            error(
                "CodeVerificationFailedException", 400,
                "Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is "
                    + "not configured to accept. Check the provided signature for \(name).")
        case .keyUnusable(let code, let message):
            invalid(
                "Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. "
                    + "Please check your KMS key settings. KMS Exception: \(code)KMS Message: \(message)")
        case .keyFailed(let code, let message):
            error(
                code.contains("Disabled")
                    ? "KMSDisabledException"
                    : code.contains("InvalidState")
                        ? "KMSInvalidStateException"
                        : code.contains("NotFound") ? "KMSNotFoundException" : "KMSAccessDeniedException", 502,
                "Lambda was unable to decrypt the environment variables because KMS access was denied. Please check the function's "
                    + "KMS key settings. KMS Exception: \(code)KMS Message: \(message)")
        case .filterKeyUnusable(let code, let message):
            invalid(
                "Lambda was unable to use the KMS key of your filter criteria. Please check your KMS key settings. KMS Exception: "
                    + "\(code)KMS Message: \(message)")
        case .streamInaccessible(let arn):
            invalid(
                "Cannot access stream \(arn). Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, "
                    + (arn.contains(":kinesis:") ? "ListShards, and DescribeStreamSummary" : "and ListStreams")
                    + " Actions on your stream in IAM.")
        }
    }

    /// Lambda's errors carry a `Type` beside the message.
    private func error(_ code: String, _ status: Int, _ message: String) -> AWSError {
        AWSError(code, status, message, fields: ["Type": status < 500 ? "User" : "Service"])
    }

    private func invalid(_ message: String) -> AWSError { error("InvalidParameterValueException", 400, message) }
}
