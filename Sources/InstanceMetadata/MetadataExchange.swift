/// A request to a metadata endpoint.
public struct MetadataRequest: Sendable {
    public var method: String
    /// Path and query, as sent.
    public var target: String
    /// Lower-case names.
    public var headers: [String: String]

    public init(_ method: String, _ target: String, headers: [String: String] = [:]) {
        (self.method, self.target, self.headers) = (method, target, headers)
    }

    var path: String { String(target.prefix { $0 != "?" }) }
}

/// What a metadata endpoint answers.
public struct MetadataAnswer: Sendable, Equatable {
    public var status: Int
    public var type: String
    public var body: String
    public var headers: [String: String] = [:]
    /// How many routers the answer may pass (its packets' time to live); nil for the system's own.
    public var hops: Int?

    init(_ status: Int, _ body: String, type: String = "text/plain", headers: [String: String] = [:]) {
        (self.status, self.body, self.type, self.headers) = (status, body, type, headers)
    }

    /// The pages that the instance metadata service gives for errors.
    static func refusal(_ status: Int) -> MetadataAnswer {
        let names = [
            400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Not Allowed",
            500: "Internal Server Error",
        ]
        let title = "\(status) - \(names[status] ?? "Error")"
        let page = """
            <?xml version="1.0" encoding="iso-8859-1"?>
            <!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
            <html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
             <head><title>\(title)</title></head>
             <body><h1>\(title)</h1></body>
            </html>
            """
        return MetadataAnswer(status, page, type: "text/html")
    }
}

/// What answers the requests that a ``MetadataListener`` takes.
public protocol MetadataResponder: Sendable {
    func respond(to request: MetadataRequest) async -> MetadataAnswer
}

/// A web page that a name of its own leads to this machine must not read keys: only the addresses themselves are hosts.
func isMetadataHost(_ header: String?) -> Bool {
    guard let header else { return true }
    let host = header.hasPrefix("[") ? String(header.prefix { $0 != "]" }) + "]" : String(header.prefix { $0 != ":" })
    return ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "169.254.170.2", "[fd00:ec2::254]"].contains(host.lowercased())
}
