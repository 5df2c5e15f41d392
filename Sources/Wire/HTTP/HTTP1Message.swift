import HTTPTypes
import NIOCore
import NIOHTTP1

/// HTTP/1.1 messages to and from ours.
enum HTTP1Message {
    /// - Returns: nil where several hosts are named, or none, which HTTP/1.1 forbids (RFC 9112, section 3.2): which is meant would
    ///   be anybody's guess, and another's than of who stands before us.
    static func request(_ head: HTTPRequestHead, sourceIP: String, isSecure: Bool) -> WireRequest? {
        var hosts = 0
        var headers = [String: String](minimumCapacity: head.headers.count)
        for (name, given) in head.headers {
            // White space behind a value is no part of it (RFC 9110, section 5.5); the parser takes off what stands before.
            var value = given
            while let last = value.utf8.last, last == 0x20 || last == 0x09 { value.removeLast() }
            let isLower = name.allBytes { !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
            let name = isLower ? name : name.lowercased()
            if name == "host" { hosts += 1 }
            if let before = headers.updateValue(value, forKey: name) { headers[name] = before + "," + value }
        }
        guard hosts == 1 || (hosts == 0 && head.version != .http1_1) else { return nil }
        return WireRequest(
            method: head.method.rawValue, target: head.uri, headers: headers, sourceIP: sourceIP, isSecure: isSecure)
    }

    /// The status line and headers, and `body` behind them.
    /// - Parameters:
    ///   - framing: headers that tell the body from what follows it (RFC 9112, section 6.3).
    ///   - connection: of the header of that name.
    static func head(
        _ response: WireResponse, framing: (name: String, value: String)?, connection: String?, body: [UInt8] = []
    ) -> ByteBuffer {
        let reason = HTTPResponseStatus(statusCode: response.status).reasonPhrase
        let line = ["HTTP/1.1 ", String(response.status), " ", reason]
        let more = [framing, connection.map { ("Connection", $0) }].compactMap { $0 }
        var size = "\r\n\r\n".utf8.count + body.count
        for part in line { size += part.utf8.count }
        for (name, value) in response.headers { size += name.utf8.count + value.utf8.count + 4 }
        for (name, value) in more { size += name.utf8.count + value.utf8.count + 4 }
        var buffer = ByteBuffer()
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { room in
            var filler = Filler(room)
            for part in line { filler.put(part) }
            for (name, value) in response.headers where isToken(name) { filler.put(field: name, value) }
            for (name, value) in more { filler.put(field: name, value) }
            filler.put("\r\n\r\n")
            filler.put(body)
            return filler.count
        }
        return buffer
    }

    /// Puts texts one behind the other into room that is known to be large enough.
    private struct Filler {
        private let room: UnsafeMutableRawBufferPointer
        private(set) var count = 0

        init(_ room: UnsafeMutableRawBufferPointer) { self.room = room }

        mutating func put(field name: String, _ value: String) {
            put("\r\n")
            put(name)
            put(": ")
            // What would end a header field early is written as a space (RFC 9110, section 5.5).
            let isPlain = value.allBytes { $0 >= 0x20 && $0 != 0x7F }
            if isPlain { put(value) } else { put(value.utf8.map { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 ? $0 : 0x20 }) }
        }

        mutating func put(_ text: String) {
            var text = text
            text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
        }

        mutating func put(_ bytes: [UInt8]) { bytes.withUnsafeBytes { put($0) } }

        private mutating func put(_ bytes: UnsafeRawBufferPointer) {
            UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: bytes)
            count += bytes.count
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
