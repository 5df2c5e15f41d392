import Documents
import Testing

@testable import SNS

@Suite struct FilterTests {
    private func passes(_ policy: String, scope: String? = nil, _ attributes: [String: MessageAttribute], body: String = "")
        throws -> Bool
    {
        var message = Notification(topic: "t", id: "i", time: Timestamp(seconds: 0), message: body)
        message.attributes = attributes
        return try FilterPolicy(policy, scope: scope).passes(message, body: body)
    }
    private func text(_ value: String) -> MessageAttribute { MessageAttribute(type: "String", text: value) }
    private func number(_ value: String) -> MessageAttribute { MessageAttribute(type: "Number", text: value) }

    @Test func attributesByTheirTypes() throws {
        #expect(try passes(#"{"a":["x","y"]}"#, ["a": text("y")]))
        #expect(try !passes(#"{"a":["x","y"]}"#, ["a": text("z")]))
        #expect(try !passes(#"{"a":["x"]}"#, [:]))
        #expect(try passes(#"{"a":[100]}"#, ["a": number("100.0")]))
        #expect(try !passes(#"{"a":[100]}"#, ["a": text("100")]))
        #expect(try passes(#"{"a":[{"numeric":[">=",1,"<",2]}]}"#, ["a": number("1.5")]))
        let array = MessageAttribute(type: "String.Array", text: #"["p","q"]"#)
        #expect(try passes(#"{"a":["q"]}"#, ["a": array]))
        #expect(try passes(#"{"a":[{"exists":false}]}"#, ["b": text("x")]))
        #expect(try !passes(#"{"a":[{"exists":true}]}"#, ["a": MessageAttribute(type: "Binary", bytes: [1])]))
    }

    @Test func bodies() throws {
        let policy = #"{"order":{"kind":[{"prefix":"b"}]}}"#
        #expect(try passes(policy, scope: "MessageBody", [:], body: #"{"order":{"kind":"book"}}"#))
        #expect(try !passes(policy, scope: "MessageBody", [:], body: #"{"order":{"kind":"pen"}}"#))
        #expect(try !passes(policy, scope: "MessageBody", [:], body: "no JSON"))
    }

    @Test(arguments: ["x", "[]", #"{"a":{"b":["c"]}}"#, #"{"a":1}"#, #"{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}"#])
    func refused(_ policy: String) {
        #expect(throws: SNSFault.self) { try FilterPolicy(policy, scope: nil) }
    }
}
