import Documents
import Kernel
import Testing

@testable import SQS

@Suite struct MessageFormTests {
    /// The example of "Calculating the MD5 message digest for message attributes" has its own test in boto3's clients: they
    /// check each answer. Here only the order and the kinds.
    @Test func attributesAreDigestedInTheOrderOfTheirNames() {
        let one: Document = [
            "b": ["DataType": "Binary", "BinaryValue": .blob([1, 2])], "a": ["DataType": "String", "StringValue": "x"],
        ]
        let other: Document = [
            "a": ["DataType": "String", "StringValue": "x"], "b": ["DataType": "Binary", "BinaryValue": .blob([1, 2])],
        ]
        #expect(MessageDigest.hex(attributes: one) == MessageDigest.hex(attributes: other))
        #expect(MessageDigest.hex(attributes: [:]) == nil)
    }

    @Test func recordsComeBackAsTheyWere() throws {
        var record = MessageRecord(sent: 1, sequence: 2, id: "id", visibleAt: 3, bodyMD5: "md5", sender: "me")
        (record.body, record.seal, record.group) = ([1, 2, 3], .kms(wrapped: [9], arn: "arn"), "g")
        record.attributes = ["a": ["DataType": "String", "StringValue": "x"]]
        let back = try MessageRecord(stored: record.stored())
        #expect(back.stored() == record.stored())
        #expect(back.seal == record.seal)
    }

    @Test func handlesOfOthersAreNone() {
        #expect(ReceiptHandle("") == nil)
        #expect(ReceiptHandle("AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a") == nil)
        #expect(ReceiptHandle("not base64!") == nil)
    }

    @Test(arguments: [("plain\ttext\n", true), ("\u{0}", false), ("\u{1F}", false), ("\u{FFFE}", false), ("é漢🎉\u{FFFD}", true)])
    func charactersThatXMLDoesNotHaveAreForeign(_ text: String, _ isGood: Bool) {
        #expect((MessageRules.foreign(text) == nil) == isGood)
    }

    @Test func sequenceNumbersHaveTwentyDigitsAndGrow() {
        let numbers = [1, 2, 10, 4_000_000].map { MessageRecord.sequenceNumber($0) }
        #expect(numbers.allSatisfy { $0.utf8.count == 20 })
        #expect(numbers == numbers.sorted())
    }
}
