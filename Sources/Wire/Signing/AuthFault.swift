import Documents
import Kernel
import Model

/// Why a request's signature is not accepted. Each protocol family has its own words for it.
enum AuthFault: Error, Sendable, Equatable {
    case missing
    case unsupportedMechanism
    /// An Authorization header that is no scheme with its parameters.
    case unknownMechanism(String)
    /// An Authorization header of Signature Version 2 that is not key and signature.
    case malformedOldHeader(String)
    case twoMechanisms
    case malformedHeader(String)
    case missingParameter(String, String)
    case missingDate(String)
    case malformedCredential(String)
    case malformedQuery(String)
    case hostNotSigned
    case headerNotSigned(String)
    case badScope(String)
    case unknownKey(String)
    case inactiveKey(String)
    case invalidToken
    case expiredToken
    case skewed(request: String, server: String)
    /// - `expires`: how long the URL was good for; nil for Signature Version 2, whose URLs name their end.
    case urlExpired(expires: Int64?, at: String, server: String)
    /// A URL that has some of Signature Version 2's parameters.
    case incompleteOldQuery
    case badOldExpiry(String)
    case notYetValid
    case mismatch(key: String, stringToSign: String, signature: String, canonical: String)
    case missingContentHash
    case malformedContentHash
    case payloadMismatch(claimed: String, computed: String)
    case badDigest
    case invalidDigest
    case badChecksum(String)
    case malformedChunks
    case incompleteBody
    case malformedTrailer
    case chunkMismatch
}

/// Who words the error.
enum AuthDialect: Sendable {
    case s3, query, ec2, json
    /// Words of the JSON services, under HTTP's own status.
    case restJSON

    init(_ wireProtocol: WireProtocol, service: String) {
        switch wireProtocol {
        case .restXML where service == "s3" || service == "s3control": self = .s3
        case .query: self = .query
        case .ec2: self = .ec2
        case .restJSON: self = .restJSON
        default: self = .json
        }
    }

    var isJSON: Bool { self == .json || self == .restJSON }
}

extension AuthFault {
    private static let mismatchText =
        "The request signature we calculated does not match the signature you provided. Check your key and signing method."

    func wire(_ dialect: AuthDialect) -> AWSError {
        dialect == .s3 ? s3 : other(dialect)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    private var s3: AWSError {
        switch self {
        case .missing: AWSError("AccessDenied", 403, "Access Denied")
        case .unsupportedMechanism:
            AWSError(
                "InvalidRequest", 400,
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
        case .unknownMechanism(let header):
            AWSError(
                "InvalidArgument", 400, "Unsupported Authorization Type",
                fields: ["ArgumentName": "Authorization", "ArgumentValue": .string(header)])
        case .malformedOldHeader(let header):
            AWSError(
                "InvalidArgument", 400, "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
                fields: ["ArgumentName": "Authorization", "ArgumentValue": .string(header)])
        case .twoMechanisms:
            AWSError(
                "InvalidArgument", 400,
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
                fields: ["ArgumentName": "Authorization"])
        case .malformedHeader:
            AWSError(
                "AuthorizationHeaderMalformed", 400,
                "The authorization header is malformed; the authorization header requires three components: Credential, SignedHeaders, and Signature."
            )
        case .missingParameter(let name, _):
            AWSError("AuthorizationHeaderMalformed", 400, "The authorization header is malformed; missing \(name).")
        case .missingDate:
            AWSError("AccessDenied", 403, "AWS authentication requires a valid Date or x-amz-date header")
        case .malformedCredential:
            AWSError(
                "AuthorizationHeaderMalformed", 400,
                "The authorization header is malformed; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."
            )
        case .malformedQuery(let text): AWSError("AuthorizationQueryParametersError", 400, text)
        case .hostNotSigned, .headerNotSigned:
            AWSError(
                "AccessDenied", 403, "There were headers present in the request which were not signed",
                fields: headersNotSigned.map { ["HeadersNotSigned": .string($0)] } ?? [:])
        case .badScope(let text): AWSError("AuthorizationHeaderMalformed", 400, "The authorization header is malformed; \(text)")
        case .unknownKey(let key), .inactiveKey(let key):
            AWSError(
                "InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records.",
                fields: ["AWSAccessKeyId": .string(key)])
        case .invalidToken: AWSError("InvalidToken", 400, "The provided token is malformed or otherwise invalid.")
        case .expiredToken: AWSError("ExpiredToken", 400, "The provided token has expired.")
        case .skewed(let request, let server):
            AWSError(
                "RequestTimeTooSkewed", 403, "The difference between the request time and the current time is too large.",
                fields: ["RequestTime": .string(request), "ServerTime": .string(server), "MaxAllowedSkewMilliseconds": 900_000])
        case .urlExpired(let expires, let at, let server):
            AWSError("AccessDenied", 403, "Request has expired", fields: Self.ages(expires, at, server))
        case .incompleteOldQuery:
            AWSError(
                "AccessDenied", 403,
                "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
        case .badOldExpiry(let text):
            AWSError("AccessDenied", 403, "Invalid date (should be seconds since epoch): \(text)")
        case .notYetValid: AWSError("AccessDenied", 403, "Request is not yet valid")
        case .mismatch(let key, let text, let signature, let canonical):
            AWSError(
                "SignatureDoesNotMatch", 403, Self.mismatchText,
                fields: [
                    "AWSAccessKeyId": .string(key), "StringToSign": .string(text), "SignatureProvided": .string(signature),
                    "CanonicalRequest": .string(canonical),
                ])
        case .missingContentHash:
            AWSError("InvalidRequest", 400, "Missing required header for this request: x-amz-content-sha256")
        case .malformedContentHash:
            AWSError(
                "InvalidArgument", 400,
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
                fields: ["ArgumentName": "x-amz-content-sha256"])
        case .payloadMismatch(let claimed, let computed):
            AWSError(
                "XAmzContentSHA256Mismatch", 400, "The provided 'x-amz-content-sha256' header does not match what was computed.",
                fields: ["ClientComputedContentSHA256": .string(claimed), "S3ComputedContentSHA256": .string(computed)])
        case .badDigest: AWSError("BadDigest", 400, "The Content-MD5 you specified did not match what we received.")
        case .invalidDigest: AWSError("InvalidDigest", 400, "The Content-MD5 you specified was invalid.")
        case .badChecksum(let name):
            AWSError("BadDigest", 400, "The \(name) you specified did not match the calculated checksum.")
        case .malformedChunks:
            AWSError("InvalidRequest", 400, "The body of your request is not a well-formed aws-chunked stream.")
        case .incompleteBody:
            AWSError("IncompleteBody", 400, "You did not provide the number of bytes specified by the Content-Length HTTP header")
        case .malformedTrailer:
            AWSError(
                "MalformedTrailerError", 400,
                "The request contained trailing data that was not well-formed or did not conform to our published schema.")
        case .chunkMismatch: AWSError("SignatureDoesNotMatch", 403, Self.mismatchText)
        }
    }

    private static func ages(_ expires: Int64?, _ end: String, _ server: String) -> Members {
        var fields: Members = [:]
        if let expires { fields["X-Amz-Expires"] = .integer(expires) }
        (fields["Expires"], fields["ServerTime"]) = (.string(end), .string(server))
        return fields
    }

    private var headersNotSigned: String? {
        switch self {
        case .hostNotSigned: "host"
        case .headerNotSigned(let name): name
        default: nil
        }
    }

    /// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html; JSON services' codes end in `Exception`.
    private func other(_ dialect: AuthDialect) -> AWSError {
        func error(_ json: String, _ query: String, _ status: Int, _ message: String) -> AWSError {
            AWSError(dialect.isJSON ? json : query, dialect == .json ? 400 : status, message)
        }
        switch self {
        case .missing, .incompleteOldQuery, .badOldExpiry:
            return error("MissingAuthenticationTokenException", "MissingAuthenticationToken", 403, "Missing Authentication Token")
        case .unsupportedMechanism, .unknownMechanism, .malformedOldHeader, .twoMechanisms, .malformedHeader:
            return incomplete(
                dialect,
                "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter."
            )
        case .missingParameter(let name, let header):
            return incomplete(
                dialect, "Authorization header requires '\(name)' parameter. Authorization=\(header.prefix(while: { $0 != " " }))"
            )
        case .missingDate:
            return incomplete(dialect, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
        case .malformedCredential(let text):
            return incomplete(
                dialect,
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '\(text)'")
        case .malformedQuery(let text): return incomplete(dialect, text)
        case .hostNotSigned:
            return signature(dialect, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
        case .headerNotSigned(let name):
            return signature(dialect, "'\(name)' must be a 'SignedHeader' in the AWS Authorization.")
        case .badScope(let text): return signature(dialect, text)
        case .unknownKey, .inactiveKey, .invalidToken:
            if dialect == .ec2 {
                return AWSError("AuthFailure", 401, "AWS was not able to validate the provided access credentials")
            }
            return error(
                "UnrecognizedClientException", "InvalidClientTokenId", 403,
                "The security token included in the request is invalid.")
        case .expiredToken:
            return error("ExpiredTokenException", "ExpiredToken", 403, "The security token included in the request is expired")
        case .skewed(let request, let server):
            return signature(dialect, "Signature expired or not yet current: \(request) is not within 15 min. of \(server)")
        case .urlExpired(_, let at, let server):
            return signature(dialect, "Signature expired: \(at) is now earlier than \(server)")
        case .notYetValid: return signature(dialect, "Signature not yet current")
        case .mismatch, .chunkMismatch, .payloadMismatch, .missingContentHash, .malformedContentHash:
            return signature(
                dialect,
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
            )
        case .badDigest, .invalidDigest, .badChecksum, .malformedChunks, .incompleteBody, .malformedTrailer:
            return error("SerializationException", "MalformedInput", 400, "The request body does not match its headers.")
        }
    }

    private func signature(_ dialect: AuthDialect, _ message: String) -> AWSError {
        AWSError(dialect.isJSON ? "InvalidSignatureException" : "SignatureDoesNotMatch", dialect == .json ? 400 : 403, message)
    }

    private func incomplete(_ dialect: AuthDialect, _ message: String) -> AWSError {
        AWSError(
            dialect.isJSON ? "IncompleteSignatureException" : "IncompleteSignature", dialect == .restJSON ? 403 : 400, message)
    }
}

extension AuthFault: Fault {
    /// What goes wrong while a payload streams to a handler; only S3's payloads do.
    var wire: AWSError { s3 }
}
