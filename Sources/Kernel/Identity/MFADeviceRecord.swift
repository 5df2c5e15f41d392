import Crypto
import Documents
import Store

/// A virtual MFA device: a seed that a user's authenticator app shares with us.
public struct MFADeviceRecord: Stored, Hashable {
    public static let tag: UInt8 = 2
    public var account: String
    public var name: String
    public var path: String
    public var created: Timestamp
    /// Sealed by the root key. Records of the first form have it open; they are sealed when they are next written.
    private var sealedSeed: [UInt8]?
    private var seed: [UInt8]?
    /// The user whose second factor it is.
    public var user: String?
    public var enabled: Timestamp?
    /// The last step whose code was taken; a code counts once.
    public var lastStep: Int64?
    /// How many steps the device is ahead of the platform's clock.
    public var drift: Int64
    public var tags: TagList

    public init(account: String, name: String, path: String, created: Timestamp, seed: [UInt8], _ root: RootKey) throws {
        (self.account, self.name, self.path, self.created) = (account, name, path, created)
        (drift, tags) = (0, [:])
        try seal(seed, root)
    }

    private mutating func seal(_ open: [UInt8], _ root: RootKey) throws {
        (sealedSeed, seed) = (try root.sealer(Self.purpose).seal(open, place: serial), nil)
    }

    /// The seed that the user's app has too.
    /// - Throws: ``Sealer/Failure`` under another root key.
    public mutating func openSeed(_ root: RootKey) throws -> [UInt8] {
        if let sealedSeed { return try root.sealer(Self.purpose).open(sealedSeed, place: serial) }
        let open = seed ?? []
        try seal(open, root)
        return open
    }

    private static let purpose = "mfa seed"

    /// Its ARN.
    public var serial: String { ARN("iam", account: account, "mfa\(path)\(name)").description }
    public static func key(_ account: String, _ serial: String) -> Key { Key(.mfaDevice, .text(account), .text(serial)) }
    public static func all(in account: String) -> Key { Key(.mfaDevice, .text(account)) }

    /// Takes a code if it is that of the present step or of a neighbour, and has not been used.
    public mutating func accept(_ code: String, now: Timestamp, _ root: RootKey) throws -> Bool {
        let seed = try openSeed(root)
        let present = TimeCode.step(now) + drift
        for step in [present, present - 1, present + 1] where step > lastStep ?? .min && TimeCode.isCode(code, seed, step) {
            lastStep = step
            return true
        }
        return false
    }

    /// Takes two consecutive codes, from at most `window` steps around the present one, and learns the device's drift.
    public mutating func synchronize(
        _ first: String, _ second: String, now: Timestamp, window: Int64, _ root: RootKey
    ) throws -> Bool {
        let seed = try openSeed(root)
        let present = TimeCode.step(now)
        for step in (present - window)...(present + window)
        where TimeCode.isCode(first, seed, step) && TimeCode.isCode(second, seed, step + 1) {
            (lastStep, drift) = (step + 1, step + 1 - present)
            // Within the tolerance of ``accept(_:now:_:)``, and typed while time went on: no drift.
            if abs(drift) <= 1 { drift = 0 }
            return true
        }
        return false
    }
}

/// Time-based one-time passwords: six digits, SHA-1, steps of 30 seconds (RFC 6238).
public enum TimeCode {
    static let period: Int64 = 30

    public static func step(_ now: Timestamp) -> Int64 { now.seconds / period }

    public static func code(_ seed: [UInt8], _ step: Int64) -> String {
        let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> (56 - 8 * $0)) }
        let mac = Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: seed)))
        let offset = Int(mac[19] & 15)
        let number = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    static func isCode(_ code: String, _ seed: [UInt8], _ step: Int64) -> Bool {
        ConstantTime.equal(code, self.code(seed, step))
    }
}
