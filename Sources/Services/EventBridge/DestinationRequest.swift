import Documents
import Outbound

/// The HTTP request that an event becomes on its way to an API destination.
struct DestinationRequest {
    var method: String
    var url: String
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    /// - Parameters:
    ///   - target: the rule's own parameters; a value may be a JSONPath into the event. The connection's win over them.
    ///   - event: nil takes the values as they are.
    init(
        _ destination: DestinationRecord, _ target: Target.HTTP?, _ payload: String, _ event: Document?,
        _ connection: ConnectionParameters
    ) {
        func value(_ text: String) -> String {
            guard let event, text.hasPrefix("$"), let path = JSONPath(text) else { return text }
            return path.value(in: event).map { $0.string ?? JSON.text($0) } ?? ""
        }
        let own = connection.InvocationHttpParameters
        method = destination.method
        var path = destination.endpoint
        for segment in target?.PathParameterValues ?? [] {
            guard let star = path.firstIndex(of: "*") else { break }
            path.replaceSubrange(star...star, with: PercentEncoding.encode(value(segment)))
        }
        var query = (target?.QueryStringParameters ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, value($0.value)) }
        for parameter in own?.QueryStringParameters ?? [] {
            query.removeAll { $0.0 == parameter.Key }
            query.append((parameter.Key ?? "", parameter.Value ?? ""))
        }
        url = Self.url(path, query: query)

        var headers = [
            (name: "Content-Type", value: "application/json; charset=utf-8"),
            (name: "User-Agent", value: "Amazon/EventBridge/ApiDestinations"), (name: "Accept", value: "*/*"),
        ]
        func set(_ name: String, _ value: String) {
            headers.removeAll { $0.name.lowercased() == name.lowercased() }
            headers.append((name, value))
        }
        for (name, text) in (target?.HeaderParameters ?? [:]).sorted(by: { $0.key < $1.key }) { set(name, value(text)) }
        for parameter in own?.HeaderParameters ?? [] { set(parameter.Key ?? "", parameter.Value ?? "") }
        if let basic = connection.BasicAuthParameters {
            let pair = "\(basic.Username ?? ""):\(basic.Password ?? "")"
            set("Authorization", "Basic \(Base64.string(Array(pair.utf8)))")
        }
        if let key = connection.ApiKeyAuthParameters { set(key.ApiKeyName ?? "", key.ApiKeyValue ?? "") }
        self.headers = headers

        var text = payload
        if let parameters = own?.BodyParameters, !parameters.isEmpty,
            var members = (try? JSON.parse(payload, keepsNumerals: true))?.members
        {
            for parameter in parameters { members[parameter.Key ?? ""] = .string(parameter.Value ?? "") }
            text = JSON.text(.map(members))
        }
        body = ["GET", "HEAD"].contains(method) ? [] : Array(text.utf8)
    }

    static func url(_ base: String, query: [(String, String)]) -> String {
        guard !query.isEmpty else { return base }
        let text = query.map { "\(PercentEncoding.encode($0.0))=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
        return base + (base.contains("?") ? "&" : "?") + text
    }

    var request: OutboundRequest {
        OutboundRequest(method, url, headers: headers, body: body, timeout: EventsLimit.invocationTimeout)
    }
}
