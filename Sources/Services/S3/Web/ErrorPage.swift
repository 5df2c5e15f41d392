import Kernel

/// S3's own page for a website's error
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/CustomErrorDocSupport.html).
struct ErrorPage {
    var status: Int
    var code: String
    var message: String
    /// What the error is about, such as its key.
    var facts: [(name: String, value: String)] = []
    /// Why the website's own error document is not shown, if it has one.
    var second: (code: String, message: String, key: String)?

    private static let titles = [
        400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 500: "Internal Server Error",
        503: "Service Unavailable",
    ]

    /// What tells of the error beside a page, S3's own or the website's.
    static func headers(code: String, message: String) -> [(name: String, value: String)] {
        [("x-amz-error-code", code), ("x-amz-error-message", message)]
    }

    func answer(requestID: String) -> WebsiteAnswer {
        let title = "\(status) \(Self.titles[status] ?? code)"
        let first = [("Code", code), ("Message", message)] + facts + [("RequestId", requestID), ("HostId", Identifier.host)]
        var html = "<html>\n<head><title>\(title)</title></head>\n<body>\n<h1>\(title)</h1>\n\(Self.list(first))"
        if let second {
            html += "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n"
            html += Self.list([("Code", second.code), ("Message", second.message), ("Key", second.key)])
        }
        html += "<hr/>\n</body>\n</html>\n"
        return WebsiteAnswer(
            status: status,
            headers: [("Content-Type", "text/html; charset=utf-8")] + Self.headers(code: code, message: message),
            body: ByteStream(bytes: Array(html.utf8)))
    }

    private static func list(_ lines: [(String, String)]) -> String {
        "<ul>\n" + lines.map { "<li>\($0.0): \(escaped($0.1))</li>\n" }.joined() + "</ul>\n"
    }

    private static func escaped(_ text: String) -> String {
        text.map { ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"][$0] ?? String($0) }.joined()
    }
}
