import Documents
import Kernel
import Store

/// GenerateCredentialReport, GetCredentialReport (IAM User Guide, "Generate credential reports for your AWS account").
enum CredentialReports {
    struct Record: Stored {
        static let tag: UInt8 = 1
        var generated: Timestamp
        var text: String

        static func key(_ account: String) -> Key { Key(.credentialReport, .text(account)) }
    }
    struct State: Codable, Sendable {
        var State: String
        var Description: String?
    }
    struct Report: Codable, Sendable {
        var Content: [UInt8]
        var ReportFormat: String
        var GeneratedTime: Timestamp
    }
    /// A report is made anew when the last one is older.
    private static let lifetime = Duration.seconds(4 * 3_600)

    private static let columns =
        "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
        + "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
        + "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
        + "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
        + "cert_1_last_rotated,cert_2_active,cert_2_last_rotated"

    static func register(in operations: inout Operations) {
        operations.on("GenerateCredentialReport") { (_: Nothing, context) in
            try await context.store.write { txn in
                if let last = try txn.record(Record.self, Record.key(context.account)), last.generated + lifetime > context.now {
                    return State(State: "COMPLETE")
                }
                let record = Record(generated: context.now, text: try text(context, txn))
                try txn.put(Record.key(context.account), record)
                return State(State: "STARTED", Description: "No report exists. Starting a new report generation task")
            }
        }
        operations.on("GetCredentialReport") { (_: Nothing, context) in
            let record = try await context.store.read { try $0.record(Record.self, Record.key(context.account)) }
            guard let record else { throw IAMFault.reportMissing }
            guard record.generated + lifetime > context.now else { throw IAMFault.reportExpired }
            return Report(Content: Array(record.text.utf8), ReportFormat: "text/csv", GeneratedTime: record.generated)
        }
    }

    private static func text(_ context: Context, _ snapshot: Snapshot) throws -> String {
        let root = ARN("iam", account: context.account, "root").description
        let none = "N/A"
        let opened = try snapshot.accountCreated(context.account) ?? Timestamp(seconds: 0)
        var lines = [
            columns,
            (["<root_account>", root, opened.iso8601(), "not_supported", none, "not_supported", "not_supported"]
                + ["false", "true", none, none, none, none, "false", none, none, none, none, "false", none, "false", none])
                .joined(separator: ","),
        ]
        let policy = try snapshot.record(PasswordPolicyRecord.self, PasswordPolicyRecord.key(context.account))
        for user in try snapshot.all(UserRecord.self, UserRecord.all(in: context.account)) {
            let login = try snapshot.record(LoginRecord.self, LoginRecord.key(user))
            var fields = [user.name, user.arn, user.created.iso8601(), login == nil ? "false" : "true"]
            fields.append(login == nil ? none : "no_information")
            fields.append(login?.changed.iso8601() ?? none)
            fields.append(next(login, policy)?.iso8601() ?? none)
            fields.append(try snapshot.devices(of: user).isEmpty ? "false" : "true")
            let keys = try snapshot.accessKeys(of: user)
            for index in 0..<2 {
                guard index < keys.count else {
                    fields += ["false", none, none, none, none]
                    continue
                }
                let use = try context.platform.keyUses.last(keys[index].id, in: snapshot)
                fields += [keys[index].isActive ? "true" : "false", keys[index].created.iso8601()]
                fields += [use?.date.iso8601() ?? none, use?.region ?? none, use?.service ?? none]
            }
            let certificates = try snapshot.all(SigningCertificateRecord.self, UserCredentials.all(.signing, of: user))
            for index in 0..<2 {
                let certificate = index < certificates.count ? certificates[index] : nil
                fields += [certificate?.isActive ?? false ? "true" : "false", certificate?.uploaded.iso8601() ?? none]
            }
            lines.append(fields.joined(separator: ","))
        }
        return lines.joined(separator: "\n")
    }

    private static func next(_ login: LoginRecord?, _ policy: PasswordPolicyRecord?) -> Timestamp? {
        guard let login, let days = policy?.maxAge else { return nil }
        return login.changed + .seconds(days * 86_400)
    }
}
