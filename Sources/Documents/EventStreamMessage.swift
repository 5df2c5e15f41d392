/// A message of `application/vnd.amazon.eventstream`
/// (https://smithy.io/2.0/aws/amazon-eventstream.html): prelude, headers, payload, each under a CRC-32.
public struct EventStreamMessage: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
        case string(String)
        case bool(Bool)
        case integer(Int32)
        case blob([UInt8])
        case timestamp(Timestamp)
    }
    public struct Header: Sendable, Hashable {
        public var name: String
        public var value: Value
        public init(_ name: String, _ value: Value) { (self.name, self.value) = (name, value) }
    }
    public var headers: [Header]
    public var payload: [UInt8]

    public init(headers: [Header], payload: [UInt8]) { (self.headers, self.payload) = (headers, payload) }

    /// An event of that name.
    /// - Parameter contentType: of the payload; nil for an event that has none.
    public static func event(_ name: String, contentType: String?, payload: [UInt8] = []) -> EventStreamMessage {
        var headers = [Header(":message-type", .string("event")), Header(":event-type", .string(name))]
        if let contentType { headers.append(Header(":content-type", .string(contentType))) }
        return EventStreamMessage(headers: headers, payload: payload)
    }

    /// An exception, which ends the stream; its payload is JSON with a `message`.
    public static func exception(_ code: String, message: String) -> EventStreamMessage {
        let headers = [
            Header(":message-type", .string("exception")), Header(":exception-type", .string(code)),
            Header(":content-type", .string("application/json")),
        ]
        return EventStreamMessage(headers: headers, payload: JSON.write(["message": .string(message)]))
    }

    public var bytes: [UInt8] {
        var block: [UInt8] = []
        for header in headers {
            block.append(UInt8(truncatingIfNeeded: header.name.utf8.count))
            block.append(contentsOf: header.name.utf8)
            switch header.value {
            case .bool(let value): block.append(value ? 0 : 1)
            case .integer(let value):
                block.append(4)
                Self.append(value, to: &block)
            case .blob(let value):
                block.append(6)
                Self.append(UInt16(truncatingIfNeeded: value.count), to: &block)
                block.append(contentsOf: value)
            case .string(let value):
                block.append(7)
                Self.append(UInt16(truncatingIfNeeded: value.utf8.count), to: &block)
                block.append(contentsOf: value.utf8)
            case .timestamp(let value):
                block.append(8)
                Self.append(value.milliseconds, to: &block)
            }
        }
        var output: [UInt8] = []
        output.reserveCapacity(16 + block.count + payload.count)
        Self.append(UInt32(16 + block.count + payload.count), to: &output)
        Self.append(UInt32(block.count), to: &output)
        Self.append(UInt32(truncatingIfNeeded: CRC.crc32.update(0, output)), to: &output)
        output.append(contentsOf: block)
        output.append(contentsOf: payload)
        Self.append(UInt32(truncatingIfNeeded: CRC.crc32.update(0, output)), to: &output)
        return output
    }

    private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
