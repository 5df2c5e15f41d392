import NIOHTTP1
import Testing

@testable import Wire

struct HTTP1MessageTests {
    private static func head(
        _ headers: [(name: String, value: String)], body: String = "", status: Int = 404
    ) -> String {
        let response = WireResponse(status: status, headers: headers)
        return String(
            buffer: HTTP1Message.head(
                response, framing: ("Content-Length", "3"), connection: "close", body: Array(body.utf8)))
    }

    @Test func aWholeMessage() {
        #expect(
            Self.head([("ETag", "\"é\""), ("Empty", "")], body: "abc")
                == "HTTP/1.1 404 Not Found\r\nETag: \"é\"\r\nEmpty: \r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
    }

    /// RFC 9110, section 5.5: nothing that was stored can end a field early, or the head.
    @Test func whatWouldEndAFieldIsASpace() {
        #expect(Self.head([("a", "x\r\ny: z\u{0}\u{7F}\t!")]).contains("\r\na: x  y: z  \t!\r\n"))
    }

    @Test(arguments: ["", "a b", "a:", "a\r\nb", "é"])
    func whatIsNoNameIsLeftOut(name: String) {
        #expect(
            Self.head([(name, "v")]) == "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nConnection: close\r\n\r\n")
    }

    /// A function may answer with any number.
    @Test func aStrangeStatus() {
        #expect(Self.head([], status: 123_456).hasPrefix("HTTP/1.1 123456 "))
    }

    /// RFC 9112, section 3.2.2: the target's own host counts, whatever the header says.
    @Test(arguments: [
        ("http://b.example.com/k?x=1", "b.example.com", "/k", "x=1"), ("http://h:80?x=/", "h:80", "/", "x=/"),
        ("https://me@h", "h", "/", ""), ("/k", "other", "/k", ""), ("/k?u=http://h/x", "other", "/k", "u=http://h/x"),
    ])
    func anAbsoluteTarget(target: String, host: String, path: String, query: String) {
        let request = WireRequest(method: "GET", target: target, headers: ["host": "other"])
        #expect((request.host, request.path, request.query) == (host, path, query))
    }
}
