import Documents
import Kernel
import Testing

@testable import Lambda

@Suite struct TraceHeaderTests {
    private static let ann = "arn:aws:lambda:us-east-1:000000000000:function:ann"
    private static let bob = "arn:aws:lambda:us-east-1:000000000000:function:bob"

    @Test func countsEachFunctionOfAChain() throws {
        var header = try #require(TraceHeader("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"))
        #expect(header.count(of: Self.ann) == 0)
        header = header.entering(Self.ann).entering(Self.bob).entering(Self.ann)
        #expect(header.count(of: Self.ann) == 2 && header.count(of: Self.bob) == 1)
        let text = header.text()
        #expect(text.hasPrefix("Root=1-5759e988-bd862e3fe1be46a994272793;Parent="))
        #expect(text.contains(";Sampled=1;Lineage="))
        // As it goes to the function, and as the SDK's escaping brings it back.
        for form in [text, text.split(separator: "|").joined(separator: "%7C")] {
            let again = try #require(TraceHeader(form))
            #expect(again.count(of: Self.ann) == 2 && again.count(of: Self.bob) == 1)
        }
    }

    @Test func forgetsTheOldestFunctions() {
        var header = TraceHeader(Timestamp(seconds: 1_800_000_000))
        for number in 0...TraceHeader.Limit.functions { header = header.entering("\(Self.ann)\(number)") }
        #expect(header.count(of: "\(Self.ann)0") == 0 && header.count(of: "\(Self.ann)1") == 1)
    }

    @Test(arguments: ["", "Self=1", "Sampled=0;Lineage=a:1", "Root=" + String(repeating: "x", count: 3_000)])
    func passesOverWhatIsNoHeader(text: String) { #expect(TraceHeader(text) == nil) }

    @Test func passesOverALineageThatIsNone() throws {
        let header = try #require(TraceHeader("Root=1-2-3;Lineage=|:|x|x:y|a:-4|::"))
        #expect(header.text(parent: "p") == "Root=1-2-3;Parent=p;Sampled=0")
    }
}
