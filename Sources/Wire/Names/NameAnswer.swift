/// The answer to one question of the Domain Name System (RFC 1035, sections 4.1 and 4.2.1; RFC 2308 for names without
/// data of a type). Names of ``LocalNames`` have one address; of others this server knows nothing and says so, on which a
/// resolver asks the next server of its list.
struct NameAnswer {
    enum Code: UInt8 { case done = 0, malformed = 1, notImplemented = 4, refused = 5 }
    private enum Kind { static let address: UInt16 = 1, address6: UInt16 = 28, any: UInt16 = 255 }
    private enum Size { static let header = 12, label = 63, name = 255 }

    /// Seconds that an answer may be remembered: a server that was stopped should be forgotten soon.
    private static let lifetime: [UInt8] = [0, 0, 0, 5]

    /// - Parameters:
    ///   - message: a datagram from anybody.
    ///   - address: what the names lead to, in four bytes or sixteen.
    /// - Returns: nil for what deserves no answer: a fragment, or itself an answer, which two servers could pass on for ever.
    static func bytes(to message: [UInt8], address: [UInt8]) -> [UInt8]? {
        guard message.count >= Size.header, message[2] & 0x80 == 0 else { return nil }
        guard message[2] & 0x78 == 0 else { return reply(message, .notImplemented) }
        guard number(message, 4) == 1, let question = Question(message) else { return reply(message, .malformed) }
        guard question.isInternet, LocalNames.covers(question.name) else { return reply(message, .refused, question) }
        let own = address.count == 4 ? Kind.address : Kind.address6
        return reply(message, .done, question, address: question.kind == own || question.kind == Kind.any ? (own, address) : nil)
    }

    private struct Question {
        var name: String
        var kind: UInt16
        var isInternet: Bool
        /// As it was asked; it stands in the answer so, capitals included.
        var bytes: ArraySlice<UInt8>

        /// Nil for what can't be read. Nothing comes before a question that its name could point to.
        init?(_ message: [UInt8]) {
            var labels: [String] = []
            var place = Size.header
            while true {
                guard place < message.count else { return nil }
                let length = Int(message[place])
                place += 1
                if length == 0 { break }
                guard length <= Size.label, place + length <= message.count, place + length - Size.header < Size.name else {
                    return nil
                }
                let label = message[place..<place + length]
                // A dot inside of a label would make another name of it.
                guard label.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ".") }) else { return nil }
                labels.append(String(decoding: label, as: UTF8.self).lowercased())
                place += length
            }
            guard place + 4 <= message.count else { return nil }
            name = labels.joined(separator: ".")
            kind = NameAnswer.number(message, place)
            let family = NameAnswer.number(message, place + 2)
            isInternet = family == 1 || family == Kind.any
            bytes = message[Size.header..<place + 4]
        }
    }

    private static func number(_ bytes: [UInt8], _ place: Int) -> UInt16 { UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1]) }

    private static func reply(
        _ message: [UInt8], _ code: Code, _ question: Question? = nil, address: (kind: UInt16, bytes: [UInt8])? = nil
    ) -> [UInt8] {
        // An answer, with authority over what it knows; whether recursion was asked for is repeated.
        let flags: UInt8 = 0x80 | (code == .done ? 0x04 : 0) | message[2] & 0x01
        var reply = [message[0], message[1], flags | message[2] & 0x78, code.rawValue]
        reply += [0, question == nil ? 0 : 1, 0, address == nil ? 0 : 1, 0, 0, 0, 0]
        if let question { reply += question.bytes }
        if let address {
            // The name is the question's, which begins behind the header.
            reply += [0xC0, UInt8(Size.header), UInt8(address.kind >> 8), UInt8(address.kind & 0xFF), 0, 1]
            reply += lifetime + [0, UInt8(address.bytes.count)] + address.bytes
        }
        return reply
    }
}
