import Kernel

/// What requests through Object Lambda access points are refused for
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#S3ObjectLambdaErrorCodeList).
enum ObjectLambdaFault: Fault {
    case noSuchPoint(String)
    case noPolicy(String)
    case alreadyOwned(String)
    case tooMany
    case invalidName
    /// A header or parameter that the configuration's AllowedFeatures leave out.
    case featureOff(String)
    case functionNotFound(String)
    case mayNotInvoke(String)
    case throttled(String)
    case invocationFailed(String)
    case functionFailed(String)
    case noResponse
    case timeout
    /// The function's answer to a HeadObject or a listing.
    case invalidResponse(String)
    /// Too many requests wait for their functions.
    case busy
    /// WriteGetObjectResponse's own.
    case validation(String)
    case clientClosed

    var wire: AWSError {
        switch self {
        case .noSuchPoint(let name):
            named("NoSuchAccessPoint", 404, "The specified Object Lambda accesspoint does not exist", name)
        case .noPolicy(let name):
            named("NoSuchAccessPointPolicy", 404, "The specified accesspoint policy does not exist", name)
        case .alreadyOwned(let name):
            named(
                "AccessPointAlreadyOwnedByYou", 409,
                "Your previous request to create the named accesspoint succeeded and you already own it.", name)
        case .tooMany: AWSError("TooManyAccessPoints", 400, "You have attempted to create more accesspoints than allowed")
        case .invalidName: AWSError("InvalidRequest", 400, "The specified access point name is not valid.")
        case .featureOff(let feature):
            AWSError(
                "NotImplemented", 501,
                "\(feature) is not enabled for this Object Lambda access point. Add it to the allowed features of its configuration."
            )
        case .functionNotFound(let details): detailed("LambdaNotFound", 404, "The AWS Lambda function was not found.", details)
        case .mayNotInvoke(let details):
            detailed("LambdaPermissionError", 403, "The caller is not authorized to invoke the Lambda function.", details)
        case .throttled(let details):
            detailed("SlowDown", 503, "Reduce your request rate for operations involving AWS Lambda.", details)
        case .invocationFailed(let details):
            detailed("LambdaInvocationFailed", 400, "Lambda function invocation failed.", details)
        case .functionFailed(let details):
            detailed("LambdaRuntimeError", 500, "The Lambda function failed during execution.", details)
        case .noResponse:
            AWSError(
                "LambdaResponseNotReceived", 500,
                "The Lambda exited without successfully calling WriteGetObjectResponse.")
        case .timeout: AWSError("LambdaTimeout", 500, "The Lambda function did not respond in the allowed time.")
        case .invalidResponse(let reason):
            AWSError("LambdaInvalidResponse", 400, "The response from the Lambda function is not valid: \(reason)")
        case .busy: AWSError("SlowDown", 503, "Please reduce your request rate.")
        case .validation(let message): AWSError("ValidationError", 400, message)
        case .clientClosed:
            AWSError(
                "ConnectionClosedByRequester", 400, "The requester has closed the connection before the end of the response.")
        }
    }

    private func named(_ code: String, _ status: Int, _ message: String, _ name: String) -> AWSError {
        AWSError(code, status, message, fields: ["AccessPointName": .string(name)])
    }

    private func detailed(_ code: String, _ status: Int, _ message: String, _ details: String) -> AWSError {
        AWSError(code, status, "\(message) (\(details))")
    }
}
