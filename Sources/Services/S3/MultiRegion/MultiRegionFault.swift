import Kernel

/// What requests about multi-Region access points are refused for
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#S3AsynchronousErrorCodeList).
enum MultiRegionFault: Fault {
    case noSuchPoint(String)
    case noSuchRequest
    case alreadyOwned
    case modifiedByAnother
    case notReady
    case sameRegion
    case tooMany
    case invalidName
    case otherDetails
    case noActiveRoute
    case unknownRoute(String)
    case invalidDial
    /// The operation is answered in other Regions only.
    case wrongEndpoint(region: String)
    /// Only while an access point is made or taken down.
    case unroutable(String)

    var wire: AWSError {
        switch self {
        case .noSuchPoint(let name):
            AWSError(
                "NoSuchMultiRegionAccessPoint", 404, "The specified Multi-Region Access Point does not exist.",
                fields: ["MultiRegionAccessPoint": .string(name)])
        case .noSuchRequest: AWSError("NoSuchAsyncRequest", 404, "The specified async request does not exist.")
        case .alreadyOwned:
            AWSError(
                "MultiRegionAccessPointAlreadyOwnedByYou", 409, "You already have a Multi-Region Access Point with the same name."
            )
        case .modifiedByAnother:
            AWSError(
                "MultiRegionAccessPointModifiedByAnotherRequest", 409,
                "The action failed because another request is modifying the specified resource. Try resubmitting your request after the previous request has been completed."
            )
        case .notReady:
            AWSError(
                "MultiRegionAccessPointNotReady", 409, "The specified Multi-Region Access Point is not ready to be updated.")
        case .sameRegion:
            AWSError(
                "MultiRegionAccessPointSameBucketRegion", 400,
                "The buckets used to create a Multi-Region Access Point cannot be in the same Region.")
        case .tooMany:
            AWSError("TooManyMultiRegionAccessPoints", 400, "You have reached the quota of Multi-Region Access Points.")
        case .invalidName: AWSError("InvalidRequest", 400, "The specified Multi-Region Access Point name is not valid.")
        case .otherDetails:
            AWSError("IdempotencyException", 400, "The client token was used for another request with other details.")
        case .noActiveRoute:
            AWSError("InvalidRequest", 400, "At least one Region of a Multi-Region Access Point must be active.")
        case .unknownRoute(let place):
            AWSError("InvalidRequest", 400, "The Multi-Region Access Point has no route to \(place).")
        case .invalidDial: AWSError("InvalidRequest", 400, "TrafficDialPercentage must be 0 or 100.")
        case .wrongEndpoint(let region):
            AWSError(
                "PermanentRedirectControlError", 301,
                "The API operation you are attempting to access must be addressed using the specified endpoint. Send all future requests to this endpoint.",
                fields: ["Endpoint": .string("s3-control.\(region).amazonaws.com")])
        case .unroutable(let alias):
            AWSError(
                "ServiceUnavailable", 503, "The Multi-Region Access Point \(alias) has no Region that can answer at the moment.")
        }
    }
}
