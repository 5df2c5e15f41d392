import Documents
import Kernel

/// What requests about and through access points are refused for
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
enum AccessPointFault: Fault {
    case invalid
    case invalidAlias
    case noSuchPoint(String)
    case noPolicy(String)
    case alreadyOwned(String)
    case tooMany
    case attached(bucket: String)
    /// The operation is not for access points.
    case notAllowed(operation: String)
    case needsSignature4A
    case outsideSignedRegions(String)
    case invalidName
    case otherRegion(bucket: String)
    case forDirectoryBuckets(String)

    var wire: AWSError {
        switch self {
        case .invalid: AWSError("InvalidAccessPoint", 400, "The specified access point name or account is not valid.")
        case .invalidAlias:
            AWSError("InvalidAccessPointAliasError", 400, "The specified access point alias name is not valid.")
        case .noSuchPoint(let name): named("NoSuchAccessPoint", 404, "The specified accesspoint does not exist", name)
        case .noPolicy(let name):
            named("NoSuchAccessPointPolicy", 404, "The specified accesspoint policy does not exist", name)
        case .alreadyOwned(let name):
            named(
                "AccessPointAlreadyOwnedByYou", 409,
                "Your previous request to create the named accesspoint succeeded and you already own it.", name)
        case .tooMany: AWSError("TooManyAccessPoints", 400, "You have attempted to create more accesspoints than allowed")
        case .attached(let bucket):
            AWSError(
                "BucketHasAccessPointsAttached", 400,
                "The bucket you are attempting to delete has access points attached. Delete your access points and try again.",
                fields: ["BucketName": .string(bucket)])
        case .notAllowed(let operation):
            AWSError(
                "MethodNotAllowed", 405, "The specified method is not allowed against this resource.",
                fields: ["Method": .string(operation), "ResourceType": "ACCESSPOINT"])
        case .needsSignature4A:
            AWSError(
                "InvalidRequest", 400,
                "The authorization mechanism you have provided is not supported. Please use AWS4-ECDSA-P256-SHA256.")
        case .outsideSignedRegions(let region):
            AWSError("AccessDenied", 403, "The request's signature does not cover the Region '\(region)' that it was routed to.")
        case .invalidName: AWSError("InvalidRequest", 400, "The specified access point name is not valid.")
        case .otherRegion(let bucket):
            AWSError("InvalidRequest", 400, "The bucket \(bucket) is not in the Region of the request.")
        case .forDirectoryBuckets(let member):
            AWSError("InvalidRequest", 400, "\(member) is only supported for access points of directory buckets.")
        }
    }

    private func named(_ code: String, _ status: Int, _ message: String, _ name: String) -> AWSError {
        AWSError(code, status, message, fields: ["AccessPointName": .string(name)])
    }
}
