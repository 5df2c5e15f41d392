import Testing

@testable import Documents

@Suite("Event stream messages")
struct EventStreamTests {
    /// The vectors of https://smithy.io/2.0/aws/amazon-eventstream.html: sums are CRC-32 of what lies before them.
    @Test("an empty message is its prelude and two sums")
    func empty() {
        let bytes = EventStreamMessage(headers: [], payload: []).bytes
        #expect(Hex.encode(bytes) == "000000100000000005c248eb7d98c8ff")
    }

    @Test("a message without headers carries its payload")
    func payload() {
        let bytes = EventStreamMessage(headers: [], payload: Array("{'foo':'bar'}".utf8)).bytes
        #expect(Hex.encode(bytes) == "0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936")
    }

    @Test("an exception names itself in its headers")
    func exception() {
        let bytes = EventStreamMessage.exception("ResourceInUseException", message: "taken").bytes
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains(":message-type") && text.contains("exception") && text.contains("ResourceInUseException"))
        #expect(text.contains("{\"message\":\"taken\"}"))
        #expect(bytes.count == Int(bytes[2]) << 8 | Int(bytes[3]))
    }
}
