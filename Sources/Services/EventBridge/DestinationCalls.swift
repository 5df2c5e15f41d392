import Documents
import Kernel
import Outbound
import Store
import Synchronization

/// Calls of API destinations. AWS tries again on 401, 407, 409, 429 and 5xx and heeds `Retry-After`
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html).
extension EventBridgeService {
    /// - Throws: ``DeliveryFailure``, ``AWSError``.
    func invoke(_ dispatch: Dispatch, _ payload: String, _ event: Document, _ platform: Platform) async throws {
        let caller = try await self.caller(dispatch, platform)
        _ = try await invoke(
            dispatch.target.Arn, dispatch.target.HttpParameters, payload, event, as: caller, answerBytes: 0, platform)
    }

    /// Calls an API destination for another service, and gives what it answers.
    /// - Parameters:
    ///   - http: `PathParameterValues`, `HeaderParameters` and `QueryStringParameters`, taken as they are.
    ///   - caller: must have `events:InvokeApiDestination`.
    /// - Throws: ``AWSError``: of the status 503 and 429 for what is worth another try.
    public func call(
        destination arn: String, _ payload: [UInt8], http: Document?, as caller: Caller, answerBytes: Int, _ platform: Platform
    ) async throws -> [UInt8] {
        let http = try http.map { try DocumentDecoder().decode(Target.HTTP.self, from: $0) }
        do {
            let answer = try await invoke(
                arn, http, String(decoding: payload, as: UTF8.self), nil, as: caller, answerBytes: answerBytes, platform)
            guard !answer.isCut else {
                throw AWSError("ResponseTooLarge", 400, "The API destination has answered more than \(answerBytes) bytes.")
            }
            return answer.body
        } catch let failure as DeliveryFailure {
            throw AWSError(
                failure.code, failure.isRetried ? failure.code == "THROTTLING" ? 429 : 503 : 400, failure.message)
        }
    }

    /// - Parameter event: what parameters that are paths look into; nil takes them as they are.
    private func invoke(
        _ arn: String, _ http: Target.HTTP?, _ payload: String, _ event: Document?, as caller: Caller, answerBytes: Int,
        _ platform: Platform
    ) async throws -> OutboundResponse {
        guard let (place, id) = NamedPlace.parse(arn, .destination) else { throw EventsFault.destinationNotFound(arn).wire }
        let context = Context(
            platform: platform, caller: caller, region: place.region, service: Self.id, operation: "InvokeApiDestination",
            requestID: Identifier.uuid(), now: platform.clock.now())
        try await platform.demand(Permission("events:InvokeApiDestination", on: arn), in: context)
        let found = try await platform.store.read { snapshot -> (DestinationRecord, String, ConnectionRecord)? in
            guard let record = try snapshot.record(DestinationRecord.self, place.key), record.id == id,
                let (connection, connected) = try snapshot.connection(arn: record.connectionARN)
            else { return nil }
            return (record, connection.arn(connected.id), connected)
        }
        guard let (destination, connectionARN, connection) = found else {
            throw DeliveryFailure("NO_RESOURCE", "The API destination or its connection does not exist.", isRetried: false)
        }
        let parameters = try await self.parameters(of: connection, connectionARN, platform)
        var call = DestinationRequest(destination, http, payload, event, parameters)
        if parameters.OAuthParameters != nil {
            let token = try await token(of: connection, connectionARN, parameters, platform)
            call.headers.append(("Authorization", "Bearer \(token)"))
        }
        let slot = pace.reserve(arn, perSecond: destination.rate, now: platform.clock.now())
        try await platform.clock.sleep(until: slot)
        var request = call.request
        request.answerBytes = answerBytes
        let answer = try await Self.send(request)
        guard !(200..<300).contains(answer.status) else { return answer }
        if answer.status == 401 || answer.status == 407 { tokens.forget(connectionARN) }
        throw Self.failure(answer)
    }

    /// - Throws: ``DeliveryFailure``.
    private static func send(_ request: OutboundRequest) async throws -> OutboundResponse {
        do { return try await Outbound.send(request) } catch let fault as OutboundFault {
            switch fault {
            case .timedOut: throw DeliveryFailure("TIMEOUT", "The endpoint did not answer in time.", isRetried: true)
            case .unreachable(let reason): throw DeliveryFailure("CONNECTION_FAILURE", reason, isRetried: true)
            case .invalid(let what):
                throw DeliveryFailure("INVALID_PARAMETER", "The request can't be made: \(what)", isRetried: false)
            }
        }
    }

    private static func failure(_ answer: OutboundResponse) -> DeliveryFailure {
        let code =
            switch answer.status {
            case 401, 403, 407: "NO_PERMISSIONS"
            case 404: "NO_RESOURCE"
            case 409: "RESOURCE_MODIFICATION_COLLISION"
            case 429: "THROTTLING"
            case 500...: "INTERNAL_FAILURE"
            default: "SDK_CLIENT_ERROR"
            }
        let isRetried = [401, 407, 409, 429].contains(answer.status) || answer.status >= 500
        let seconds = answer.header("Retry-After").flatMap { Int64($0) }.map { min(max($0, 0), EventsLimit.retryAfterMax) }
        return DeliveryFailure(
            code, "The API destination returned HTTP \(answer.status).", isRetried: isRetried,
            retryAfter: seconds.map { .seconds($0) })
    }

    /// The connection's parameters with what is secret of them, read as the service-linked role.
    private func parameters(
        of connection: ConnectionRecord, _ arn: String, _ platform: Platform
    ) async throws -> ConnectionParameters {
        guard let secret = connection.secretARN, let place = ARN(arn) else {
            throw DeliveryFailure("NO_PERMISSIONS", "The connection is not authorized.", isRetried: false)
        }
        let service = Caller.service(Self.destinationsPrincipal, account: place.account, sourceARN: arn)
        let role = ARN(
            "iam", account: place.account, "role/aws-service-role/\(Self.destinationsPrincipal)/\(Self.destinationsRole)")
        let caller = try await platform.assume(
            role.description, session: "EventBridgeApiDestinations", as: service, region: place.region)
        let input: Document = ["SecretId": .string(secret)]
        let output = try await platform.call(
            Call("secretsmanager", "GetSecretValue", input, caller: caller, region: place.region)
        ).output
        return try ConnectionParameters(secret: output["SecretString"]?.string ?? "{}")
    }

    // MARK: OAuth

    private func token(
        of connection: ConnectionRecord, _ arn: String, _ parameters: ConnectionParameters, _ platform: Platform
    ) async throws -> String {
        let now = platform.clock.now()
        if let known = tokens.token(arn, revision: connection.revision, now: now) { return known }
        let (token, seconds) = try await Self.fetchToken(parameters)
        tokens.keep(token, of: arn, revision: connection.revision, until: now + .seconds(seconds) - EventsLimit.tokenMargin)
        return token
    }

    /// Exchanges the client's credentials for a token (RFC 6749, section 4.4).
    /// - Throws: ``DeliveryFailure``.
    private static func fetchToken(_ parameters: ConnectionParameters) async throws -> (String, seconds: Int64) {
        guard let oauth = parameters.OAuthParameters, let endpoint = oauth.AuthorizationEndpoint else {
            throw DeliveryFailure("NO_PERMISSIONS", "The connection has no OAuth parameters.", isRetried: false)
        }
        let http = oauth.OAuthHttpParameters
        var form = [
            ("grant_type", "client_credentials"), ("client_id", oauth.ClientParameters?.ClientID ?? ""),
            ("client_secret", oauth.ClientParameters?.ClientSecret ?? ""),
        ]
        for parameter in http?.BodyParameters ?? [] {
            form.removeAll { $0.0 == parameter.Key }
            form.append((parameter.Key ?? "", parameter.Value ?? ""))
        }
        let text = form.map { "\(PercentEncoding.encode($0.0))=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
        var headers = [
            (name: "Content-Type", value: "application/x-www-form-urlencoded"), (name: "Accept", value: "application/json"),
        ]
        for parameter in http?.HeaderParameters ?? [] { headers.append((parameter.Key ?? "", parameter.Value ?? "")) }
        let method = oauth.HttpMethod ?? "POST"
        var query = (http?.QueryStringParameters ?? []).map { ($0.Key ?? "", $0.Value ?? "") }
        if method == "GET" { query += form }
        let request = OutboundRequest(
            method, DestinationRequest.url(endpoint, query: query), headers: headers,
            body: method == "GET" ? [] : Array(text.utf8), timeout: EventsLimit.invocationTimeout,
            answerBytes: EventsLimit.tokenBytes)
        let answer = try await send(request)
        guard (200..<300).contains(answer.status), let body = try? JSON.parse(answer.body),
            let token = body["access_token"]?.string, !token.isEmpty
        else {
            throw DeliveryFailure(
                "NO_PERMISSIONS", "The authorization endpoint returned HTTP \(answer.status) and no token.",
                isRetried: answer.status >= 500 || answer.status == 429 || answer.status == 401)
        }
        let seconds = body["expires_in"]?.integer ?? body["expires_in"]?.string.flatMap { Int64($0) }
        return (token, max(1, seconds ?? EventsLimit.tokenSeconds))
    }

    /// Has a first token of a connection that was made or changed, and puts down how that went.
    func authorize(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let arn = delivery.payload["connection"]?.string, let revision = delivery.payload["revision"]?.string else {
            throw GiveUp("not a connection")
        }
        guard let (place, record) = try await platform.store.read({ try $0.connection(arn: arn) }), record.revision == revision
        else { return }
        var reason: String?
        do {
            let parameters = try await self.parameters(of: record, arn, platform)
            _ = try await token(of: record, arn, parameters, platform)
        } catch let failure as DeliveryFailure {
            reason = failure.message
        } catch let error as AWSError {
            reason = error.message
        }
        let (outcome, now) = (reason, platform.clock.now())
        try await platform.store.write { transaction in
            guard var record = try transaction.record(ConnectionRecord.self, place.key), record.revision == revision else {
                return
            }
            record.state = outcome == nil ? "AUTHORIZED" : "DEAUTHORIZED"
            record.reason = outcome.map { String($0.prefix(512)) }
            if outcome == nil { record.authorized = now }
            try transaction.put(place.key, record)
        }
    }
}

/// Tokens that connections have been given, until they end. They live in memory: after a start they are fetched anew.
final class AccessTokens: Sendable {
    private struct Token {
        var text: String
        var revision: String
        var until: Timestamp
    }
    private let tokens = Mutex<[String: Token]>([:])

    func token(_ connection: String, revision: String, now: Timestamp) -> String? {
        tokens.withLock { tokens in
            guard let token = tokens[connection], token.revision == revision, token.until > now else { return nil }
            return token.text
        }
    }

    func keep(_ text: String, of connection: String, revision: String, until: Timestamp) {
        tokens.withLock { tokens in
            if tokens.count >= EventsLimit.tokensKept { tokens.removeAll() }
            tokens[connection] = Token(text: text, revision: revision, until: until)
        }
    }

    func forget(_ connection: String) { tokens.withLock { $0[connection] = nil } }
}
