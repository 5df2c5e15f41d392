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
    /// Only of API keys (Amazon Bedrock's).
    var expires: Timestamp?

    /// An API key has an alias instead of a name, and one secret instead of a password.
    var isAPIKey: Bool { ServiceCredentials.apiKeyServices.contains(service) }

    init(id: String, service: String, userName: String, password: String, expires: Timestamp?, _ context: Context) throws {
        (self.id, self.service, self.userName, created, isActive) = (id, service, userName, context.now, true)
        self.expires = expires
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
    static let services = ["codecommit.amazonaws.com", "cassandra.amazonaws.com"] + apiKeyServices
    static let apiKeyServices = ["bedrock.amazonaws.com"]

    struct Create: Codable, Sendable {
        var UserName: String
        var ServiceName: String
        var CredentialAgeDays: Int?
    }
    struct Shape: Codable, Sendable {
        var CreateDate: Timestamp
        var ServiceName: String
        var ExpirationDate: Timestamp?
        var ServiceUserName: String?
        /// Shown once.
        var ServicePassword: String?
        var ServiceCredentialAlias: String?
        /// Shown once.
        var ServiceCredentialSecret: String?
        var ServiceSpecificCredentialId: String
        var UserName: String
        var Status: String

        /// - Parameter password: only where it was just made.
        init(_ record: ServiceCredentialRecord, _ user: UserRecord, password: String? = nil) {
            (CreateDate, ServiceName, ExpirationDate) = (record.created, record.service, record.expires)
            (ServiceSpecificCredentialId, UserName) = (record.id, user.name)
            if record.isAPIKey {
                ServiceCredentialAlias = record.userName
                ServiceCredentialSecret = password.map { "ABSK" + Base64.string(Array("\(record.userName):\($0)".utf8)) }
            } else {
                (ServiceUserName, ServicePassword) = (record.userName, password)
            }
            Status = record.isActive ? "Active" : "Inactive"
        }
    }
    struct Output: Codable, Sendable { var ServiceSpecificCredential: Shape }
    struct Entry: Codable, Sendable {
        var UserName: String
        var Status: String
        var ServiceUserName: String?
        var ServiceCredentialAlias: String?
        var CreateDate: Timestamp
        var ExpirationDate: Timestamp?
        var ServiceSpecificCredentialId: String
        var ServiceName: String

        init(_ record: ServiceCredentialRecord, _ user: UserRecord) {
            (UserName, Status) = (user.name, record.isActive ? "Active" : "Inactive")
            if record.isAPIKey { ServiceCredentialAlias = record.userName } else { ServiceUserName = record.userName }
            (CreateDate, ExpirationDate) = (record.created, record.expires)
            (ServiceSpecificCredentialId, ServiceName) = (record.id, record.service)
        }
    }
    struct ListInput: Codable, Sendable {
        var UserName: String?
        var ServiceName: String?
        var AllUsers: Bool?
        var Marker: String?
        var MaxItems: Int?
    }
    struct List: Codable, Sendable {
        var ServiceSpecificCredentials: [Entry]
        var IsTruncated: Bool
        var Marker: String?
    }
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
            let isAPIKey = apiKeyServices.contains(input.ServiceName)
            guard isAPIKey || input.CredentialAgeDays == nil else {
                throw IAMFault.invalidInput("CredentialAgeDays is not supported for \(input.ServiceName).")
            }
            let expires = input.CredentialAgeDays.map { context.now + .seconds($0 * 86_400) }
            return try await context.store.write { txn in
                let user = try txn.find(UserRecord.self, context.account, input.UserName)
                let others = try txn.all(ServiceCredentialRecord.self, UserCredentials.all(.service, of: user)) {
                    $0.service == input.ServiceName
                }
                guard others.count < Limit.serviceCredentials else {
                    throw IAMFault.quota(name: "ServiceSpecificCredentialsPerUser", limit: Limit.serviceCredentials)
                }
                let own = isAPIKey ? "BedrockAPIKey-\(Identifier.code(4).lowercased())" : user.name
                var (userName, number) = ("\(own)-at-\(user.account)", 1)
                while others.contains(where: { $0.userName == userName }) {
                    userName = "\(own)+\(number)-at-\(user.account)"
                    number += 1
                }
                let record = try ServiceCredentialRecord(
                    id: id, service: input.ServiceName, userName: userName, password: password, expires: expires, context)
                try txn.put(UserCredentials.key(.service, id, of: user), record)
                return Output(ServiceSpecificCredential: Shape(record, user, password: password))
            }
        }
        operations.on("ListServiceSpecificCredentials") { (input: ListInput, context) in
            if let service = input.ServiceName, !services.contains(service) { throw IAMFault.serviceNotSupported(service) }
            let request = try PageRequest(input.Marker, input.MaxItems, of: context.list(input.UserName))
            guard input.UserName == nil || input.AllUsers != true else {
                throw IAMFault.invalidInput("UserName and AllUsers cannot be given together.")
            }
            let name = input.AllUsers == true ? nil : try Users.name(input.UserName, context)
            let entries = try await context.store.read { snapshot in
                let users =
                    try name.map { [try snapshot.find(UserRecord.self, context.account, $0)] }
                    ?? snapshot.all(UserRecord.self, UserRecord.all(in: context.account))
                return try users.flatMap { user in
                    try snapshot.all(ServiceCredentialRecord.self, UserCredentials.all(.service, of: user)) {
                        input.ServiceName == nil || $0.service == input.ServiceName
                    }.map { Entry($0, user) }
                }
            }
            let page = Page(of: entries, request, name: \.ServiceSpecificCredentialId)
            return List(ServiceSpecificCredentials: page.items, IsTruncated: page.isTruncated, Marker: page.marker)
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
            throw IAMFault.entityNotFound("No such credential \(id) exists")
        }
        return record
    }
}
