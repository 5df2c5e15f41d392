/// The root elements of S3's answers, where they are not the output shape's name
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html).
enum S3Names {
    static let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

    static func root(_ operation: String) -> String? {
        switch operation {
        case "ListBuckets": "ListAllMyBucketsResult"
        case "ListDirectoryBuckets": "ListAllMyDirectoryBucketsResult"
        case "ListObjects", "ListObjectsV2": "ListBucketResult"
        case "ListObjectVersions": "ListVersionsResult"
        case "ListMultipartUploads": "ListMultipartUploadsResult"
        case "ListParts": "ListPartsResult"
        case "DeleteObjects": "DeleteResult"
        case "CreateMultipartUpload": "InitiateMultipartUploadResult"
        case "CompleteMultipartUpload": "CompleteMultipartUploadResult"
        case "CreateSession": "CreateSessionResult"
        case "GetBucketVersioning": "VersioningConfiguration"
        case "GetBucketTagging", "GetObjectTagging": "Tagging"
        case "GetBucketAcl", "GetObjectAcl": "AccessControlPolicy"
        case "GetBucketCors": "CORSConfiguration"
        case "GetBucketLifecycleConfiguration", "GetBucketLifecycle": "LifecycleConfiguration"
        case "GetBucketLogging": "BucketLoggingStatus"
        case "GetBucketNotificationConfiguration", "GetBucketNotification": "NotificationConfiguration"
        case "GetBucketRequestPayment": "RequestPaymentConfiguration"
        case "GetBucketWebsite": "WebsiteConfiguration"
        case "GetBucketAccelerateConfiguration": "AccelerateConfiguration"
        case "GetObjectAttributes": "GetObjectAttributesResponse"
        case "GetBucketLocation": "LocationConstraint"
        default: nil
        }
    }
}
