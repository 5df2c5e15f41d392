import Testing

@testable import FunctionEngine

/// What a function prints, cut into the messages of its log.
struct PrintoutTests {
    private func frame(_ text: String, type: UInt8 = 0x03) -> [UInt8] {
        let message = Array(text.utf8)
        let length = (0..<4).reversed().map { UInt8(truncatingIfNeeded: message.count >> ($0 * 8)) }
        return [0xa5, 0x5a, 0x00, type] + length + [UInt8](repeating: 0x0a, count: 8) + message
    }

    @Test func framesStayWholeBetweenLinesHoweverTheBytesArrive() {
        let bytes =
            Array("a\nb, å".utf8) + frame("[ERROR] x\nTraceback:\n  at å\n", type: 0x17) + frame("") + frame("second")
            + Array("å\u{5a}c\n\nrest".utf8)
        let expected = ["a\n", "b, å", "[ERROR] x\nTraceback:\n  at å\n", "second", "åZc\n", "\n", "rest"]
        for first in 0...bytes.count {
            for second in [first, min(first + 1, bytes.count), (first + bytes.count) / 2] {
                var printout = Printout()
                let parts = [bytes[..<first], bytes[first..<second], bytes[second...]]
                let messages = parts.flatMap { printout.take($0) } + printout.close()
                #expect(messages == expected, "cut at \(first) and \(second)")
            }
        }
    }

    @Test func aMessageLargerThanAnEventIsCutBetweenCharacters() {
        let text = "x" + String(repeating: "å", count: Printout.Limit.message)
        for bytes in [frame(text), Array(text.utf8)] {
            var printout = Printout()
            let messages = printout.take(bytes) + printout.close()
            #expect(messages.joined() == text)
            #expect(messages.count == 3)
            #expect(messages.allSatisfy { $0.utf8.count <= Printout.Limit.message })
        }
    }

    @Test func aFrameThatNeverEndsHidesNothing() {
        var printout = Printout()
        #expect(printout.take(Array(frame("lost?").dropLast())) == [])
        #expect(printout.close() == ["lost"])
        #expect(printout.take(Array("next\n".utf8)) == ["next\n"])
        #expect(printout.take([0xa5, 0x5a]) == [])
        #expect(printout.close().count == 1)
    }
}
