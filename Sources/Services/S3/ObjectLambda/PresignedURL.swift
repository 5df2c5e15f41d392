import Crypto
import Documents
import Kernel

/// A URL that lets its holder make one request in the name of whoever's keys it is signed with
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html).
struct PresignedURL {
    var method: String
    /// `http://127.0.0.1:4566`
    var endpoint: String
    var bucket: String
    var key: String?
    /// Decoded.
    var query: [(name: String, value: String)]
    var region: String

    /// - Parameters:
    ///   - now: the platform's time, from which it counts.
    ///   - seconds: how long it serves.
    func signed(by credentials: Credentials, at now: Timestamp, for seconds: Int64) -> String {
        let time = now.iso8601Basic()
        let date = String(time.prefix(8))
        let scope = "\(date)/\(region)/s3/aws4_request"
        var pairs = query
        pairs.append(("X-Amz-Algorithm", "AWS4-HMAC-SHA256"))
        pairs.append(("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope)"))
        pairs.append(("X-Amz-Date", time))
        pairs.append(("X-Amz-Expires", String(seconds)))
        pairs.append(("X-Amz-SignedHeaders", "host"))
        if let token = credentials.sessionToken { pairs.append(("X-Amz-Security-Token", token)) }
        var path = "/" + PercentEncoding.encode(bucket)
        if let key { path += "/" + PercentEncoding.encode(key, keeping: "/") }
        let encoded: [(name: String, value: String)] = pairs.map {
            (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value))
        }
        let sorted = encoded.sorted { $0.name == $1.name ? $0.value < $1.value : $0.name < $1.name }
        let text = sorted.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        let host = endpoint.split(separator: "/").last.map(String.init) ?? endpoint
        let canonical = "\(method)\n\(path)\n\(text)\nhost:\(host)\n\nhost\nUNSIGNED-PAYLOAD"
        let hash = SHA256.hash(data: Array(canonical.utf8)).hexadecimal
        let signing = HMACKey.signing(secret: credentials.secretAccessKey, date: date, region: region, service: "s3")
        let signature = signing.code(Array("AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(hash)".utf8)).hexadecimal
        return "\(endpoint)\(path)?\(text)&X-Amz-Signature=\(signature)"
    }
}
