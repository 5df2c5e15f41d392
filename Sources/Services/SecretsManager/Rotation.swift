import Documents
import Kernel
import Store

/// RotateSecret and CancelRotateSecret
/// (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html).
extension SecretsManagerService {
    struct RotateInput: Decodable, Sendable {
        var SecretId: String
        var ClientRequestToken: String?
        var RotationLambdaARN: String?
        var RotationRules: RotationRules?
        var RotateImmediately: Bool?
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
    func rotateSecret(_ input: RotateInput, _ context: Context) async throws -> SecretVersionOutput {
        if let rules = input.RotationRules { _ = try RotationSchedule(rules) }
        let found = try await context.store.read { try $0.secret(input.SecretId, context) }
        try found.mayChange(context)
        let wanted = input.RotationLambdaARN.flatMap { $0.isEmpty ? nil : $0 }
        guard let function = wanted ?? found.rotation?.function else {
            throw SecretsFault.invalidRequest("No Lambda rotation function ARN is associated with this secret.")
        }
        guard ARN(function)?.service == "lambda" else {
            throw SecretsFault.invalidParameter("RotationLambdaARN is not the ARN of a Lambda function.")
        }
        let token = input.ClientRequestToken ?? Identifier.uuid()
        try Self.checkPending(found, token)
        try await probe(function, for: found, context.platform)
        let isNow = input.RotateImmediately ?? true
        let platform = context.platform
        let secret = try await change(found.arn, context) { secret, transaction in
            try Self.checkPending(secret, token)
            let isRepeated = secret.stages[Stage.pending] == token || secret.current == token
            var rotation = secret.rotation ?? .init(isEnabled: true, function: function)
            (rotation.isEnabled, rotation.function, rotation.failures) = (true, function, 0)
            rotation.rules = input.RotationRules ?? rotation.rules
            secret.rotation = rotation
            try planRotation(&secret, after: context.now, transaction, platform)
            guard !isRepeated else { return }
            try announce(token, for: &secret, isTest: !isNow, transaction, platform)
        }
        return SecretVersionOutput(ARN: secret.arn, Name: secret.name, VersionId: token)
    }

    /// One rotation at a time.
    private static func checkPending(_ secret: SecretRecord, _ token: String) throws {
        guard let pending = secret.stages[Stage.pending], pending != secret.current, pending != token else { return }
        throw SecretsFault.invalidRequest("A previous rotation isn’t complete. That rotation will be reattempted.")
    }

    /// Asks Lambda whether the function may be invoked for this secret.
    private func probe(_ function: String, for secret: SecretRecord, _ platform: Platform) async throws {
        let input: Document = ["FunctionName": .string(function), "InvocationType": "DryRun"]
        do {
            _ = try await platform.call(
                Call("lambda", "Invoke", input, caller: secret.rotator, region: ARN(function)?.region ?? secret.region))
        } catch let error as AWSError where error.isSenders {
            throw SecretsFault.functionRefused
        }
    }

    /// Makes the version that the function will fill, and hands the rotation to the outbox.
    func announce(
        _ token: String, for secret: inout SecretRecord, isTest: Bool = false, _ transaction: any Transaction,
        _ platform: Platform
    ) throws {
        let now = platform.clock.now()
        if try !transaction.contains(secret.versionKey(token)) {
            let version = VersionRecord(id: token, created: now, keyID: secret.keyID)
            try transaction.put(secret.versionKey(token), version)
        }
        secret.stages[Stage.pending] = token
        guard secret.stages.count <= SecretsLimit.stages else { throw SecretsFault.tooManyStages }
        guard let function = secret.rotation?.function else { return }
        let job = RotationJob(
            account: secret.account, region: secret.region, name: secret.name, arn: secret.arn, token: token, isTest: isTest)
        try transaction.enqueue(
            Delivery(
                id: "\(secret.arn) \(token) \(now.microseconds)", lane: "rotation \(function)", service: Self.id,
                name: "rotation", payload: try DocumentEncoder().encode(job), created: now,
                expires: now + SecretsLimit.rotationAge), on: platform)
    }

    /// Sets the timer for the schedule's next window; `secret` is changed, not yet stored.
    func planRotation(
        _ secret: inout SecretRecord, after last: Timestamp, _ transaction: any Transaction, _ platform: Platform
    ) throws {
        guard let rotation = secret.rotation, rotation.isEnabled, let rules = rotation.rules,
            let window = try RotationSchedule(rules).window(after: last)
        else {
            secret.rotation?.next = nil
            return try transaction.cancelTimer(Self.id, id: secret.rotationTimer)
        }
        secret.rotation?.next = window
        try scheduleRotation(secret, at: window.start, transaction, platform)
    }

    func scheduleRotation(
        _ secret: SecretRecord, at due: Timestamp, _ transaction: any Transaction, _ platform: Platform
    ) throws {
        try transaction.schedule(
            TimerRecord(id: secret.rotationTimer, service: Self.id, name: "rotation", due: due, payload: secret.address),
            on: platform)
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CancelRotateSecret.html
    func cancelRotation(_ input: SecretIdInput, _ context: Context) async throws -> SecretVersionOutput {
        let secret = try await change(input.SecretId, context) { secret, transaction in
            try secret.mayChange(context)
            secret.rotation?.isEnabled = false
            secret.rotation?.next = nil
            try transaction.cancelTimer(Self.id, id: secret.rotationTimer)
        }
        let pending = secret.stages[Stage.pending].flatMap { $0 == secret.current ? nil : $0 }
        return SecretVersionOutput(ARN: secret.arn, Name: secret.name, VersionId: pending)
    }
}

extension SecretRecord {
    /// Secrets Manager as the function's resource policy sees it.
    var rotator: Caller { .service("secretsmanager.amazonaws.com", account: account, sourceARN: arn) }
}
