import Documents
import Kernel
import Store

extension MFADeviceRecord: TaggedEntity {
    static var nameMember: String { "SerialNumber" }
    var key: Key { Self.key(account, serial) }

    static func find(_ serial: String, in account: String, _ snapshot: Snapshot) throws -> Self {
        guard let device = try snapshot.record(Self.self, key(account, serial)) else { throw missing(serial) }
        return device
    }

    static func missing(_ serial: String) -> IAMFault {
        .entityNotFound("VirtualMFADevice with serial number \(serial) doesn't exist.")
    }
}

extension Snapshot {
    func devices(of user: UserRecord) throws -> [MFADeviceRecord] {
        try all(MFADeviceRecord.self, MFADeviceRecord.all(in: user.account)) { $0.user == user.name }
    }
}

/// CreateVirtualMFADevice, ListVirtualMFADevices, EnableMFADevice, ResyncMFADevice, DeactivateMFADevice, ListMFADevices,
/// GetMFADevice, DeleteVirtualMFADevice. The codes are those of RFC 6238 on the platform's clock.
enum MFADevices {
    struct Create: Codable, Sendable {
        var Path: String?
        var VirtualMFADeviceName: String
        var Tags: [Tag]?
    }
    struct Shape: Codable, Sendable {
        var SerialNumber: String
        var Base32StringSeed: [UInt8]?
        var QRCodePNG: [UInt8]?
        var User: UserShape?
        var EnableDate: Timestamp?
        var Tags: [Tag]?
    }
    struct Created: Codable, Sendable { var VirtualMFADevice: Shape }
    struct ListInput: Codable, Sendable {
        var AssignmentStatus: String?
        var Marker: String?
        var MaxItems: Int?
    }
    struct VirtualList: Codable, Sendable {
        var VirtualMFADevices: [Shape]
        var IsTruncated: Bool
        var Marker: String?
    }
    struct Codes: Codable, Sendable {
        var UserName: String
        var SerialNumber: String
        var AuthenticationCode1: String
        var AuthenticationCode2: String
    }
    struct Pair: Codable, Sendable {
        var UserName: String?
        var SerialNumber: String
    }
    struct UserPage: Codable, Sendable {
        var UserName: String?
        var Marker: String?
        var MaxItems: Int?
    }
    struct Device: Codable, Sendable {
        var UserName: String
        var SerialNumber: String
        var EnableDate: Timestamp
    }
    struct List: Codable, Sendable {
        var MFADevices: [Device]
        var IsTruncated: Bool
        var Marker: String?
    }
    struct Got: Codable, Sendable {
        var UserName: String?
        var SerialNumber: String
        var EnableDate: Timestamp?
    }

    private enum Window {
        /// Steps around the present in which the two codes of EnableMFADevice are looked for.
        static let enable: Int64 = 2
        /// Likewise of ResyncMFADevice, which is for devices whose clocks are off.
        static let resync: Int64 = 120
    }

    static func register(in operations: inout Operations) {
        EntityTags<MFADeviceRecord>.register("MFADevice", in: &operations)
        operations.on("CreateVirtualMFADevice") { (input: Create, context) in try await create(input, context) }
        operations.on("ListVirtualMFADevices") { (input: ListInput, context) in try await listVirtual(input, context) }
        operations.on("EnableMFADevice") { (input: Codes, context) in
            try await context.store.write { txn in
                let user = try txn.find(UserRecord.self, context.account, input.UserName)
                var device = try MFADeviceRecord.find(input.SerialNumber, in: context.account, txn)
                guard device.user == nil else {
                    throw IAMFault.entityExists("MFA Device is already in use.")
                }
                guard try txn.devices(of: user).count < Limit.devicesPerUser else {
                    throw IAMFault.quota(name: "MFADevicesPerUser", limit: Limit.devicesPerUser)
                }
                try synchronize(&device, input, context, window: Window.enable)
                (device.user, device.enabled) = (user.name, context.now)
                try txn.put(device.key, device)
                return Nothing()
            }
        }
        operations.on("ResyncMFADevice") { (input: Codes, context) in
            try await context.store.write { txn in
                var device = try assigned(input.SerialNumber, to: input.UserName, context.account, txn)
                try synchronize(&device, input, context, window: Window.resync)
                try txn.put(device.key, device)
                return Nothing()
            }
        }
        operations.on("DeactivateMFADevice") { (input: Pair, context) in
            let name = try Users.name(input.UserName, context)
            return try await context.store.write { txn in
                var device = try assigned(input.SerialNumber, to: name, context.account, txn)
                (device.user, device.enabled, device.lastStep, device.drift) = (nil, nil, nil, 0)
                try txn.put(device.key, device)
                return Nothing()
            }
        }
        operations.on("ListMFADevices") { (input: UserPage, context) in
            let request = try PageRequest(input.Marker, input.MaxItems, of: context.list(input.UserName))
            if Users.isRoot(input.UserName, context) { return List(MFADevices: [], IsTruncated: false) }
            let name = try Users.name(input.UserName, context)
            let devices = try await context.store.read { try $0.devices(of: $0.find(UserRecord.self, context.account, name)) }
            let page = Page(of: devices, request, name: \.serial)
            let items = page.items.map {
                Device(UserName: $0.user ?? "", SerialNumber: $0.serial, EnableDate: $0.enabled ?? $0.created)
            }
            return List(MFADevices: items, IsTruncated: page.isTruncated, Marker: page.marker)
        }
        operations.on("GetMFADevice") { (input: Pair, context) in
            let device = try await context.store.read { snapshot in
                guard let user = input.UserName else {
                    return try MFADeviceRecord.find(input.SerialNumber, in: context.account, snapshot)
                }
                return try assigned(input.SerialNumber, to: user, context.account, snapshot)
            }
            return Got(UserName: device.user, SerialNumber: device.serial, EnableDate: device.enabled)
        }
        operations.on("DeleteVirtualMFADevice") { (input: Of<MFADeviceRecord, Nothing>, context) in
            try await context.store.write { txn in
                let device = try MFADeviceRecord.find(input.name, in: context.account, txn)
                guard device.user == nil else { throw IAMFault.conflict(.deviceInUse) }
                try txn.delete(device.key)
                return Nothing()
            }
        }
    }

    private static func assigned(
        _ serial: String, to user: String, _ account: String, _ snapshot: Snapshot
    ) throws -> MFADeviceRecord {
        let user = try snapshot.find(UserRecord.self, account, user)
        let device = try MFADeviceRecord.find(serial, in: account, snapshot)
        guard device.user == user.name else { throw MFADeviceRecord.missing(serial) }
        return device
    }

    private static func synchronize(
        _ device: inout MFADeviceRecord, _ input: Codes, _ context: Context, window: Int64
    ) throws {
        let isRight = try device.synchronize(
            input.AuthenticationCode1, input.AuthenticationCode2, now: context.now, window: window, context.platform.rootKey)
        guard isRight else { throw IAMFault.invalidCode }
    }

    private static func create(_ input: Create, _ context: Context) async throws -> Created {
        let seed = Identifier.random(40)
        let text = Base32.text(seed)
        // What authenticator apps read (API Reference, "VirtualMFADevice").
        let label = PercentEncoding.encode("\(input.VirtualMFADeviceName)@\(context.account)", keeping: "@")
        let image = QRCode(Array("otpauth://totp/\(label)?secret=\(text)".utf8)).map(QRImage.png)
        return try await context.store.write { txn in
            var device = try MFADeviceRecord(
                account: context.account, name: input.VirtualMFADeviceName, path: input.Path ?? "/", created: context.now,
                seed: seed, context.platform.rootKey)
            guard try !txn.contains(device.key) else {
                throw IAMFault.entityExists("MFADevice entity at the same path and name already exists.")
            }
            try device.tags.add(input.Tags ?? [])
            try txn.put(device.key, device)
            return Created(
                VirtualMFADevice: Shape(
                    SerialNumber: device.serial, Base32StringSeed: Array(text.utf8), QRCodePNG: image,
                    Tags: device.tags.isEmpty ? nil : Tag.list(device.tags)))
        }
    }

    private static func listVirtual(_ input: ListInput, _ context: Context) async throws -> VirtualList {
        let request = try PageRequest(input.Marker, input.MaxItems, of: context.list(input.AssignmentStatus))
        return try await context.store.read { snapshot in
            let devices = try snapshot.all(MFADeviceRecord.self, MFADeviceRecord.all(in: context.account)) { device in
                switch input.AssignmentStatus {
                case "Assigned": device.user != nil
                case "Unassigned": device.user == nil
                default: true
                }
            }
            let page = Page(of: devices, request, name: \.serial)
            let items = try page.items.map { device in
                let user = try device.user.map { try snapshot.find(UserRecord.self, device.account, $0) }
                return Shape(
                    SerialNumber: device.serial, User: user.map { UserShape($0, inList: true) }, EnableDate: device.enabled)
            }
            return VirtualList(VirtualMFADevices: items, IsTruncated: page.isTruncated, Marker: page.marker)
        }
    }
}

/// RFC 4648, section 6, without padding: 40 bytes make 64 characters.
enum Base32 {
    static func text(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var (text, buffer, bits): ([UInt8], UInt32, UInt32) = ([], 0, 0)
        for byte in bytes {
            (buffer, bits) = (buffer << 8 | UInt32(byte), bits + 8)
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[Int(buffer >> bits & 31)])
            }
            buffer &= (1 << bits) - 1
        }
        if bits > 0 { text.append(alphabet[Int(buffer << (5 - bits) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
