import Documents
import Kernel
import Store

/// Connections; what is secret of them is a secret of Secrets Manager that EventBridge manages
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection-secret.html).
extension EventBridgeService {
    /// The service-linked role that reads connections' secrets.
    static let destinationsPrincipal = "apidestinations.events.amazonaws.com"
    static let destinationsRole = "AWSServiceRoleForAmazonEventBridgeApiDestinations"

    struct CreateConnectionInput: Codable, Sendable {
        var Name: String
        var Description: String?
        var AuthorizationType: String
        var AuthParameters: ConnectionParameters
        var KmsKeyIdentifier: String?
    }
    struct ConnectionStateOutput: Codable, Sendable {
        var ConnectionArn: String
        var ConnectionState: String
        var CreationTime: Timestamp
        var LastModifiedTime: Timestamp
        var LastAuthorizedTime: Timestamp?

        init(_ record: ConnectionRecord, _ place: NamedPlace, state: String? = nil) {
            (ConnectionArn, ConnectionState) = (place.arn(record.id), state ?? record.state)
            (CreationTime, LastModifiedTime, LastAuthorizedTime) = (record.created, record.modified, record.authorized)
        }
    }
    struct CreateConnectionOutput: Codable, Sendable {
        var ConnectionArn: String
        var ConnectionState: String
        var CreationTime: Timestamp
        var LastModifiedTime: Timestamp
    }

    func createConnection(_ input: CreateConnectionInput, _ context: Context) async throws -> CreateConnectionOutput {
        let place = NamedPlace(.connection, input.Name, context)
        let parameters = try input.AuthParameters.checked(input.AuthorizationType)
        try await context.store.read { snapshot in
            guard try !snapshot.contains(place.key) else { throw EventsFault.connectionExists(place.name) }
            var count = 0
            try snapshot.scan(place.all) { _, _ in
                count += 1
                return true
            }
            guard count < EventsLimit.connections else { throw EventsFault.limitExceeded }
        }
        try await makeServiceRole(context)
        let (id, key) = (Identifier.uuid(), input.KmsKeyIdentifier.flatMap { $0.isEmpty ? nil : $0 })
        var record = ConnectionRecord(
            name: place.name, id: id, description: input.Description, kind: input.AuthorizationType, shown: parameters.shown,
            keyID: key, state: "", created: context.now, modified: context.now, revision: Identifier.uuid())
        Self.setState(&record, context.now)
        let secret = try await createSecret(parameters, of: place, id: id, key: key, context)
        record.secretARN = secret
        let made = record
        do {
            try await context.store.write { transaction in
                guard try !transaction.contains(place.key) else { throw EventsFault.connectionExists(place.name) }
                try self.keep(made, at: place, transaction, context.platform)
            }
        } catch {
            // Somebody was faster; the secret belongs to nothing.
            try await deleteSecret(secret, context)
            throw error
        }
        return CreateConnectionOutput(
            ConnectionArn: place.arn(id), ConnectionState: made.state, CreationTime: made.created,
            LastModifiedTime: made.modified)
    }

    /// A token must be had first where OAuth is spoken; the others are as good as authorized.
    private static func setState(_ record: inout ConnectionRecord, _ now: Timestamp) {
        record.reason = nil
        if record.kind == "OAUTH_CLIENT_CREDENTIALS" {
            record.state = "AUTHORIZING"
        } else {
            (record.state, record.authorized) = ("AUTHORIZED", now)
        }
    }

    private func keep(
        _ record: ConnectionRecord, at place: NamedPlace, _ transaction: any Transaction, _ platform: Platform
    ) throws {
        try transaction.put(place.key, record)
        guard record.state == "AUTHORIZING" else { return }
        let now = platform.clock.now()
        try transaction.enqueue(
            Delivery(
                id: Identifier.uuid(), lane: place.arn(record.id), service: Self.id, name: "authorize",
                payload: ["connection": .string(place.arn(record.id)), "revision": .string(record.revision)], created: now,
                expires: now + .seconds(Int64(EventsLimit.ageSeconds))), on: platform)
    }

    /// AWS makes the role with the account's first connection, in the caller's name.
    private func makeServiceRole(_ context: Context) async throws {
        let key = RoleRecord.key(context.account, Self.destinationsRole)
        guard try await context.store.read({ try !$0.contains(key) }) else { return }
        do {
            let input: Document = ["AWSServiceName": .string(Self.destinationsPrincipal)]
            _ = try await context.callAsCaller("iam", "CreateServiceLinkedRole", input)
        } catch let error as AWSError where error.code == "InvalidInput" {
            guard try await context.store.read({ try $0.contains(key) }) else { throw error }
        }
    }

    private func createSecret(
        _ parameters: ConnectionParameters, of place: NamedPlace, id: String, key: String?, _ context: Context
    ) async throws -> String {
        var input: Members = [
            "Name": .string("events!connection/\(place.name)/\(id)"), "SecretString": .string(parameters.secret),
            "Description": .string("Auth parameters for EventBridge connection \(place.arn(id))"),
        ]
        if let key { input["KmsKeyId"] = .string(key) }
        let output = try await context.callAsCaller("secretsmanager", "CreateSecret", .map(input)).output
        guard let arn = output["ARN"]?.string else { throw AWSError.internalFailure }
        return arn
    }

    private func deleteSecret(_ arn: String, _ context: Context) async throws {
        do {
            let input: Document = ["SecretId": .string(arn), "ForceDeleteWithoutRecovery": true]
            _ = try await context.callAsCaller("secretsmanager", "DeleteSecret", input)
        } catch let error as AWSError where error.code == "ResourceNotFoundException" {}
    }

    struct UpdateConnectionInput: Codable, Sendable {
        var Name: String
        var Description: String?
        var AuthorizationType: String?
        var AuthParameters: ConnectionParameters?
        var KmsKeyIdentifier: String?
    }

    func updateConnection(_ input: UpdateConnectionInput, _ context: Context) async throws -> ConnectionStateOutput {
        let place = NamedPlace(.connection, input.Name, context)
        let old = try await context.store.read { try $0.connection(place) }
        var record = old
        record.description = input.Description ?? old.description
        record.kind = input.AuthorizationType ?? old.kind
        record.keyID = input.KmsKeyIdentifier.map { $0.isEmpty ? nil : $0 } ?? old.keyID
        record.modified = context.now
        if input.AuthParameters != nil || record.kind != old.kind || record.keyID != old.keyID {
            var known = ConnectionParameters()
            if let secret = old.secretARN {
                let output = try await context.callAsCaller("secretsmanager", "GetSecretValue", ["SecretId": .string(secret)])
                known = try ConnectionParameters(secret: output.output["SecretString"]?.string ?? "{}")
            }
            let parameters = try known.updated(by: input.AuthParameters ?? ConnectionParameters()).checked(record.kind)
            if let secret = old.secretARN {
                var update: Members = ["SecretId": .string(secret), "SecretString": .string(parameters.secret)]
                if record.keyID != old.keyID { update["KmsKeyId"] = .string(record.keyID ?? "alias/aws/secretsmanager") }
                _ = try await context.callAsCaller("secretsmanager", "UpdateSecret", .map(update))
            } else {
                record.secretARN = try await createSecret(parameters, of: place, id: old.id, key: record.keyID, context)
            }
            (record.shown, record.revision) = (parameters.shown, Identifier.uuid())
            Self.setState(&record, context.now)
        }
        let changed = record
        return try await context.store.write { transaction in
            guard try transaction.connection(place).revision == old.revision else {
                throw AWSError(
                    "ConcurrentModificationException", 400, "The connection \(place.name) was changed at the same time.")
            }
            try self.keep(changed, at: place, transaction, context.platform)
            return ConnectionStateOutput(changed, place)
        }
    }

    struct ConnectionInput: Codable, Sendable { var Name: String }

    struct ConnectionOutput: Codable, Sendable {
        var ConnectionArn: String
        var Name: String
        var Description: String?
        var ConnectionState: String
        var StateReason: String?
        var AuthorizationType: String
        var SecretArn: String?
        var KmsKeyIdentifier: String?
        /// The members that are no secret.
        var AuthParameters: Document
        var CreationTime: Timestamp
        var LastModifiedTime: Timestamp
        var LastAuthorizedTime: Timestamp?
    }

    func describeConnection(_ input: ConnectionInput, _ context: Context) async throws -> ConnectionOutput {
        let place = NamedPlace(.connection, input.Name, context)
        let record = try await context.store.read { try $0.connection(place) }
        return ConnectionOutput(
            ConnectionArn: place.arn(record.id), Name: record.name, Description: record.description,
            ConnectionState: record.state, StateReason: record.reason, AuthorizationType: record.kind,
            SecretArn: record.secretARN, KmsKeyIdentifier: record.keyID,
            AuthParameters: try DocumentEncoder().encode(record.shown),
            CreationTime: record.created, LastModifiedTime: record.modified, LastAuthorizedTime: record.authorized)
    }

    func deleteConnection(_ input: ConnectionInput, _ context: Context) async throws -> ConnectionStateOutput {
        let place = NamedPlace(.connection, input.Name, context)
        let record = try await context.store.read { try $0.connection(place) }
        if let secret = record.secretARN { try await deleteSecret(secret, context) }
        return try await context.store.write { transaction in
            let record = try transaction.connection(place)
            try transaction.delete(place.key)
            return ConnectionStateOutput(record, place, state: "DELETING")
        }
    }

    func deauthorizeConnection(_ input: ConnectionInput, _ context: Context) async throws -> ConnectionStateOutput {
        let place = NamedPlace(.connection, input.Name, context)
        let record = try await context.store.read { try $0.connection(place) }
        if let secret = record.secretARN { try await deleteSecret(secret, context) }
        let now = context.now
        return try await context.store.write { transaction in
            var record = try transaction.connection(place)
            (record.state, record.reason, record.secretARN) = ("DEAUTHORIZED", nil, nil)
            (record.modified, record.revision) = (now, Identifier.uuid())
            try transaction.put(place.key, record)
            return ConnectionStateOutput(record, place, state: "DEAUTHORIZING")
        }
    }

    struct ListConnectionsInput: Codable, Sendable {
        var NamePrefix: String?
        var ConnectionState: String?
        var NextToken: String?
        var Limit: Int?
    }
    struct ListConnectionsOutput: Codable, Sendable {
        struct Connection: Codable, Sendable {
            var ConnectionArn: String
            var Name: String
            var ConnectionState: String
            var StateReason: String?
            var AuthorizationType: String
            var CreationTime: Timestamp
            var LastModifiedTime: Timestamp
            var LastAuthorizedTime: Timestamp?
        }
        var Connections: [Connection]
        var NextToken: String?
    }

    func listConnections(_ input: ListConnectionsInput, _ context: Context) async throws -> ListConnectionsOutput {
        let records = try await context.store.read { snapshot in
            try snapshot.all(ConnectionRecord.self, NamedPlace(.connection, "", context).all) {
                $0.name.hasPrefix(input.NamePrefix ?? "") && ($0.state == input.ConnectionState ?? $0.state)
            }
        }
        let (page, token) = try Page.cut(records, by: \.name, input.NextToken, input.Limit, of: context.list())
        return ListConnectionsOutput(
            Connections: page.map { record in
                .init(
                    ConnectionArn: NamedPlace(.connection, record.name, context).arn(record.id), Name: record.name,
                    ConnectionState: record.state, StateReason: record.reason, AuthorizationType: record.kind,
                    CreationTime: record.created, LastModifiedTime: record.modified, LastAuthorizedTime: record.authorized)
            }, NextToken: token)
    }
}
