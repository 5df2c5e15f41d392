import Documents
import Kernel
import Store

/// A user's MFA device and the code that it shows.
enum SecondFactor {
    /// - Returns: whether a second factor was shown; false if none was named.
    /// - Throws: ``STSFault`` for half of one, for a device that is not the caller's, and for a code that is wrong or used.
    static func check(_ serial: String?, _ code: String?, _ context: Context) async throws -> Bool {
        if serial == nil, code == nil { return false }
        guard let serial, let code else { throw STSFault.factorIncomplete }
        let caller = context.caller
        guard caller.kind == .user, let name = caller.arn.split(separator: "/").last.map(String.init) else {
            throw STSFault.factorUnknown
        }
        return try await context.store.write { txn in
            guard let user = try txn.record(UserRecord.self, UserRecord.key(caller.account, name)),
                user.id == caller.principalID,
                var device = try txn.record(MFADeviceRecord.self, MFADeviceRecord.key(caller.account, serial)),
                device.user == user.name
            else { throw STSFault.factorUnknown }
            guard try device.accept(code, now: context.now, context.platform.rootKey) else { throw STSFault.factorWrong }
            try txn.put(MFADeviceRecord.key(caller.account, serial), device)
            return true
        }
    }
}
