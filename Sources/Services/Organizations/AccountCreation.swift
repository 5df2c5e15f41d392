import Documents
import Kernel
import Store

/// A request for a new account, as the store keeps it.
struct AccountRequest: Stored {
    static let tag: UInt8 = 1
    var id: String
    var organization: String
    var management: String
    var account: String
    var name: String
    var email: String
    var role: String
    var tags: TagList
    /// `IN_PROGRESS`, `SUCCEEDED`, `FAILED`
    var state = "IN_PROGRESS"
    var failure: String?
    var requested: Timestamp
    var completed: Timestamp?

    static func key(_ organization: String, _ id: String) -> Key {
        Key(.organizationAccountRequest, .text(organization), .text(id))
    }
    static func all(in organization: String) -> Key { Key(.organizationAccountRequest, .text(organization)) }
    var key: Key { Self.key(organization, id) }
}

/// CreateAccount and its status. The account is made behind the answer: its role by IAM, then its place in the root.
enum AccountCreation {
    static let delivery = "createAccount"
    static let defaultRole = "OrganizationAccountAccessRole"
    private static let administrator = "arn:aws:iam::aws:policy/AdministratorAccess"

    struct Create: Codable, Sendable {
        var Email: String
        var AccountName: String
        var RoleName: String?
        var IamUserAccessToBilling: String?
        var Tags: [Tag]?
    }
    struct StatusInput: Codable, Sendable { var CreateAccountRequestId: String }
    struct List: Codable, Sendable {
        var States: [String]?
        var NextToken: String?
        var MaxResults: Int?
    }
    struct Shape: Codable, Sendable {
        var Id: String
        var AccountName: String
        var State: String
        var RequestedTimestamp: Timestamp
        var CompletedTimestamp: Timestamp?
        var AccountId: String?
        var FailureReason: String?

        init(_ request: AccountRequest) {
            (Id, AccountName, State) = (request.id, request.name, request.state)
            (RequestedTimestamp, CompletedTimestamp) = (request.requested, request.completed)
            AccountId = request.state == "SUCCEEDED" ? request.account : nil
            FailureReason = request.failure
        }
    }
    struct Output: Codable, Sendable { var CreateAccountStatus: Shape }
    struct Listed: Codable, Sendable {
        var CreateAccountStatuses: [Shape]
        var NextToken: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("CreateAccount") { (input: Create, context) in try await create(input, context) }
        operations.on("DescribeCreateAccountStatus") { (input: StatusInput, context) in
            try await context.reading { snapshot, membership in
                let key = AccountRequest.key(membership.id, input.CreateAccountRequestId)
                guard let request = try snapshot.record(AccountRequest.self, key) else {
                    throw OrganizationsFault.plain(.requestNotFound)
                }
                return Output(CreateAccountStatus: Shape(request))
            }
        }
        operations.on("ListCreateAccountStatus") { (input: List, context) in
            try await context.reading { snapshot, membership in
                let found = try snapshot.all(AccountRequest.self, AccountRequest.all(in: membership.id)) {
                    input.States?.contains($0.state) ?? true
                }
                let page = try Page(found, after: input.NextToken, max: input.MaxResults, of: context.list(), id: \.id)
                return Listed(CreateAccountStatuses: page.items.map { Shape($0) }, NextToken: page.token)
            }
        }
        operations.delivery(delivery) { delivery, platform in try await carryOut(delivery, on: platform) }
    }

    private static func create(_ input: Create, _ context: Context) async throws -> Output {
        let tags = try TagList(input.Tags)
        return try await context.changing { transaction, membership in
            guard try transaction.everything(.account, in: membership.id).count < Limit.accounts else {
                throw OrganizationsFault.violation(.accountNumber)
            }
            var creating = 0
            try transaction.records(AccountRequest.self, AccountRequest.all(in: membership.id)) { _, request in
                if request.state == "IN_PROGRESS" { creating += 1 }
                return creating < Limit.creating
            }
            guard creating < Limit.creating else { throw OrganizationsFault.violation(.creationRate) }
            var account = NewID.account()
            while try transaction.isTaken(account) { account = NewID.account() }
            var request = AccountRequest(
                id: NewID.request(), organization: membership.id, management: membership.organization.managementAccount,
                account: account, name: input.AccountName, email: input.Email, role: input.RoleName ?? defaultRole, tags: tags,
                requested: context.now)
            if try transaction.account(ofEmail: input.Email) == nil {
                // From here on nobody else gets this address.
                try transaction.save(AccountProfile(account: account, name: input.AccountName, email: input.Email))
            } else {
                request.failure = "EMAIL_ALREADY_EXISTS"
            }
            try transaction.put(request.key, request)
            try transaction.enqueue(
                Delivery(
                    id: request.id, lane: "organizations \(membership.id)", service: OrganizationsService.id, name: delivery,
                    payload: ["organization": .string(membership.id), "request": .string(request.id)],
                    created: context.now, expires: context.now + Limit.delivery),
                on: context.platform)
            // As AWS does: the answer says that it began, the reason of a failure comes with the status.
            var shown = request
            shown.failure = nil
            return Output(CreateAccountStatus: Shape(shown))
        }
    }

    /// May run again after a crash: what is there already is left as it is.
    private static func carryOut(_ delivery: Delivery, on platform: Platform) async throws {
        guard let organization = delivery.payload["organization"]?.string, let id = delivery.payload["request"]?.string else {
            throw GiveUp("a delivery that this version did not write")
        }
        let key = AccountRequest.key(organization, id)
        guard let request = try await platform.store.read({ try $0.record(AccountRequest.self, key) }),
            request.state == "IN_PROGRESS"
        else { return }
        if request.failure == nil {
            do {
                try await makeRole(request, on: platform)
            } catch let error as AWSError where error.isSenders {
                platform.log.error("account not made", metadata: ["request": "\(id)", "error": "\(error)"])
                return try await finish(key, failure: "INTERNAL_FAILURE", on: platform)
            }
        }
        try await finish(key, failure: request.failure, on: platform)
    }

    private static func finish(_ key: Key, failure: String?, on platform: Platform) async throws {
        let now = platform.clock.now()
        try await platform.store.write { transaction in
            guard var request = try transaction.record(AccountRequest.self, key), request.state == "IN_PROGRESS",
                let organization = try transaction.record(
                    OrganizationRecord.self, OrganizationRecord.key(request.organization))
            else { return }
            request.completed = now
            request.failure = failure
            request.state = failure == nil ? "SUCCEEDED" : "FAILED"
            try transaction.put(request.key, request)
            if failure == nil {
                var member = OrganizationMemberRecord(
                    account: request.account, organization: organization.id, parent: organization.root, name: request.name,
                    email: request.email, method: .created, joined: now)
                member.tags = request.tags
                try transaction.admit(member, to: organization)
                transaction.announce(on: platform)
            } else if let profile = try transaction.record(AccountProfile.self, AccountProfile.key(request.account)) {
                try transaction.delete(profile)
            }
        }
    }

    /// The role by which the management account's administrators get in. Made as the new account's own root, before any
    /// policy of the organization lies on it.
    private static func makeRole(_ request: AccountRequest, on platform: Platform) async throws {
        let root = Caller.root(of: request.account)
        let trust: Document = [
            "Version": "2012-10-17",
            "Statement": [
                [
                    "Effect": "Allow", "Principal": ["AWS": .string("arn:aws:iam::\(request.management):root")],
                    "Action": "sts:AssumeRole",
                ]
            ],
        ]
        func iam(_ operation: String, _ input: Document) async throws {
            _ = try await platform.call(Call("iam", operation, input, caller: root, region: "us-east-1"))
        }
        do {
            try await iam(
                "CreateRole", ["RoleName": .string(request.role), "AssumeRolePolicyDocument": .string(JSON.text(trust))])
        } catch let error as AWSError where error.code == "EntityAlreadyExists" {
            // An earlier attempt got this far.
        }
        try await iam("AttachRolePolicy", ["RoleName": .string(request.role), "PolicyArn": .string(administrator)])
    }
}

extension Snapshot {
    /// Whether an account with these digits is in use in any way that can be seen.
    fileprivate func isTaken(_ account: String) throws -> Bool {
        if try contains(OrganizationMemberRecord.key(account)) || contains(AccountProfile.key(account)) { return true }
        var isTaken = false
        for rows in [UserRecord.all(in: account), RoleRecord.all(in: account), GroupRecord.all(in: account)] {
            try scan(rows, limit: 1) { _, _ in
                isTaken = true
                return false
            }
        }
        return isTaken
    }
}
