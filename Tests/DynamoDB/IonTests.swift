import Documents
import Testing

@testable import DynamoDB

struct IonTests {
    /// The example of https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html.
    @Test func writesAsDocumented() throws {
        let item: Attributes = [
            "Authors": .stringSet(["Author1", "Author2"]), "Dimensions": .string("8.5 x 11.0 x 1.5"),
            "ISBN": .string("333-3333333333"), "Id": .number(Number(103)), "InPublication": .bool(false),
            "PageCount": .number(Number(600)), "Price": .number(Number(2_000)),
        ]
        let line =
            #"$ion_1_0 {Item:{Authors:$dynamodb_SS::["Author1","Author2"],Dimensions:"8.5 x 11.0 x 1.5","#
            + #"ISBN:"333-3333333333",Id:103.,InPublication:false,PageCount:6d2,Price:2d3}}"#
        #expect(IonWriter.line(item) == line)
        #expect(try read(line)?.hasSameAttributes(as: item) == true)
    }

    @Test(arguments: [
        ("0", "0."), ("-1", "-1."), ("1.5", "1.5"), ("0.5", "5d-1"), ("-0.25", "-2.5d-1"), ("1e-130", "1d-130"),
        ("1e125", "1d125"), ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678."),
        ("100.01", "100.01"),
    ])
    func writesDecimals(_ number: String, _ ion: String) throws {
        #expect(IonWriter.decimal(try Number(text: number)) == ion)
    }

    @Test(arguments: [
        (#"{Item:{a:1,b:-0x1F,c:0b101,d:1_000.5,e:+inf}}"#, "Only Ion's decimals and integers are DynamoDB numbers: +inf"),
        (#"{Item:{a:1e3}}"#, "Only Ion's decimals and integers are DynamoDB numbers: 1e3"),
        (#"{Item:{a:2007-02-23T}}"#, "Only Ion's decimals and integers are DynamoDB numbers: 2007-02-23T"),
        (#"{Item:{a:007}}"#, "Only Ion's decimals and integers are DynamoDB numbers: 007"),
        (#"{Item:{a:word}}"#, "Ion's symbols are no DynamoDB values: word"),
        (#"{Item:{a:(1 2)}}"#, "Ion's S-expressions are no DynamoDB values"),
        (#"{Item:{a:{{"clob"}}}}"#, "Ion's clobs are no DynamoDB values"),
        (#"{Item:{a:$dynamodb_SS::[1]}}"#, "$dynamodb_SS has an element of another type"),
        (#"{Item:{a:other::1}}"#, "An Ion annotation is unknown here: other"),
        (#"{Item:{a:1,a:2}}"#, "An Ion struct names a field twice: a"),
        (#"{Other:{a:1}}"#, "The Ion of an item has a field other than one Item"),
        ("{}", "The Ion of an item has no field Item"), ("[1]", "An item is not an Ion struct"),
        ("{Item:1}", "Item is not an Ion struct"), ("{Item:{a:[1,2", "The Ion of an item ends too early"),
        ("{Item:{}} x", "The Ion of an item can't be read at byte 10"),
        (String(repeating: "[", count: 3), "An item is not an Ion struct"),
        ("{Item:{a:" + String(repeating: "[", count: 5_000), "The Ion of an item is nested too deeply"),
    ])
    func refuses(_ line: String, _ reason: String) {
        #expect(throws: IonReader.Failure(reason: reason)) { try IonReader.item(Array(line.utf8)) }
    }

    @Test func readsWhatIonAllows() throws {
        #expect(try read("$ion_1_0") == nil)
        #expect(try read("// nothing") == nil)
        let line = #"""
            $ion_1_0 /* an item */ { 'Item' : { "a" : 1_000.5d-1, b:null.string, 'c d':'''one''' '''two''', e:{{ AP8= }},
            f:[1,"\x41\u00e9\ud83d\ude00\"",], $g:$dynamodb_NS::[1, 20.], h:{i:true,}, j:-0xFF, } }
            """#
        let item = try #require(try read(line))
        #expect(
            item.hasSameAttributes(as: [
                "a": .number(try Number(text: "100.05")), "b": .null, "c d": .string("onetwo"), "e": .binary([0, 255]),
                "f": .list([.number(Number(1)), .string("Aé😀\"")]), "$g": .numberSet([Number(1), Number(20)]),
                "h": .map(["i": .bool(true)]), "j": .number(Number(-255)),
            ]))
    }

    /// What is written is read back, whatever it is; and what is damaged is read or refused.
    @Test func comesBack() throws {
        var random = Seed(4)
        for _ in 0..<300 {
            var item: Attributes = [:]
            for _ in 0..<Int.random(in: 1...5, using: &random) { item[text(&random)] = value(&random, 0) }
            let line = Array(IonWriter.line(item).utf8)
            #expect(!line.contains(10))
            #expect(try IonReader.item(line).map { try Attributes($0) }?.hasSameAttributes(as: item) == true)
            var damaged = line
            damaged[Int.random(in: line.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            _ = try? IonReader.item(damaged)
        }
    }

    private func read(_ line: String) throws -> Attributes? { try IonReader.item(Array(line.utf8)).map { try Attributes($0) } }

    private func text(_ random: inout Seed) -> String {
        let some: [Character] = ["a", "Z", "_", "$", "7", "'", "\"", "\\", "\n", "\u{1}", "é", "😀", ":", "{", "\u{7F}", "/", "*"]
        return String((0..<Int.random(in: 1...6, using: &random)).compactMap { _ in some.randomElement(using: &random) })
    }

    private func value(_ random: inout Seed, _ depth: Int) -> AttributeValue {
        switch Int.random(in: 0...(depth < 3 ? 9 : 6), using: &random) {
        case 0: return .string(text(&random))
        case 1:
            let digits = Int.random(in: 0...999_999, using: &random)
            return .number((try? Number(text: "-\(digits)e\(Int.random(in: -20...20, using: &random))")) ?? .zero)
        case 2: return .binary((0..<Int.random(in: 0...5, using: &random)).map { UInt8($0) })
        case 3: return Bool.random(using: &random) ? .null : .bool(Bool.random(using: &random))
        case 4: return .stringSet(AttributeValue.sorted([text(&random), text(&random)]))
        case 5: return .numberSet([Number(-3), Number(Int.random(in: 0...9, using: &random))])
        case 6: return .binarySet([[1], [2, 3]])
        case 7, 8: return .list((0..<Int.random(in: 0...3, using: &random)).map { _ in value(&random, depth + 1) })
        default: return .map([text(&random): value(&random, depth + 1)])
        }
    }
}
