import Documents
import Kernel
import Store

/// One rotation on its way.
struct RotationJob: Codable, Sendable {
    var account: String
    var region: String
    var name: String
    var arn: String
    var token: String
    /// Only the test step, for rules that were set without rotating at once.
    var isTest: Bool
}

/// The four steps of a rotation, each an invocation of the function
/// (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html).
///
/// A rotation that is interrupted begins again at its first step; functions must bear that, as AWS asks of them.
extension SecretsManagerService {
    static let rotationSteps = ["createSecret", "setSecret", "testSecret", "finishSecret"]

    /// The schedule's turn has come.
    func beginRotation(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let key = Self.key(timer.payload) else { return }
        try await platform.store.write { transaction in
            guard var secret = try transaction.record(SecretRecord.self, key), secret.arn == timer.payload["arn"]?.string,
                secret.rotation?.isEnabled == true, secret.deletion == nil
            else { return }
            // What a failed rotation has left is tried again.
            let pending = secret.stages[Stage.pending].flatMap { $0 == secret.current ? nil : $0 }
            try announce(pending ?? Identifier.uuid(), for: &secret, transaction, platform)
            try keep(secret, transaction)
        }
    }

    func rotate(_ delivery: Delivery, _ platform: Platform) async throws {
        let job = try DocumentDecoder().decode(RotationJob.self, from: delivery.payload)
        guard let secret = try await platform.store.read({ try $0.rotating(job) }), let rotation = secret.rotation else {
            throw GiveUp("the secret \(job.name) is gone or no longer rotates")
        }
        if !job.isTest {
            try await platform.store.write { transaction in
                if let secret = try transaction.rotating(job) { try transaction.note(.rotationStarted, secret, on: platform) }
            }
        }
        do {
            for step in job.isTest ? ["testSecret"] : Self.rotationSteps {
                try await invoke(rotation.function, step, job, secret, platform)
            }
        } catch let failure as RotationFailure {
            platform.log.warning(
                "rotation failed", metadata: ["secret": "\(job.arn)", "step": "\(failure.step)", "error": "\(failure.code)"])
            return try await end(job, succeeded: false, platform)
        }
        try await end(job, succeeded: true, platform)
    }

    private struct RotationFailure: Error {
        var step: String
        var code: String
    }

    private func invoke(
        _ function: String, _ step: String, _ job: RotationJob, _ secret: SecretRecord, _ platform: Platform
    ) async throws {
        let event: Document = [
            "Step": .string(step), "SecretId": .string(job.arn), "ClientRequestToken": .string(job.token),
            "RotationToken": .string(Identifier.uuid()),
        ]
        let input: Document = ["FunctionName": .string(function), "InvocationType": "RequestResponse"]
        do {
            let reply = try await platform.call(
                Call(
                    "lambda", "Invoke", input, body: RequestBody(ByteStream(bytes: JSON.write(event))), caller: secret.rotator,
                    region: ARN(function)?.region ?? job.region))
            // What the function says about its failure may hold the secret: it is in the function's log, not in ours.
            if let error = reply.output["FunctionError"]?.string { throw RotationFailure(step: step, code: error) }
        } catch let error as AWSError {
            // Throttled, or failed on our side: the outbox comes back.
            if error.status == 429 || !error.isSenders { throw error }
            throw RotationFailure(step: step, code: error.code)
        }
    }

    /// Records how it ended, and sets the next turn: by the schedule, or sooner after a failure.
    private func end(_ job: RotationJob, succeeded: Bool, _ platform: Platform) async throws {
        let now = platform.clock.now()
        try await platform.store.write { transaction in
            guard var secret = try transaction.rotating(job) else { return }
            if job.isTest {
                if secret.stages[Stage.pending] == job.token { secret.stages[Stage.pending] = nil }
                if secret.stages(of: job.token).isEmpty { try remove(job.token, of: secret, transaction) }
                return try keep(secret, transaction)
            }
            let isCurrent = secret.current == job.token
            // It gave way to a value that was put by hand: nothing is left to be tried again.
            guard isCurrent || secret.stages[Stage.pending] == job.token else { return }
            try transaction.note(succeeded && isCurrent ? .rotationSucceeded : .rotationFailed, secret, on: platform)
            if succeeded, isCurrent {
                secret.rotation?.last = now
                secret.rotation?.failures = 0
                try planRotation(&secret, after: now, transaction, platform)
            } else {
                let failures = (secret.rotation?.failures ?? 0) + 1
                secret.rotation?.failures = failures
                if failures <= SecretsLimit.rotationRetries {
                    try scheduleRotation(secret, at: now + SecretsLimit.rotationRetry, transaction, platform)
                } else {
                    secret.rotation?.failures = 0
                    try planRotation(&secret, after: now, transaction, platform)
                }
            }
            try keep(secret, transaction)
        }
    }
}

extension Snapshot {
    /// The secret of a rotation, if it is still there and rotates.
    fileprivate func rotating(_ job: RotationJob) throws -> SecretRecord? {
        let key = SecretRecord.key(job.account, job.region, job.name)
        guard let secret = try record(SecretRecord.self, key), secret.arn == job.arn, secret.deletion == nil,
            secret.rotation?.isEnabled == true
        else { return nil }
        return secret
    }
}
