import Documents
import Kernel

/// What Athena refuses before a query runs. What goes wrong in a query is its state: see ``QueryFailure``.
enum AthenaFault: Fault, Equatable {
    case invalid(String)
    /// The text is no statement; Athena says where it stopped reading.
    case malformedQuery(String)
    case noOutputLocation
    case queryNotFound(String)
    case queryNotFinished(String)
    case queryFailed(state: String)
    case workGroupNotFound
    case workGroupExists
    /// What an ARN names, whole.
    case resourceNotFound(String)
    case workGroupDisabled
    case primaryCannotBeDeleted
    case metadata(String)
    case tooManyQueries
    case tooManyWorkGroups
    case tokenReused
    case namedQueryNotFound(String)
    /// A name and its work group.
    case statementNotFound(String, String)
    case statementExists(String, String)
    case tooManyStatements

    var wire: AWSError {
        switch self {
        case .invalid(let text): Self.invalidRequest(text)
        case .malformedQuery(let text):
            AWSError("InvalidRequestException", 400, text, fields: ["AthenaErrorCode": "MALFORMED_QUERY"])
        case .noOutputLocation:
            Self.invalidRequest(
                "No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input."
            )
        case .queryNotFound(let id): Self.invalidRequest("QueryExecution \(id) was not found")
        case .queryNotFinished(let state):
            Self.invalidRequest("Query has not yet finished. Current state: \(state)")
        case .queryFailed(let state):
            Self.invalidRequest("Query did not finish successfully. Final query state: \(state)")
        case .workGroupNotFound: Self.invalidRequest("WorkGroup is not found.")
        case .resourceNotFound(let arn):
            AWSError("ResourceNotFoundException", 400, "Resource \(arn) is not found.", fields: ["ResourceName": .string(arn)])
        case .workGroupExists: Self.invalidRequest("WorkGroup is already created")
        case .workGroupDisabled: Self.invalidRequest("WorkGroup is disabled.")
        case .primaryCannotBeDeleted: Self.invalidRequest("The primary WorkGroup cannot be deleted.")
        case .metadata(let text): AWSError("MetadataException", 400, text)
        case .tooManyQueries:
            AWSError(
                "TooManyRequestsException", 400,
                "You have exceeded the limit for the number of queries you can run concurrently.",
                fields: ["Reason": "CONCURRENT_QUERY_LIMIT_EXCEEDED"])
        case .tooManyWorkGroups: Self.invalidRequest("The limit of WorkGroups for this account has been reached.")
        case .namedQueryNotFound(let id): Self.invalidRequest("NamedQuery \(id) was not found")
        case .statementNotFound(let name, let group):
            AWSError(
                "ResourceNotFoundException", 400, "PreparedStatement \(name) was not found in workGroup \(group)",
                fields: ["ResourceName": .string(name)])
        case .statementExists(let name, let group):
            Self.invalidRequest("PreparedStatement \(name) already exists in workGroup \(group)")
        case .tooManyStatements: Self.invalidRequest("The limit of PreparedStatements for this workGroup has been reached.")
        case .tokenReused: Self.invalidRequest("Idempotent parameters do not match")
        }
    }

    private static func invalidRequest(_ text: String) -> AWSError {
        AWSError("InvalidRequestException", 400, text, fields: ["AthenaErrorCode": "INVALID_INPUT"])
    }
}

/// Quotas (https://docs.aws.amazon.com/athena/latest/ug/service-limits.html) and Tarn's own bounds.
enum AthenaLimit {
    /// Bytes of a query's text.
    static let query = 262_144
    /// Queries that run at once; more wait.
    static let running = 20
    /// Queries that wait or run at once; more are refused.
    static let active = 200
    static let workGroups = 1_000
    /// Of one work group.
    static let preparedStatements = 1_000
    /// Of one resource.
    static let tags = 50
    static let page = 50
    static let resultRows = 1_000
    /// Bytes of one page of results.
    static let resultPage = 8 << 20
    /// How long a query's record is kept.
    static let history: Int64 = 45 * 86_400
    /// How often a query runs again because files changed under it.
    static let attempts = 3
    static let text = 2_048
    /// How old a result may be that serves again, where the query does not say.
    static let reuseMinutes = 60
}
