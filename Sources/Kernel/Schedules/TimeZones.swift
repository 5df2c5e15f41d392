import Documents
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The time zones of the machine's database, read when first asked for.
public final class TimeZones: Sendable {
    enum Limit {
        static let nameBytes = 50
        static let fileBytes = 1 << 20
    }
    private let directories: [String]
    private let known = Mutex<[String: TimeZoneRules]>([:])

    /// - Parameter directories: where compiled time zone files may lie; the first that has a name counts.
    public init(directories: [String] = ["/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo"]) {
        self.directories = directories
    }

    /// - Returns: nil for a name that the database does not have.
    public func rules(_ name: String) -> TimeZoneRules? {
        if name == "UTC" { return .utc }
        if let rules = known.withLock({ $0[name] }) { return rules }
        guard Self.isName(name) else { return nil }
        for directory in directories {
            guard let bytes = Self.contents("\(directory)/\(name)"), let rules = TimeZoneRules(bytes) else { continue }
            known.withLock { $0[name] = rules }
            return rules
        }
        return nil
    }

    /// `Europe/Berlin`, and nothing that leaves the directory.
    private static func isName(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= Limit.nameBytes, !name.contains(".."), name.first?.isLetter == true else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"):
                true
            default: false
            }
        }
    }

    private static func contents(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= Limit.fileBytes else { return nil }
        }
    }
}
