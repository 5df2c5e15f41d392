import HTTPTypes
import NIOCore
import NIOHTTP1

/// HTTP/1.1 messages to and from ours.
enum HTTP1Message {
    static func request(_ head: HTTPRequestHead, sourceIP: String, isSecure: Bool) -> WireRequest {
        var headers = [String: String](minimumCapacity: head.headers.count)
        for (name, given) in head.headers {
            // White space behind a value is no part of it (RFC 9110, section 5.5); the parser takes off what stands before.
            var value = given
            while let last = value.utf8.last, last == 0x20 || last == 0x09 { value.removeLast() }
            let isLower = name.allBytes { !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
            let name = isLower ? name : name.lowercased()
            if let before = headers.updateValue(value, forKey: name) {
                // There is one host; a second one is not added to it.
                headers[name] = name == "host" ? before : before + "," + value
            }
        }
        return WireRequest(
            method: head.method.rawValue, target: head.uri, headers: headers, sourceIP: sourceIP, isSecure: isSecure)
    }

    /// The status line and headers, with room for `capacity` bytes behind them.
    /// - Parameters:
    ///   - framing: headers that tell the body from what follows it (RFC 9112, section 6.3).
    ///   - connection: of the header of that name.
    static func head(
        _ response: WireResponse, framing: (name: String, value: String)?, connection: String?, capacity: Int
    ) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(640 + capacity)
        buffer.writeStaticString("HTTP/1.1 ")
        let status = HTTPResponseStatus(statusCode: response.status)
        buffer.writeString(String(response.status))
        buffer.writeStaticString(" ")
        buffer.writeString(status.reasonPhrase)
        for (name, value) in response.headers where isToken(name) { write(name, value, to: &buffer) }
        if let framing { write(framing.name, framing.value, to: &buffer) }
        if let connection { write("Connection", connection, to: &buffer) }
        buffer.writeStaticString("\r\n\r\n")
        return buffer
    }

    private static func write(_ name: String, _ value: String, to buffer: inout ByteBuffer) {
        buffer.writeStaticString("\r\n")
        buffer.writeString(name)
        buffer.writeStaticString(": ")
        write(value: value, to: &buffer)
    }

    /// What would end a header field early is written as a space (RFC 9110, section 5.5).
    private static func write(value: String, to buffer: inout ByteBuffer) {
        if value.allBytes({ $0 >= 0x20 && $0 != 0x7F }) {
            buffer.writeString(value)
        } else {
            buffer.writeBytes(value.utf8.map { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 ? $0 : 0x20 })
        }
    }

    /// RFC 9110, section 5.6.2.
    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.allBytes { byte in
                switch byte {
                case 48...57, 65...90, 97...122: true
                case 33, 35...39, 42, 43, 45, 46, 94, 95, 96, 124, 126: true
                default: false
                }
            }
    }
}

extension String {
    /// As `utf8.allSatisfy`, without asking for each byte where the text lies.
    @inline(__always)
    fileprivate func allBytes(_ test: (UInt8) -> Bool) -> Bool {
        utf8.withContiguousStorageIfAvailable { $0.allSatisfy(test) } ?? utf8.allSatisfy(test)
    }
}
