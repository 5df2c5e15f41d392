import Documents
import Kernel

/// What S3 refuses (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
enum S3Fault: Fault {
    case noSuchBucket(String)
    case noSuchKey(String)
    /// A key whose current version is a delete marker.
    case deleteMarker(key: String, versionID: String)
    /// A delete marker that was asked for by its version id.
    case markerHasNoContent(lastModified: Timestamp, versionID: String)
    case noSuchVersion(key: String, versionID: String)
    case noSuchUpload(String)
    case noSuchBucketPolicy(String)
    case noSuchTagSet(String)
    case noSuchPublicAccessBlock(String)
    case bucketAlreadyExists(String)
    case bucketAlreadyOwnedByYou(String)
    case bucketNotEmpty(String)
    case invalidBucketName(String)
    case missingNamespaceHeader
    case invalidNamespaceHeader
    case invalidLocationConstraint(String)
    case incompatibleLocationConstraint(String)
    case tooManyBuckets
    case accessDenied
    case deniedBecause(String)
    /// The `x-amz-expected-bucket-owner` is no account id.
    case invalidBucketOwner
    case missingContentLength
    case preconditionFailed(String)
    case conditionNotImplemented(String)
    case invalidRange(String, size: Int64)
    case invalidPartNumber(Int, count: Int)
    case keyTooLong(Int)
    case metadataTooLarge(Int)
    case entityTooLarge(Int64)
    case entityTooSmall(size: Int64, part: Int, eTag: String)
    case invalidPart(upload: String, part: Int, eTag: String)
    case invalidPartOrder(upload: String)
    case invalidDigest(String)
    case badDigest(expected: String, computed: String)
    case badChecksum(String)
    case invalidTag(String)
    case badRequest(String)
    case invalidArgument(String, name: String, value: String)
    case foreignBucketRegion
    case invalidRequest(String)
    case malformedXML
    case malformedPolicy(String)
    case aclNotSupported
    case bucketACLWithOwnership
    case copyMarker
    case header(notImplemented: String)
    case illegalVersioning
    case invalidEncryptionAlgorithm(String)
    /// KMS refuses: its own code and text.
    case kms(code: String, message: String)
    case kmsNeedsSignature
    case encryptionMismatch
    case unresolvableGrant
    case malformedACL
    case missingSecurityHeader
    case unexpectedContent
    case publicBucketACL
    case noOwnershipControls(String)
    case noAccountBlock(String)
    case invalidBucketState(String)
    case noObjectLock(String)
    case noObjectLockOnObject
    case lockedObject
    case archived(storageClass: String)
    case notArchived(storageClass: String)
    case restoreInProgress
    case invalidStorageClass(String)
    case noCORSConfiguration(String)
    case noWebsite(String)
    case noLifecycle(String)
    case noReplication(String)
    case noConfiguration
    case tooManyConfigurations
    case invalidDestination(String)
    case wrongRegion(bucket: String, region: String)
    case wrongSigningRegion(given: String, bucket: String, region: String)

    var tellsOfMissingKey: Bool {
        switch self {
        case .noSuchKey, .deleteMarker: true
        default: false
        }
    }

    /// A delete marker's refusal names the method that it was met with.
    func wire(in context: Context) -> AWSError {
        var error = wire
        if case .markerHasNoContent = self { error.fields["Method"] = (context.http?.method).map { .string($0) } }
        return error
    }

    /// Message, code and status; one switch for all of S3.
    var wire: AWSError {
        switch self {
        case .noSuchBucket(let name): named("NoSuchBucket", 404, "The specified bucket does not exist", name)
        case .noSuchKey(let key): AWSError("NoSuchKey", 404, "The specified key does not exist.", fields: ["Key": .string(key)])
        case .deleteMarker(let key, let version):
            AWSError(
                "NoSuchKey", 404, "The specified key does not exist.", fields: ["Key": .string(key)],
                headers: ["x-amz-delete-marker": "true", "x-amz-version-id": version])
        case .markerHasNoContent(let lastModified, let version):
            AWSError(
                "MethodNotAllowed", 405, "The specified method is not allowed against this resource.",
                fields: ["ResourceType": "DeleteMarker"],
                headers: [
                    "allow": "DELETE", "x-amz-delete-marker": "true", "x-amz-version-id": version,
                    "last-modified": lastModified.httpDate(),
                ])
        case .noSuchVersion(let key, let version):
            AWSError(
                "NoSuchVersion", 404, "The specified version does not exist.",
                fields: ["Key": .string(key), "VersionId": .string(version)])
        case .noSuchUpload(let id):
            AWSError(
                "NoSuchUpload", 404,
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
                fields: ["UploadId": .string(id)])
        case .noSuchBucketPolicy(let name): named("NoSuchBucketPolicy", 404, "The bucket policy does not exist", name)
        case .noSuchTagSet(let name): named("NoSuchTagSet", 404, "The TagSet does not exist", name)
        case .noSuchPublicAccessBlock(let name):
            named("NoSuchPublicAccessBlockConfiguration", 404, "The public access block configuration was not found", name)
        case .bucketAlreadyExists(let name):
            named(
                "BucketAlreadyExists", 409,
                "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
                    + "Please select a different name and try again.", name)
        case .bucketAlreadyOwnedByYou(let name):
            named(
                "BucketAlreadyOwnedByYou", 409,
                "Your previous request to create the named bucket succeeded and you already own it.", name)
        case .bucketNotEmpty(let name): named("BucketNotEmpty", 409, "The bucket you tried to delete is not empty", name)
        case .invalidBucketName(let name): named("InvalidBucketName", 400, "The specified bucket is not valid.", name)
        case .missingNamespaceHeader:
            AWSError(
                "MissingNamespaceHeader", 400,
                "The requested bucket is an account-regional namespace bucket, but your request is missing the required "
                    + "x-amz-bucket-namespace header.", fields: ["Header": "x-amz-bucket-namespace"])
        case .invalidNamespaceHeader:
            AWSError(
                "InvalidNamespaceHeader", 400,
                "The requested bucket is not in the namespace that the x-amz-bucket-namespace header names.",
                fields: ["Header": "x-amz-bucket-namespace"])
        case .invalidLocationConstraint(let constraint):
            AWSError(
                "InvalidLocationConstraint", 400, "The specified location-constraint is not valid",
                fields: ["LocationConstraint": .string(constraint)])
        case .incompatibleLocationConstraint(let constraint):
            AWSError(
                "IllegalLocationConstraintException", 400,
                "The \(constraint) location constraint is incompatible for the region specific endpoint this request was sent to."
            )
        case .tooManyBuckets: AWSError("TooManyBuckets", 400, "You have attempted to create more buckets than allowed")
        case .deniedBecause(let reason): AWSError("AccessDenied", 403, reason)
        case .accessDenied: AWSError("AccessDenied", 403, "Access Denied")
        case .invalidBucketOwner:
            AWSError(
                "InvalidBucketOwnerAWSAccountID", 400,
                "The value of the expected bucket owner parameter must be an AWS account ID")
        case .missingContentLength:
            AWSError("MissingContentLength", 411, "You must provide the Content-Length HTTP header.")
        case .preconditionFailed(let condition):
            AWSError(
                "PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold",
                fields: ["Condition": .string(condition)])
        case .conditionNotImplemented(let header), .header(notImplemented: let header):
            AWSError(
                "NotImplemented", 501, "A header you provided implies functionality that is not implemented",
                fields: ["Header": .string(header)])
        case .invalidRange(let range, let size):
            AWSError(
                "InvalidRange", 416, "The requested range is not satisfiable",
                fields: ["RangeRequested": .string(range), "ActualObjectSize": .string(String(size))],
                headers: ["content-range": "bytes */\(size)"])
        case .invalidPartNumber(let number, let count):
            AWSError(
                "InvalidPartNumber", 416, "The requested partnumber is not satisfiable",
                fields: ["PartNumberRequested": .string(String(number)), "ActualPartCount": .string(String(count))])
        case .keyTooLong(let size):
            AWSError(
                "KeyTooLongError", 400, "Your key is too long",
                fields: ["Size": .string(String(size)), "MaxSizeAllowed": .string(String(Limit.keySize))])
        case .metadataTooLarge(let size):
            AWSError(
                "MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size",
                fields: ["Size": .string(String(size)), "MaxSizeAllowed": .string(String(Limit.metadataSize))])
        case .entityTooLarge(let size):
            AWSError(
                "EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size",
                fields: ["ProposedSize": .string(String(size)), "MaxSizeAllowed": .string(String(Limit.putSize))])
        case .entityTooSmall(let size, let part, let eTag):
            AWSError(
                "EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size",
                fields: [
                    "ProposedSize": .string(String(size)), "MinSizeAllowed": .string(String(Limit.partSizeMin)),
                    "PartNumber": .string(String(part)), "ETag": .string(eTag),
                ])
        case .invalidPart(let upload, let part, let eTag):
            AWSError(
                "InvalidPart", 400,
                "One or more of the specified parts could not be found.  "
                    + "The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
                fields: ["UploadId": .string(upload), "PartNumber": .string(String(part)), "ETag": .string(eTag)])
        case .invalidPartOrder(let upload):
            AWSError(
                "InvalidPartOrder", 400,
                "The list of parts was not in ascending order. Parts must be ordered by part number.",
                fields: ["UploadId": .string(upload)])
        case .invalidDigest(let digest):
            AWSError("InvalidDigest", 400, "The Content-MD5 you specified was invalid.", fields: ["Content-MD5": .string(digest)])
        case .badDigest(let expected, let computed):
            AWSError(
                "BadDigest", 400, "The Content-MD5 you specified did not match what we received.",
                fields: ["ExpectedDigest": .string(expected), "CalculatedDigest": .string(computed)])
        case .badChecksum(let algorithm):
            AWSError("BadDigest", 400, "The \(algorithm) you specified did not match the calculated checksum.")
        case .invalidTag(let message): AWSError("InvalidTag", 400, message)
        case .badRequest(let message): AWSError("BadRequest", 400, message)
        case .invalidArgument(let message, let name, let value):
            AWSError("InvalidArgument", 400, message, fields: ["ArgumentName": .string(name), "ArgumentValue": .string(value)])
        case .foreignBucketRegion:
            AWSError(
                "InvalidArgument", 400,
                "Requests with bucket-region specified must be made to the corresponding regional endpoint",
                fields: ["ArgumentName": "bucket-region"])
        case .invalidRequest(let message): AWSError("InvalidRequest", 400, message)
        case .malformedXML:
            AWSError(
                "MalformedXML", 400, "The XML you provided was not well-formed or did not validate against our published schema")
        case .malformedPolicy(let message): AWSError("MalformedPolicy", 400, message)
        case .aclNotSupported: AWSError("AccessControlListNotSupported", 400, "The bucket does not allow ACLs")
        case .bucketACLWithOwnership:
            AWSError(
                "InvalidBucketAclWithObjectOwnership", 400,
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
        case .copyMarker:
            AWSError(
                "InvalidRequest", 400,
                "The source of a copy request may not specifically refer to a delete marker by version id.")
        case .invalidEncryptionAlgorithm(let name):
            AWSError(
                "InvalidEncryptionAlgorithmError", 400,
                "The encryption request you specified is not valid. The valid value is AES256.",
                fields: ["ArgumentName": "x-amz-server-side-encryption", "ArgumentValue": .string(name)])
        case .kms(let code, let message): AWSError("KMS.\(code)", 400, message)
        case .kmsNeedsSignature:
            AWSError(
                "InvalidArgument", 400,
                "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.",
                fields: ["ArgumentName": "Authorization", "ArgumentValue": "null"])
        case .encryptionMismatch:
            AWSError("InvalidRequest", 400, "The provided encryption parameters did not match the ones used originally.")
        case .unresolvableGrant:
            AWSError(
                "UnresolvableGrantByEmailAddress", 400, "The e-mail address you provided does not match any account on record.")
        case .malformedACL:
            AWSError(
                "MalformedACLError", 400,
                "The XML you provided was not well-formed or did not validate against our published schema")
        case .missingSecurityHeader:
            AWSError(
                "MissingSecurityHeader", 400, "Your request was missing a required header",
                fields: ["MissingHeaderName": "x-amz-acl"])
        case .unexpectedContent: AWSError("UnexpectedContent", 400, "This request does not support content")
        case .publicBucketACL:
            AWSError(
                "InvalidBucketAclWithBlockPublicAccessError", 400,
                "Bucket cannot have public ACLs set with BlockPublicAccess enabled")
        case .invalidBucketState(let message): AWSError("InvalidBucketState", 409, message)
        case .noObjectLock(let name):
            named(
                "ObjectLockConfigurationNotFoundError", 404, "Object Lock configuration does not exist for this bucket", name)
        case .noObjectLockOnObject:
            AWSError(
                "NoSuchObjectLockConfiguration", 404, "The specified object does not have a ObjectLock configuration")
        case .lockedObject: AWSError("AccessDenied", 403, "Access Denied because object protected by object lock.")
        case .archived(let storageClass):
            AWSError(
                "InvalidObjectState", 403, "The operation is not valid for the object's storage class",
                fields: ["StorageClass": .string(storageClass)])
        case .notArchived(let storageClass):
            AWSError(
                "InvalidObjectState", 403, "Restore is not allowed for the object's current storage class",
                fields: ["StorageClass": .string(storageClass)])
        case .restoreInProgress: AWSError("RestoreAlreadyInProgress", 409, "Object restore is already in progress")
        case .invalidStorageClass(let name):
            AWSError(
                "InvalidStorageClass", 400, "The storage class you specified is not valid",
                fields: ["StorageClassRequested": .string(name)])
        case .noCORSConfiguration(let name):
            named("NoSuchCORSConfiguration", 404, "The CORS configuration does not exist", name)
        case .noWebsite(let name):
            named("NoSuchWebsiteConfiguration", 404, "The specified bucket does not have a website configuration", name)
        case .noLifecycle(let name):
            named("NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist", name)
        case .noReplication(let name):
            named("ReplicationConfigurationNotFoundError", 404, "The replication configuration was not found", name)
        case .tooManyConfigurations:
            AWSError(
                "TooManyConfigurations", 400,
                "You are attempting to create a new configuration but have already reached the 1,000-configuration limit.")
        case .invalidDestination(let message): AWSError("InvalidS3DestinationBucket", 400, message)
        case .noConfiguration: AWSError("NoSuchConfiguration", 404, "The specified configuration does not exist.")
        case .wrongRegion(let bucket, let region):
            AWSError(
                "PermanentRedirect", 301,
                "The bucket you are attempting to access must be addressed using the specified endpoint. "
                    + "Please send all future requests to this endpoint.",
                fields: [
                    "Endpoint": .string(
                        bucket.contains(".") ? "s3.\(region).amazonaws.com" : "\(bucket).s3.\(region).amazonaws.com"),
                    "Bucket": .string(bucket),
                ], headers: ["x-amz-bucket-region": region])
        case .wrongSigningRegion(let given, _, let region):
            AWSError(
                "AuthorizationHeaderMalformed", 400,
                "The authorization header is malformed; the region '\(given)' is wrong; expecting '\(region)'",
                fields: ["Region": .string(region)], headers: ["x-amz-bucket-region": region])
        case .noOwnershipControls(let name):
            named("OwnershipControlsNotFoundError", 404, "The bucket ownership controls were not found", name)
        case .noAccountBlock(let account):
            AWSError(
                "NoSuchPublicAccessBlockConfiguration", 404, "The public access block configuration was not found",
                fields: ["AccountId": .string(account)])
        case .illegalVersioning:
            AWSError(
                "IllegalVersioningConfigurationException", 400,
                "The Versioning element must be specified")
        }
    }

    private func named(_ code: String, _ status: Int, _ message: String, _ bucket: String) -> AWSError {
        AWSError(code, status, message, fields: ["BucketName": .string(bucket)])
    }
}
