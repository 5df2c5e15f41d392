import Documents
import Kernel
import Store

/// What a user has beside access keys: a password, SSH keys, certificates, credentials of single services. Kept under the
/// user's id, so that a new name changes nothing.
enum UserCredentials {
    enum Kind: String { case login, ssh, signing, service }

    static func all(_ kind: Kind, of user: UserRecord) -> Key {
        Key(.userCredential, .text(user.account), .text(user.id), .text(kind.rawValue))
    }

    static func key(_ kind: Kind, _ id: String, of user: UserRecord) -> Key { all(kind, of: user).appending(.text(id)) }
}

struct UserPage: Codable, Sendable {
    var UserName: String?
    var Marker: String?
    var MaxItems: Int?
}

extension Snapshot {
    /// What stands in the way of a user's deletion, in the order in which AWS looks.
    func credentialConflict(of user: UserRecord) throws -> IAMFault.Conflict? {
        if try contains(UserCredentials.key(.login, "", of: user)) { return .login }
        if try !devices(of: user).isEmpty { return .device }
        let kinds: [(UserCredentials.Kind, IAMFault.Conflict)] = [
            (.signing, .signing), (.ssh, .sshKeys), (.service, .serviceKeys),
        ]
        for (kind, conflict) in kinds {
            var isThere = false
            try scan(UserCredentials.all(kind, of: user), limit: 1) { _, _ in
                isThere = true
                return false
            }
            if isThere { return conflict }
        }
        return nil
    }
}
