import Testing

@testable import Wire

struct XMLReaderTests {
    @Test func elementsTextAndEntities() throws {
        let text =
            "<?xml version=\"1.0\"?>\n<a:R xmlns:a='u' k=\"&lt;&#65;\"><!-- c --><K>x &amp; <![CDATA[<y>]]>\r\n</K><E/></a:R>"
        let root = try XMLReader.parse(Array(text.utf8))
        #expect(root.name == "R")
        #expect(root.attribute("k") == "<A")
        #expect(root.children.map(\.name) == ["K", "E"])
        #expect(root.children[0].text == "x & <y>\n")
    }

    @Test(arguments: [
        "", "x", "<a>", "<a></b>", "<a", "<a><b></a></b>", "<a/><b/>", "<a b></a>", "<a b=c/>", "<a b='1' b='2'/>",
        "<a>&unknown;</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&</a>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        "<a><?php ?></a>", "<a>\u{01}</a>", "<1/>", "<a/>trailing", "< a/>", "<a b='<'/>",
    ])
    func hostileTextIsRefused(text: String) {
        #expect(throws: XMLError.self) { _ = try XMLReader.parse(Array(text.utf8)) }
    }

    @Test func depthAndSizeAreLimited() {
        let deep = String(repeating: "<a>", count: 10_000)
        #expect(throws: XMLError.self) { _ = try XMLReader.parse(Array(deep.utf8)) }
        let wide = "<a>" + String(repeating: "<b/>", count: Limit.xmlNodes + 1) + "</a>"
        #expect(throws: XMLError.self) { _ = try XMLReader.parse(Array(wide.utf8)) }
    }

    @Test func badUTF8IsRefused() {
        #expect(throws: XMLError.self) { _ = try XMLReader.parse(Array("<a>".utf8) + [0xFF] + Array("</a>".utf8)) }
    }
}
