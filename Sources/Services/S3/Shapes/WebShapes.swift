import Documents

// The members of the API model that these operations use, under the model's names.

struct PutBucketCorsInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?
    var corsConfiguration: Shape.CORSConfiguration

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case corsConfiguration = "CORSConfiguration"
    }
}

struct GetBucketCorsOutput: Codable, Sendable {
    var corsRules: [Shape.CORSRule]

    enum CodingKeys: String, CodingKey { case corsRules = "CORSRules" }
}

struct PutBucketWebsiteInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?
    var websiteConfiguration: Shape.WebsiteConfiguration

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case websiteConfiguration = "WebsiteConfiguration"
    }
}

struct PutBucketRequestPaymentInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?
    var requestPaymentConfiguration: Shape.RequestPaymentConfiguration

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case requestPaymentConfiguration = "RequestPaymentConfiguration"
    }
}

struct GetBucketRequestPaymentOutput: Codable, Sendable {
    var payer: String

    enum CodingKeys: String, CodingKey { case payer = "Payer" }
}

extension Shape {
    struct CORSConfiguration: Codable, Sendable {
        var corsRules: [Shape.CORSRule]

        enum CodingKeys: String, CodingKey { case corsRules = "CORSRules" }
    }

    /// A rule of a bucket's CORS configuration; kept in the bucket's record as it is.
    struct CORSRule: Codable, Sendable, Hashable {
        var id: String?
        var allowedHeaders: [String]?
        var allowedMethods: [String]
        var allowedOrigins: [String]
        var exposeHeaders: [String]?
        var maxAgeSeconds: Int?

        enum CodingKeys: String, CodingKey {
            case id = "ID"
            case allowedHeaders = "AllowedHeaders"
            case allowedMethods = "AllowedMethods"
            case allowedOrigins = "AllowedOrigins"
            case exposeHeaders = "ExposeHeaders"
            case maxAgeSeconds = "MaxAgeSeconds"
        }
    }

    /// A bucket's website; kept in the bucket's record as it is, and the answer of GetBucketWebsite.
    struct WebsiteConfiguration: Codable, Sendable, Hashable {
        var redirectAllRequestsTo: Shape.RedirectAllRequestsTo?
        var indexDocument: Shape.IndexDocument?
        var errorDocument: Shape.ErrorDocument?
        var routingRules: [Shape.RoutingRule]?

        enum CodingKeys: String, CodingKey {
            case redirectAllRequestsTo = "RedirectAllRequestsTo"
            case indexDocument = "IndexDocument"
            case errorDocument = "ErrorDocument"
            case routingRules = "RoutingRules"
        }
    }

    struct RedirectAllRequestsTo: Codable, Sendable, Hashable {
        var hostName: String
        var `protocol`: String?

        enum CodingKeys: String, CodingKey {
            case hostName = "HostName"
            case `protocol` = "Protocol"
        }
    }

    struct IndexDocument: Codable, Sendable, Hashable {
        var suffix: String

        enum CodingKeys: String, CodingKey { case suffix = "Suffix" }
    }

    struct ErrorDocument: Codable, Sendable, Hashable {
        var key: String

        enum CodingKeys: String, CodingKey { case key = "Key" }
    }

    struct RoutingRule: Codable, Sendable, Hashable {
        var condition: Shape.RoutingCondition?
        var redirect: Shape.Redirect

        enum CodingKeys: String, CodingKey {
            case condition = "Condition"
            case redirect = "Redirect"
        }
    }

    struct RoutingCondition: Codable, Sendable, Hashable {
        var httpErrorCodeReturnedEquals: String?
        var keyPrefixEquals: String?

        enum CodingKeys: String, CodingKey {
            case httpErrorCodeReturnedEquals = "HttpErrorCodeReturnedEquals"
            case keyPrefixEquals = "KeyPrefixEquals"
        }
    }

    struct Redirect: Codable, Sendable, Hashable {
        var hostName: String?
        var httpRedirectCode: String?
        var `protocol`: String?
        var replaceKeyPrefixWith: String?
        var replaceKeyWith: String?

        enum CodingKeys: String, CodingKey {
            case hostName = "HostName"
            case httpRedirectCode = "HttpRedirectCode"
            case `protocol` = "Protocol"
            case replaceKeyPrefixWith = "ReplaceKeyPrefixWith"
            case replaceKeyWith = "ReplaceKeyWith"
        }
    }

    struct RequestPaymentConfiguration: Codable, Sendable {
        var payer: String

        enum CodingKeys: String, CodingKey { case payer = "Payer" }
    }
}
