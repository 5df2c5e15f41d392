import Documents

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Why a model can't be used.
public enum ModelError: Error, Sendable, Equatable {
    /// The file can't be read; `code` is the system's errno.
    case unreadable(path: String, code: Int32)
    /// The file is larger than ``ModelFile/sizeMax``.
    case tooLarge(path: String, bytes: Int)
    /// The file isn't what set-up writes.
    case malformed(path: String, what: String)
    /// The index names no such service.
    case unknownService(String)
}

extension ModelError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let path, let code):
            "the API model \(path) can't be read: \(String(cString: strerror(code))); `./run --setup` makes it"
        case .tooLarge(let path, let bytes): "the API model \(path) has \(bytes) bytes, more than any of AWS's"
        case .malformed(let path, let what): "the API model \(path) is not what `./run --setup` writes: \(what)"
        case .unknownService(let id): "there is no API model of \(id)"
        }
    }
}

/// A model file in memory: its bytes, and where each shape and operation stands in them.
///
/// The bytes are a tenth of what the parsed document would take, so shapes are parsed one at a time, when first asked
/// for.
struct ModelFile: Sendable {
    /// EC2's, the largest of AWS's models, is 2 MB when compacted.
    static let sizeMax = 32 << 20

    let path: String
    let bytes: [UInt8]
    private(set) var metadata: Range<Int>?
    private(set) var operations: [String: Range<Int>] = [:]
    /// The operations' names in the model's order.
    private(set) var operationNames: [String] = []
    private(set) var shapes: [String: Range<Int>] = [:]

    init(path: String) throws {
        try self.init(bytes: Self.contents(path), path: path)
    }

    init(bytes: [UInt8], path: String) throws {
        (self.path, self.bytes) = (path, bytes)
        var skimmer = Skimmer(bytes: bytes)
        do {
            try skimmer.object { name, skimmer in
                switch name {
                case "metadata": metadata = try skimmer.value()
                case "operations":
                    try skimmer.object { name, skimmer in
                        operations[name] = try skimmer.value()
                        operationNames.append(name)
                    }
                case "shapes": try skimmer.object { name, skimmer in shapes[name] = try skimmer.value() }
                default: _ = try skimmer.value()
                }
            }
        } catch {
            throw ModelError.malformed(path: path, what: "\(error)")
        }
    }

    func document(_ range: Range<Int>) throws -> Document {
        do { return try JSON.parse(Array(bytes[range])) } catch {
            throw ModelError.malformed(path: path, what: "\(error) after byte \(range.lowerBound)")
        }
    }

    /// The whole of a file. - Throws: ``ModelError``
    static func contents(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ModelError.unreadable(path: path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ModelError.unreadable(path: path, code: errno) }
        let size = Int(status.st_size)
        guard size <= sizeMax else { throw ModelError.tooLarge(path: path, bytes: size) }
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
                if got < 0 {
                    if errno == EINTR { continue }
                    failure = errno
                    return
                }
                if got == 0 { return }
                count += got
            }
        }
        guard failure == 0 else { throw ModelError.unreadable(path: path, code: failure) }
        return bytes
    }
}

/// Finds where the values of a JSON object begin and end, without making anything of them.
struct Skimmer {
    let bytes: [UInt8]
    var at = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Goes through the members of the object that stands here; `member` must take the value.
    mutating func object(_ member: (String, inout Skimmer) throws -> Void) throws {
        try take(UInt8(ascii: "{"))
        if try peek() == UInt8(ascii: "}") {
            at += 1
            return
        }
        while true {
            _ = try peek()
            let start = at
            try string()
            let name = String(decoding: bytes[(start + 1)..<(at - 1)], as: UTF8.self)
            try take(UInt8(ascii: ":"))
            try member(name, &self)
            let next = try peek()
            at += 1
            if next == UInt8(ascii: "}") { return }
            guard next == UInt8(ascii: ",") else { throw DocumentError(.malformed, offset: at - 1) }
        }
    }

    /// Steps over one value of any kind and gives where it stands.
    mutating func value() throws -> Range<Int> {
        _ = try peek()
        let start = at
        var depth = 0
        repeat {
            guard at < bytes.count else { throw DocumentError(.malformed, offset: at) }
            switch bytes[at] {
            case UInt8(ascii: "\""): try string()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                at += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                at += 1
            case UInt8(ascii: ",") where depth == 0: throw DocumentError(.malformed, offset: at)
            default:
                at += 1
                // A number or word at the top runs to the next separator.
                while depth == 0, at < bytes.count, !Self.ends(bytes[at]) { at += 1 }
            }
        } while depth > 0
        return start..<at
    }

    private static func ends(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
    }

    private mutating func string() throws {
        try take(UInt8(ascii: "\""))
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\\"): at += 2
            case UInt8(ascii: "\""):
                at += 1
                return
            default: at += 1
            }
        }
        throw DocumentError(.malformed, offset: at)
    }

    private mutating func peek() throws -> UInt8 {
        while at < bytes.count, bytes[at] <= 0x20 { at += 1 }
        guard at < bytes.count else { throw DocumentError(.malformed, offset: at) }
        return bytes[at]
    }

    private mutating func take(_ byte: UInt8) throws {
        guard try peek() == byte else { throw DocumentError(.malformed, offset: at) }
        at += 1
    }
}
