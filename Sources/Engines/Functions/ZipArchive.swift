/// Limits of deployment packages (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
public enum ArchiveLimit {
    /// Bytes of an archive that is sent within the request.
    public static let directUpload = 50 << 20
    /// Bytes of everything in it, unpacked.
    public static let unpackedSize: Int64 = 262_144_000
    /// Members; AWS names no number, but each costs an inode.
    public static let members = 100_000
    /// Bytes of a member's path.
    public static let pathLength = 1_024
}

/// The directory of a zip archive (PKWARE APPNOTE.TXT 6.3.10), checked so that no member can leave the directory that it
/// is unpacked into. Nothing is unpacked here: see ``ArchiveUnpacker``.
public struct ZipArchive: Sendable {
    public enum Kind: Sendable, Equatable { case file, directory, symbolicLink }

    public struct Member: Sendable {
        /// Relative, without `.`, `..` and empty parts.
        public var path: [String]
        public var kind: Kind
        /// Permission bits; 0o644 where the archive carries none.
        public var mode: UInt16
        var method: UInt16
        var crc: UInt32
        var packedSize: Int
        var size: Int64
        /// Where the packed bytes begin.
        var start: Int
    }

    public let bytes: [UInt8]
    public private(set) var members: [Member] = []

    /// - Throws: ``EngineFault/badArchive(_:)``, ``EngineFault/archiveTooLarge``.
    public init(_ bytes: [UInt8]) throws(EngineFault) {
        self.bytes = bytes
        let end = try Self.findEnd(bytes)
        let count = Int(try half(end + 10))
        let directorySize = Int(try word(end + 12))
        var position = Int(try word(end + 16))
        guard count <= ArchiveLimit.members else { throw .badArchive("too many members") }
        guard position >= 0, position <= end, directorySize <= end - position else {
            throw .badArchive("directory out of bounds")
        }
        var total: Int64 = 0
        for _ in 0..<count {
            let (member, next) = try readMember(position)
            position = next
            total += member.size
            guard total <= ArchiveLimit.unpackedSize else { throw .archiveTooLarge }
            members.append(member)
        }
        try refuseConflicts()
    }

    private static func findEnd(_ bytes: [UInt8]) throws(EngineFault) -> Int {
        guard bytes.count >= 22 else { throw .badArchive("too short") }
        let first = max(0, bytes.count - 22 - 0xFFFF)
        for position in stride(from: bytes.count - 22, through: first, by: -1)
        where bytes[position] == 0x50 && bytes[position + 1] == 0x4B && bytes[position + 2] == 5 && bytes[position + 3] == 6 {
            return position
        }
        throw .badArchive("no end of central directory")
    }

    private func half(_ position: Int) throws(EngineFault) -> UInt16 {
        guard position >= 0, position + 2 <= bytes.count else { throw .badArchive("cut short") }
        return UInt16(bytes[position]) | UInt16(bytes[position + 1]) << 8
    }

    private func word(_ position: Int) throws(EngineFault) -> UInt32 {
        UInt32(try half(position)) | UInt32(try half(position + 2)) << 16
    }

    private func readMember(_ position: Int) throws(EngineFault) -> (Member, next: Int) {
        guard try word(position) == 0x0201_4B50 else { throw .badArchive("bad directory entry") }
        let madeBy = try half(position + 4) >> 8
        guard try half(position + 8) & 1 == 0 else { throw .badArchive("encrypted member") }
        let method = try half(position + 10)
        guard method == 0 || method == 8 else { throw .badArchive("compression method \(method)") }
        let (packed, size) = (try word(position + 20), try word(position + 24))
        let offset = try word(position + 42)
        guard packed != .max, size != .max, offset != .max else { throw .badArchive("zip64 member") }
        let nameLength = Int(try half(position + 28))
        let next = position + 46 + nameLength + Int(try half(position + 30)) + Int(try half(position + 32))
        guard nameLength <= ArchiveLimit.pathLength, position + 46 + nameLength <= bytes.count else {
            throw .badArchive("name too long")
        }
        guard let name = String(validating: bytes[(position + 46)..<(position + 46 + nameLength)], as: UTF8.self) else {
            throw .badArchive("name is not UTF-8")
        }
        let attributes = try word(position + 38)
        let unixMode = madeBy == 3 ? UInt16(attributes >> 16) : 0
        let kind: Kind =
            if name.hasSuffix("/") || unixMode & 0o170000 == 0o040000 { .directory } else if unixMode & 0o170000 == 0o120000 {
                .symbolicLink
            } else { .file }
        let type = unixMode & 0o170000
        guard type == 0 || type == 0o100000 || type == 0o040000 || type == 0o120000 else { throw .badArchive("special file") }
        let header = Int(offset)
        guard try word(header) == 0x0403_4B50 else { throw .badArchive("bad local header") }
        let start = header + 30 + Int(try half(header + 26)) + Int(try half(header + 28))
        guard start + Int(packed) <= bytes.count else { throw .badArchive("member out of bounds") }
        let permissions = unixMode & 0o777
        let member = Member(
            path: try Self.safePath(name), kind: kind, mode: permissions == 0 ? 0o644 : permissions, method: method,
            crc: try word(position + 16), packedSize: Int(packed), size: Int64(size), start: start)
        return (member, next)
    }

    /// The parts of a member's path.
    /// - Throws: for a path that is absolute, climbs, or holds what no file name may.
    static func safePath(_ name: String) throws(EngineFault) -> [String] {
        guard !name.hasPrefix("/"), !name.contains("\\"), !name.utf8.contains(0) else { throw .badArchive("unsafe path") }
        let parts = name.split(separator: "/").map(String.init).filter { $0 != "." }
        guard !parts.contains("..") else { throw .badArchive("unsafe path") }
        return parts
    }

    /// A symbolic link's target must stay inside.
    static func isInside(target: String, from directory: [String]) -> Bool {
        guard !target.isEmpty, !target.hasPrefix("/"), !target.utf8.contains(0) else { return false }
        var depth = directory.count
        for part in target.split(separator: "/") where part != "." {
            depth += part == ".." ? -1 : 1
            if depth < 0 { return false }
        }
        return true
    }

    /// No member may lie under a link or a file of the same archive: unpacking would write through it.
    private func refuseConflicts() throws(EngineFault) {
        var leaves: Set<[String]> = []
        for member in members where member.kind != .directory {
            guard !member.path.isEmpty, leaves.insert(member.path).inserted else { throw .badArchive("duplicate member") }
        }
        for member in members {
            for length in 1..<max(member.path.count, 1) where leaves.contains(Array(member.path.prefix(length))) {
                throw .badArchive("member under a file or link")
            }
            if member.kind == .directory, leaves.contains(member.path) { throw .badArchive("duplicate member") }
        }
    }
}
