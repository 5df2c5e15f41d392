import Documents
import Kernel
import Store

struct ServiceCredentialRecord: Stored {
    static let tag: UInt8 = 1
    /// `ACCA...`
    var id: String
    var service: String
    var userName: String
    /// Git clients sign in with it, so the service must be able to compare it. Records of the first form have it open.
    private(set) var sealed: [UInt8]?
    private var password: String?
    var created: Timestamp
    var isActive: Bool

    init(id: String, service: String, userName: String, password: String, _ context: Context) throws {
        (self.id, self.service, self.userName, created, isActive) = (id, service, userName, context.now, true)
        try set(password, context)
    }

    mutating func set(_ password: String, _ context: Context) throws {
        (sealed, self.password) = (
            try context.platform.rootKey.sealer("service passwords").seal(Array(password.utf8), place: id), nil
        )
    }
}

/// CreateServiceSpecificCredential, ListServiceSpecificCredentials, UpdateServiceSpecificCredential,
/// ResetServiceSpecificCredential, DeleteServiceSpecificCredential: names and passwords for single services, such as Git
/// over HTTPS with CodeCommit.
enum ServiceCredentials {
    static let services = ["codecommit.amazonaws.com", "cassandra.amazonaws.com"]

    struct Create: Codable, Sendable {
        var UserName: String
        var ServiceName: String
    }
    struct Shape: Codable, Sendable {
        var CreateDate: Timestamp
        var ServiceName: String
        var ServiceUserName: String
        /// Shown once.
        var ServicePassword: String?
        var ServiceSpecificCredentialId: String
        var UserName: String
        var Status: String

        /// - Parameter password: only where it was just made.
        init(_ record: ServiceCredentialRecord, _ user: UserRecord, password: String? = nil) {
            (CreateDate, ServiceName, ServiceUserName) = (record.created, record.service, record.userName)
            (ServicePassword, ServiceSpecificCredentialId, UserName) = (password, record.id, user.name)
            Status = record.isActive ? "Active" : "Inactive"
        }
    }
    struct Output: Codable, Sendable { var ServiceSpecificCredential: Shape }
    struct Entry: Codable, Sendable {
        var UserName: String
        var Status: String
        var ServiceUserName: String
        var CreateDate: Timestamp
        var ServiceSpecificCredentialId: String
        var ServiceName: String
    }
    struct ListInput: Codable, Sendable {
        var UserName: String?
        var ServiceName: String?
    }
    struct List: Codable, Sendable { var ServiceSpecificCredentials: [Entry] }
    struct Update: Codable, Sendable {
        var UserName: String?
        var ServiceSpecificCredentialId: String
        var Status: String
    }
    struct Name: Codable, Sendable {
        var UserName: String?
        var ServiceSpecificCredentialId: String
    }

    static func register(in operations: inout Operations) {
        operations.on("CreateServiceSpecificCredential") { (input: Create, context) in
            guard services.contains(input.ServiceName) else { throw IAMFault.serviceNotSupported(input.ServiceName) }
            let (id, password) = ("ACCA" + Identifier.code(17), Base64.string(Identifier.random(33)))
            return try await context.store.write { txn in
                let user = try txn.find(UserRecord.self, context.account, input.UserName)
                let others = try txn.all(ServiceCredentialRecord.self, UserCredentials.all(.service, of: user)) {
                    $0.service == input.ServiceName
                }
                guard others.count < Limit.serviceCredentials else {
                    throw IAMFault.quota(name: "ServiceSpecificCredentialsPerUser", limit: Limit.serviceCredentials)
                }
                var (userName, number) = ("\(user.name)-at-\(user.account)", 1)
                while others.contains(where: { $0.userName == userName }) {
                    userName = "\(user.name)+\(number)-at-\(user.account)"
                    number += 1
                }
                let record = try ServiceCredentialRecord(
                    id: id, service: input.ServiceName, userName: userName, password: password, context)
                try txn.put(UserCredentials.key(.service, id, of: user), record)
                return Output(ServiceSpecificCredential: Shape(record, user, password: password))
            }
        }
        operations.on("ListServiceSpecificCredentials") { (input: ListInput, context) in
            if let service = input.ServiceName, !services.contains(service) { throw IAMFault.serviceNotSupported(service) }
            let name = try Users.name(input.UserName, context)
            return try await context.store.read { snapshot in
                let user = try snapshot.find(UserRecord.self, context.account, name)
                let all = try snapshot.all(ServiceCredentialRecord.self, UserCredentials.all(.service, of: user)) {
                    input.ServiceName == nil || $0.service == input.ServiceName
                }
                return List(
                    ServiceSpecificCredentials: all.map {
                        Entry(
                            UserName: user.name, Status: $0.isActive ? "Active" : "Inactive", ServiceUserName: $0.userName,
                            CreateDate: $0.created, ServiceSpecificCredentialId: $0.id, ServiceName: $0.service)
                    })
            }
        }
        operations.on("UpdateServiceSpecificCredential") { (input: Update, context) in
            let isActive = input.Status == "Active"
            _ = try await change(input.UserName, input.ServiceSpecificCredentialId, context) {
                $0.isActive = isActive
                return nil
            }
            return Nothing()
        }
        operations.on("ResetServiceSpecificCredential") { (input: Name, context) in
            let password = Base64.string(Identifier.random(33))
            return try await change(input.UserName, input.ServiceSpecificCredentialId, context) {
                try $0.set(password, context)
                return password
            }
        }
        operations.on("DeleteServiceSpecificCredential") { (input: Name, context) in
            let name = try Users.name(input.UserName, context)
            return try await context.store.write { txn in
                let user = try txn.find(UserRecord.self, context.account, name)
                let record = try find(input.ServiceSpecificCredentialId, user, txn)
                try txn.delete(UserCredentials.key(.service, record.id, of: user))
                return Nothing()
            }
        }
    }

    /// - Parameter body: gives the new password, if it makes one.
    private static func change(
        _ user: String?, _ id: String, _ context: Context,
        _ body: @escaping @Sendable (inout ServiceCredentialRecord) throws -> String?
    ) async throws -> Output {
        let name = try Users.name(user, context)
        return try await context.store.write { txn in
            let user = try txn.find(UserRecord.self, context.account, name)
            var record = try find(id, user, txn)
            let password = try body(&record)
            try txn.put(UserCredentials.key(.service, id, of: user), record)
            return Output(ServiceSpecificCredential: Shape(record, user, password: password))
        }
    }

    private static func find(_ id: String, _ user: UserRecord, _ snapshot: Snapshot) throws -> ServiceCredentialRecord {
        guard let record = try snapshot.record(ServiceCredentialRecord.self, UserCredentials.key(.service, id, of: user)) else {
            throw IAMFault.entityNotFound("No such service-specific credential: \(id)")
        }
        return record
    }
}
