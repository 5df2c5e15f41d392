import Kernel

/// An HTTP request, whatever version it came in.
public struct WireRequest: Sendable {
    /// Upper case.
    public var method: String
    /// As sent, percent-encoded, from its first `/`, without the query.
    public var path: String
    /// As sent, without the question mark.
    public var query: String
    /// Lower-case names; several fields of one name are joined with `,`. `host` is always there when the client named one.
    public var headers: [String: String]
    public var body: ByteStream
    public var sourceIP: String
    public var isSecure: Bool
    var hangUp: HangUp?

    /// - Parameter target: path and query, as in the request line.
    public init(
        method: String, target: String, headers: [String: String] = [:], body: ByteStream = ByteStream(bytes: []),
        sourceIP: String = "127.0.0.1", isSecure: Bool = false
    ) {
        var (target, headers) = (target[...], headers)
        // The absolute form, as sent to proxies: http://host/path. Its host counts, whatever the header says (RFC 9112,
        // section 3.2.2).
        if target.utf8.first != UInt8(ascii: "/"), let scheme = target.range(of: "://") {
            let rest = target[scheme.upperBound...]
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            let authority = rest[..<end]
            headers["host"] = String(authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority)
            target = rest[end...]
            if target.first != "/" { target = "/" + target }
        }
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        path = String(mark.map { target[..<$0] } ?? target)
        query = mark.map { String(target[target.utf8.index(after: $0)...]) } ?? ""
        (self.method, self.headers, self.body) = (method, headers, body)
        (self.sourceIP, self.isSecure) = (sourceIP, isSecure)
    }

    var host: String { headers["host"] ?? "" }

    var details: HTTPDetails {
        HTTPDetails(
            method: method, host: host, path: path, query: query, headers: headers, sourceIP: sourceIP, isSecure: isSecure,
            hangUp: hangUp)
    }
}

/// What the front door answers.
public struct WireResponse: Sendable {
    public enum Body: Sendable {
        case bytes([UInt8])
        case stream(ByteStream)
    }
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: Body
    /// The connection can't go on after this answer: what follows on it has not been understood.
    public var closes = false

    public init(status: Int, headers: [(name: String, value: String)] = [], body: Body = .bytes([])) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }

    public func header(_ name: String) -> String? {
        let count = name.utf8.count
        return headers.first { $0.name.utf8.count == count && ($0.name == name || $0.name.lowercased() == name.lowercased()) }?
            .value
    }
}

extension Substring {
    /// The first place of `text`, without Foundation.
    func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
