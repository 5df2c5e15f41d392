import Documents
import Model
import Testing

private enum Kind: String, Codable { case large = "LARGE" }

private struct Thing: Codable {
    var name: String
    var kind: Kind
    var count: Int?
    var tags: [String: Kind]?
    var children: [Thing]?
    var byName: [String: Small]?
    var data: [UInt8]?
    var when: Timestamp?
    var any: Document?

    enum CodingKeys: String, CodingKey {
        case name = "Name", kind = "Kind", count = "Count", tags = "Tags", children = "Children", byName = "ByName", data =
            "Data",
            when = "When", any = "Any"
    }
}

private struct Small: Codable {
    var Name: String
    var Typo: Int?
    var Inner: [Deep]?
}

private struct Deep: Codable { var x: String }

private struct Refusing: Decodable {
    init(from decoder: Decoder) throws { throw DocumentError(.wrongType) }
}

private struct Empty: Codable {}

private struct Holder: Decodable { var Count: Refusing? }

@Suite struct HandlerCheckTests {
    private func thing() throws -> Shape { try #require(try fixture().shape("Thing")) }

    @Test func members() throws {
        let tree = try HandlerCheck.members(of: Thing.self, shape: try thing())
        #expect(Set(tree.members.keys) == ["Name", "Kind", "Count", "Tags", "Children", "ByName", "Data", "When", "Any"])
        #expect(tree.members["ByName"]?.element?.members["Inner"]?.element?.members.keys.first == "x")
        #expect(tree.members["Any"]?.isOpaque == true)
    }

    @Test func unknownMembers() throws {
        #expect(try HandlerCheck.unknownMembers(Thing.self, thing()) == ["ByName[].Inner", "ByName[].Typo"])
        #expect(try HandlerCheck.unknownMembers(Empty.self, thing()).isEmpty)
        #expect(try HandlerCheck.unknownMembers([Small].self, #require(fixture().shape("Things"))) == ["[].Inner", "[].Typo"])
    }

    @Test func unreadMembers() throws {
        #expect(
            try HandlerCheck.unreadMembers(Thing.self, thing()).filter { !$0.contains("[]") } == ["Labels", "Secret", "Big"])
        #expect(try HandlerCheck.unreadMembers(Thing.self, thing(), onlyRequired: true) == ["ByName[].Kind"])
        #expect(try HandlerCheck.unreadMembers(Empty.self, thing(), onlyRequired: true) == ["Name", "Kind"])
        #expect(try HandlerCheck.unreadMembers(Document.self, thing()).isEmpty)
    }

    @Test func typesThatRefuse() throws {
        #expect(throws: HandlerCheck.Failure.self) { try HandlerCheck.unknownMembers(Refusing.self, thing()) }
        #expect(throws: HandlerCheck.Failure.self) { try HandlerCheck.unknownMembers(Holder.self, thing()) }
    }
}
