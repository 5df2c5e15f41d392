import Documents
import Kernel

/// Reads a `multipart/form-data` body (RFC 7578) up to its file, whose bytes then go by in pieces.
///
/// Memory is bounded: the fields before the file by ``Limit/formFieldBytes``, the file by one piece.
final class MultipartForm: @unchecked Sendable {  // one reader pulls at a time
    struct File: Sendable, Equatable {
        var name: String
    }

    private let source: IteratorBox
    private let boundary: [UInt8]
    private var buffer: [UInt8]
    private var isEnded = false
    private var isFileOver = false

    /// - Parameter contentType: the request's header.
    /// - Returns: nil for another type, or no boundary.
    init?(contentType: String, _ source: ByteStream) {
        guard contentType.lowercased().hasPrefix("multipart/form-data"),
            let boundary = Self.parameter("boundary", of: contentType),
            (1...70).contains(boundary.utf8.count)
        else { return nil }
        self.boundary = Array("\r\n--\(boundary)".utf8)
        self.source = IteratorBox(source.makeAsyncIterator())
        // The first boundary has no line before it.
        buffer = [0x0D, 0x0A]
    }

    /// `name` of `type; name="value"`.
    static func parameter(_ name: String, of header: String) -> String? {
        for part in header.split(separator: ";").dropFirst() {
            let trimmed = part.drop { $0 == " " || $0 == "\t" }
            guard let equals = trimmed.firstIndex(of: "="), trimmed[..<equals].lowercased() == name else { continue }
            var value = trimmed[trimmed.index(after: equals)...]
            while value.last == " " { value.removeLast() }
            if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
            return String(value)
        }
        return nil
    }

    /// The fields up to the file, with lower-case names, and the file.
    /// - Throws: ``FormFault``.
    func fields() async throws -> (fields: [(name: String, value: String)], file: File?) {
        var fields: [(name: String, value: String)] = []
        var taken = 0
        try await expectStart()
        while true {
            let isLast = try await isClosing()
            if isLast { return (fields, nil) }
            let head = try await take(until: Array("\r\n\r\n".utf8), limit: Limit.formFieldBytes)
            taken += head.count
            guard let disposition = Self.header("content-disposition", in: head),
                let name = Self.parameter("name", of: disposition)
            else { throw FormFault.malformed }
            if name == "file" {
                return (fields, File(name: Self.parameter("filename", of: disposition) ?? ""))
            }
            guard fields.count < Limit.formFields else { throw FormFault.fieldsTooLarge }
            let value = try await take(until: boundary, limit: Limit.formFieldBytes)
            taken += value.count
            guard taken <= Limit.formFieldBytes else { throw FormFault.fieldsTooLarge }
            guard let text = String(validating: value, as: UTF8.self) else { throw FormFault.malformed }
            fields.append((name.lowercased(), text))
        }
    }

    /// The next bytes of the file; nil at its end.
    func piece() async throws -> [UInt8]? {
        while !isFileOver {
            if let end = Self.find(boundary, in: buffer) {
                let piece = Array(buffer[..<end])
                buffer = []
                isFileOver = true
                try await drain()
                return piece.isEmpty ? nil : piece
            }
            // What may be the beginning of a boundary stays.
            let safe = buffer.count - boundary.count
            if safe > 0 {
                let piece = Array(buffer[..<safe])
                buffer.removeFirst(safe)
                return piece
            }
            guard try await fill() else { throw FormFault.malformed }
        }
        return nil
    }

    /// What follows the file is not looked at.
    private func drain() async throws {
        var count = 0
        while let piece = try await source.next() {
            count += piece.count
            guard count <= Limit.formFieldBytes else { throw FormFault.malformed }
        }
    }

    private func expectStart() async throws {
        while buffer.count < boundary.count { guard try await fill() else { throw FormFault.malformed } }
        guard buffer.starts(with: boundary) else { throw FormFault.malformed }
        buffer.removeFirst(boundary.count)
    }

    /// After a boundary: `--` ends the form, a line end goes on.
    private func isClosing() async throws -> Bool {
        while buffer.count < 2 { guard try await fill() else { throw FormFault.malformed } }
        let mark = buffer.prefix(2)
        buffer.removeFirst(2)
        if mark.elementsEqual([0x2D, 0x2D]) { return true }
        guard mark.elementsEqual([0x0D, 0x0A]) else { throw FormFault.malformed }
        return false
    }

    private func take(until mark: [UInt8], limit: Int) async throws -> [UInt8] {
        while true {
            if let end = Self.find(mark, in: buffer) {
                let taken = Array(buffer[..<end])
                buffer.removeFirst(end + mark.count)
                return taken
            }
            guard buffer.count <= limit else { throw FormFault.fieldsTooLarge }
            guard try await fill() else { throw FormFault.malformed }
        }
    }

    private func fill() async throws -> Bool {
        guard !isEnded, let piece = try await source.next() else {
            isEnded = true
            return false
        }
        buffer.append(contentsOf: piece)
        return true
    }

    static func find(_ mark: [UInt8], in bytes: [UInt8]) -> Int? {
        guard let first = mark.first, bytes.count >= mark.count else { return nil }
        var start = 0
        while start <= bytes.count - mark.count {
            guard let at = bytes[start...(bytes.count - mark.count)].firstIndex(of: first) else { return nil }
            if bytes[at..<at + mark.count].elementsEqual(mark) { return at }
            start = at + 1
        }
        return nil
    }

    private static func header(_ name: String, in head: [UInt8]) -> String? {
        for line in String(decoding: head, as: UTF8.self).split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else { continue }
            return String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        return nil
    }
}

/// What is wrong with a form upload.
enum FormFault: Fault, Equatable {
    /// A POST to a bucket whose body is no form.
    case noForm
    case malformed
    case fieldsTooLarge
    case noKey
    case emptyKey
    case noFile
    case missingField(String)
    case badPolicy(String)
    case refused(String)
    case tooLarge(Int64, max: Int64)
    case tooSmall(Int64, min: Int64)
    case badStatus(String)

    var wire: AWSError {
        switch self {
        case .noForm:
            AWSError(
                "PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold",
                fields: ["Condition": "Bucket POST must be of the enclosure-type multipart/form-data"])
        case .malformed:
            AWSError(
                "MalformedPOSTRequest", 400, "The body of your POST request is not well-formed multipart/form-data.")
        case .fieldsTooLarge:
            AWSError(
                "MaxPostPreDataLengthExceeded", 400, "Your POST request fields preceeding the upload file was too large.",
                fields: ["MaxPostPreDataLengthBytes": .string(String(Limit.formFieldBytes))])
        case .noKey:
            AWSError(
                "InvalidArgument", 400,
                "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
                fields: ["ArgumentName": "key", "ArgumentValue": ""])
        case .emptyKey:
            AWSError(
                "InvalidArgument", 400, "User key must have a length greater than 0.",
                fields: ["ArgumentName": "key", "ArgumentValue": ""])
        case .noFile:
            AWSError(
                "InvalidArgument", 400, "POST requires exactly one file upload per request.",
                fields: ["ArgumentName": "file", "ArgumentValue": "0"])
        case .missingField(let name):
            AWSError(
                "InvalidArgument", 400,
                "Bucket POST must contain a field named '\(name)'.  If it is specified, please check the order of the fields.",
                fields: ["ArgumentName": .string(name), "ArgumentValue": ""])
        case .badPolicy(let text): AWSError("InvalidPolicyDocument", 400, "Invalid Policy: \(text)")
        case .refused(let text): AWSError("AccessDenied", 403, "Invalid according to Policy: \(text)")
        case .tooLarge(let size, let limit):
            AWSError(
                "EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size",
                fields: ["ProposedSize": .string(String(size)), "MaxSizeAllowed": .string(String(limit))])
        case .tooSmall(let size, let limit):
            AWSError(
                "EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size",
                fields: ["ProposedSize": .string(String(size)), "MinSizeAllowed": .string(String(limit))])
        case .badStatus(let text):
            AWSError(
                "InvalidArgument", 400, "Invalid success_action_status.",
                fields: ["ArgumentName": "success_action_status", "ArgumentValue": .string(text)])
        }
    }
}
