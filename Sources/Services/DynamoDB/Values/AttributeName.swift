@_spi(_Unicode) import Swift

/// Names of attributes. DynamoDB tells them apart by their bytes, Swift's dictionaries by Unicode's canonical equivalence
/// (https://unicode.org/reports/tr15/). Among names in normalization form C the two are the same, so others are refused:
/// an item could hold either of two names that look alike, but not both.
enum AttributeName {
    static func check(_ name: String) throws(DynamoDBFault) {
        if name.utf8.allSatisfy({ $0 < 0x80 }) { return }
        guard name.unicodeScalars.elementsEqual(name._nfc) else {
            throw .validation("Tarn takes attribute names in Unicode normalization form C only: \(name)")
        }
    }
}
