/// Web pages that call services other than S3, which has rules of its own for that (`CrossOriginExchange`).
///
/// AWS lets pages of every origin call its services, for nothing can be done there without a secret. Here the secret of
/// development is known to all, so a page must come from this machine, or from the host that it calls; a page from anywhere
/// else is not told what the server answers, and is refused where it signs with that secret.
enum BrowserAccess {
    private static let exposed = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,x-amzn-query-error,Date"
    /// Seconds that a browser need not ask again.
    private static let age = 172_800
    /// Characters of the shortest bucket name (Amazon S3 User Guide, "General purpose bucket naming rules").
    private static let bucketNameMin = 3

    /// Answers a preflight for a service other than S3; nil for anything else.
    /// - Parameter route: what the request's line and host say. A preflight has no signature that names its service.
    static func preflight(_ request: WireRequest, _ route: ServiceRoute?) -> WireResponse? {
        guard request.method == "OPTIONS", let method = request.headers["access-control-request-method"],
            route.map({ $0.service.id != "s3" || isForService(method, $0.path) }) ?? true
        else { return nil }
        var allowed = headers(request)
        guard !allowed.isEmpty else { return nil }
        allowed.append(("Access-Control-Allow-Methods", method))
        if let asked = request.headers["access-control-request-headers"] {
            allowed.append(("Access-Control-Allow-Headers", asked))
        }
        allowed.append(("Access-Control-Max-Age", "\(age)"))
        return WireResponse(status: 200, headers: allowed)
    }

    /// The header fields by which a browser lets the page see an answer; none for a page that may not, or no page.
    static func headers(_ request: WireRequest) -> [(name: String, value: String)] {
        guard let origin = request.headers["origin"], isTrusted(origin, host: request.host) else { return [] }
        return [
            ("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", exposed), ("Vary", "Origin"),
        ]
    }

    /// Whether a page from elsewhere sends this. Browsers ask nobody's leave for a plain POST, and a query can be signed
    /// beforehand, so that a page is not told the answer does not keep it from calling.
    static func isForeign(_ request: WireRequest) -> Bool {
        guard let origin = request.headers["origin"] else { return false }
        return !isTrusted(origin, host: request.host)
    }

    /// What a host that names no service leaves to S3, and S3 has not: a POST to the root, paths that begin with an API's
    /// date, as Lambda's do, and such as begin with less than a bucket's name has, as Pipes' `/v1/pipes`.
    private static func isForService(_ method: String, _ path: String) -> Bool {
        if path == "/" { return method == "POST" }
        let first = Array(path.utf8.dropFirst().prefix { $0 != UInt8(ascii: "/") })
        return (1..<bucketNameMin).contains(first.count)
            || first.count == 10
                && first.enumerated().allSatisfy { place, byte in
                    place == 4 || place == 7 ? byte == UInt8(ascii: "-") : (48...57).contains(byte)
                }
    }

    private static func isTrusted(_ origin: String, host: String) -> Bool {
        for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
            let name = HostReading.withoutPort(origin.dropFirst(scheme.count).lowercased())
            return name == "localhost" || name.hasSuffix(".localhost") || name == "[::1]" || isLoopback(name)
                || name == HostReading.withoutPort(host.lowercased())
        }
        return false
    }

    /// 127.0.0.0/8
    private static func isLoopback(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
