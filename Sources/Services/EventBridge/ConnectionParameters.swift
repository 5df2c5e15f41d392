import Documents

/// How a connection shows itself to another server, as requests, answers and the connection's secret have it
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection-auth.html).
struct ConnectionParameters: Codable, Sendable {
    struct Basic: Codable, Sendable {
        var Username: String?
        var Password: String?
    }
    struct APIKey: Codable, Sendable {
        var ApiKeyName: String?
        var ApiKeyValue: String?
    }
    struct Client: Codable, Sendable {
        var ClientID: String?
        var ClientSecret: String?
    }
    struct OAuth: Codable, Sendable {
        var ClientParameters: Client?
        var AuthorizationEndpoint: String?
        var HttpMethod: String?
        var OAuthHttpParameters: HTTP?
    }
    struct Parameter: Codable, Sendable {
        var Key: String?
        var Value: String?
        var IsValueSecret: Bool?
    }
    struct HTTP: Codable, Sendable {
        var HeaderParameters: [Parameter]?
        var QueryStringParameters: [Parameter]?
        var BodyParameters: [Parameter]?
    }
    var BasicAuthParameters: Basic?
    var OAuthParameters: OAuth?
    var ApiKeyAuthParameters: APIKey?
    var InvocationHttpParameters: HTTP?

    /// Without what is secret, as DescribeConnection shows it.
    var shown: ConnectionParameters {
        var shown = self
        shown.BasicAuthParameters?.Password = nil
        shown.ApiKeyAuthParameters?.ApiKeyValue = nil
        shown.OAuthParameters?.ClientParameters?.ClientSecret = nil
        shown.OAuthParameters?.OAuthHttpParameters = OAuthParameters?.OAuthHttpParameters?.shown
        shown.InvocationHttpParameters = InvocationHttpParameters?.shown
        return shown
    }

    /// These with the members that an update names in place of the old ones.
    func updated(by new: ConnectionParameters) -> ConnectionParameters {
        var merged = self
        if let basic = new.BasicAuthParameters {
            merged.BasicAuthParameters = Basic(
                Username: basic.Username ?? BasicAuthParameters?.Username,
                Password: basic.Password ?? BasicAuthParameters?.Password)
        }
        if let key = new.ApiKeyAuthParameters {
            merged.ApiKeyAuthParameters = APIKey(
                ApiKeyName: key.ApiKeyName ?? ApiKeyAuthParameters?.ApiKeyName,
                ApiKeyValue: key.ApiKeyValue ?? ApiKeyAuthParameters?.ApiKeyValue)
        }
        if let own = new.OAuthParameters {
            let old = OAuthParameters
            merged.OAuthParameters = OAuth(
                ClientParameters: Client(
                    ClientID: own.ClientParameters?.ClientID ?? old?.ClientParameters?.ClientID,
                    ClientSecret: own.ClientParameters?.ClientSecret ?? old?.ClientParameters?.ClientSecret),
                AuthorizationEndpoint: own.AuthorizationEndpoint ?? old?.AuthorizationEndpoint,
                HttpMethod: own.HttpMethod ?? old?.HttpMethod,
                OAuthHttpParameters: own.OAuthHttpParameters ?? old?.OAuthHttpParameters)
        }
        merged.InvocationHttpParameters = new.InvocationHttpParameters ?? InvocationHttpParameters
        return merged
    }

    /// The parameters of one kind of authorization, whole.
    /// - Throws: ``EventsFault`` where they are missing or of another kind.
    func checked(_ kind: String) throws -> ConnectionParameters {
        var kept = ConnectionParameters()
        kept.InvocationHttpParameters = InvocationHttpParameters
        func required(_ values: String?...) throws {
            guard values.allSatisfy({ $0?.isEmpty == false }) else {
                throw EventsFault.validation("Parameter AuthParameters is not valid. Reason: it lacks parameters of \(kind).")
            }
        }
        switch kind {
        case "BASIC":
            try required(BasicAuthParameters?.Username, BasicAuthParameters?.Password)
            kept.BasicAuthParameters = BasicAuthParameters
        case "API_KEY":
            try required(ApiKeyAuthParameters?.ApiKeyName, ApiKeyAuthParameters?.ApiKeyValue)
            kept.ApiKeyAuthParameters = ApiKeyAuthParameters
        default:
            let oauth = OAuthParameters
            try required(
                oauth?.ClientParameters?.ClientID, oauth?.ClientParameters?.ClientSecret, oauth?.AuthorizationEndpoint,
                oauth?.HttpMethod)
            try HTTPEndpoint.check(oauth?.AuthorizationEndpoint ?? "", parameter: "AuthorizationEndpoint")
            kept.OAuthParameters = oauth
        }
        return kept
    }
}

extension ConnectionParameters.HTTP {
    fileprivate var shown: ConnectionParameters.HTTP {
        func hide(_ parameters: [ConnectionParameters.Parameter]?) -> [ConnectionParameters.Parameter]? {
            parameters?.map {
                .init(Key: $0.Key, Value: $0.IsValueSecret == true ? nil : $0.Value, IsValueSecret: $0.IsValueSecret)
            }
        }
        return ConnectionParameters.HTTP(
            HeaderParameters: hide(HeaderParameters), QueryStringParameters: hide(QueryStringParameters),
            BodyParameters: hide(BodyParameters))
    }
}

/// The secret's JSON, with the names that EventBridge gives it.
extension ConnectionParameters {
    var secret: String {
        var members = Members()
        if let basic = BasicAuthParameters {
            members["username"] = basic.Username.map { .string($0) }
            members["password"] = basic.Password.map { .string($0) }
        }
        if let key = ApiKeyAuthParameters {
            members["api_key_name"] = key.ApiKeyName.map { .string($0) }
            members["api_key_value"] = key.ApiKeyValue.map { .string($0) }
        }
        if let oauth = OAuthParameters {
            members["client_id"] = oauth.ClientParameters?.ClientID.map { .string($0) }
            members["client_secret"] = oauth.ClientParameters?.ClientSecret.map { .string($0) }
            members["authorization_endpoint"] = oauth.AuthorizationEndpoint.map { .string($0) }
            members["http_method"] = oauth.HttpMethod.map { .string($0) }
            members["oauth_http_parameters"] = oauth.OAuthHttpParameters.map(Self.write)
        }
        members["invocation_http_parameters"] = InvocationHttpParameters.map(Self.write)
        return JSON.text(.map(members))
    }

    private static func write(_ http: HTTP) -> Document {
        func list(_ parameters: [Parameter]?) -> Document {
            .list(
                (parameters ?? []).map {
                    [
                        "key": .string($0.Key ?? ""), "value": .string($0.Value ?? ""),
                        "is_value_secret": .bool($0.IsValueSecret ?? false),
                    ]
                })
        }
        return [
            "header_parameters": list(http.HeaderParameters), "query_string_parameters": list(http.QueryStringParameters),
            "body_parameters": list(http.BodyParameters),
        ]
    }

    /// - Throws: ``DocumentError`` for what is no JSON.
    init(secret: String) throws {
        let value = try JSON.parse(secret)
        if let name = value["username"]?.string {
            BasicAuthParameters = Basic(Username: name, Password: value["password"]?.string)
        }
        if let name = value["api_key_name"]?.string {
            ApiKeyAuthParameters = APIKey(ApiKeyName: name, ApiKeyValue: value["api_key_value"]?.string)
        }
        if let id = value["client_id"]?.string {
            OAuthParameters = OAuth(
                ClientParameters: Client(ClientID: id, ClientSecret: value["client_secret"]?.string),
                AuthorizationEndpoint: value["authorization_endpoint"]?.string, HttpMethod: value["http_method"]?.string,
                OAuthHttpParameters: value["oauth_http_parameters"].map(Self.read))
        }
        InvocationHttpParameters = value["invocation_http_parameters"].map(Self.read)
    }

    private static func read(_ http: Document) -> HTTP {
        func list(_ name: String) -> [Parameter]? {
            http[name]?.list?.map {
                Parameter(Key: $0["key"]?.string, Value: $0["value"]?.string, IsValueSecret: $0["is_value_secret"]?.bool)
            }
        }
        return HTTP(
            HeaderParameters: list("header_parameters"), QueryStringParameters: list("query_string_parameters"),
            BodyParameters: list("body_parameters"))
    }
}
