import Store

/// Goes through the keys of a space in UTF-8 order, rolling up those that share a prefix up to the delimiter. A rolled-up
/// group is passed over by one seek, so the cost of a page depends on its entries and not on the bucket.
struct KeyWalk {
    enum Entry {
        case key(String, [UInt8], Key)
        case commonPrefix(String)
    }

    let space: Space
    let bucket: String
    let prefix: String
    let delimiter: String?

    init(space: Space, bucket: String, prefix: String?, delimiter: String?) {
        (self.space, self.bucket, self.prefix) = (space, bucket, prefix ?? "")
        self.delimiter = delimiter.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The first key of the store that can hold an entry after `marker`. A marker that is itself a common prefix is passed
    /// with everything under it.
    /// - Parameter inclusive: entries of the marker's own key come too.
    func start(after marker: String?, inclusive: Bool = false) -> Key {
        let begin = begin(prefix)
        guard let marker, !marker.isEmpty else { return begin }
        if let group = commonPrefix(of: marker), group == marker { return max(begin, past(group)) }
        let place = Key(space, .text(bucket), .text(marker))
        return max(begin, inclusive ? place : place.rangeEnd)
    }

    /// Visits entries from `start` on, until `visit` returns false.
    func run(from start: Key, in snapshot: Snapshot, _ visit: (Entry) throws -> Bool) throws {
        let end = past(prefix)
        let skipped = Key(space, .text(bucket)).bytes.count
        var next: Key? = start
        while let from = next, from < end {
            next = nil
            try snapshot.scan(from: from, to: end, reverse: false, limit: nil) { place, value in
                let key = try Self.text(place.bytes, from: skipped)
                guard let group = commonPrefix(of: key) else { return try visit(.key(key, value, place)) }
                if try visit(.commonPrefix(group)) { next = past(group) }
                return false
            }
        }
    }

    /// `key` up to and with the first delimiter after the prefix; nil if it has none.
    func commonPrefix(of key: String) -> String? {
        guard let delimiter, key.utf8.count > prefix.utf8.count, key.utf8.starts(with: prefix.utf8) else { return nil }
        let bytes = Array(key.utf8)
        let mark = Array(delimiter.utf8)
        var index = prefix.utf8.count
        while index + mark.count <= bytes.count {
            if bytes[index..<index + mark.count].elementsEqual(mark) {
                return String(decoding: bytes[..<(index + mark.count)], as: UTF8.self)
            }
            index += 1
        }
        return nil
    }

    /// Where keys that begin with `text` begin: its encoding without the closing zero.
    private func begin(_ text: String) -> Key { Key(bytes: Key(space, .text(bucket), .text(text)).bytes.dropLast()) }

    /// After every key that begins with `text`: UTF-8 has no byte 0xFF.
    private func past(_ text: String) -> Key { Key(bytes: begin(text).bytes + [0xFF]) }

    /// The text element at `start`, without taking the whole key apart.
    private static func text(_ bytes: [UInt8], from start: Int) throws -> String {
        guard start < bytes.count, bytes[start] == 0x02 else { throw StoreError.corrupt("object key") }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count - start)
        var index = start + 1
        while index < bytes.count {
            if bytes[index] == 0 {
                guard index + 1 < bytes.count, bytes[index + 1] == 0xFF else { break }
                index += 1
                text.append(0)
            } else {
                text.append(bytes[index])
            }
            index += 1
        }
        return String(decoding: text, as: UTF8.self)
    }
}
