import Documents
import Logging
import Store

/// The one way into a service, for requests from outside and for services alike: authorize, run, answer, record.
extension Platform {
    /// Carries out `call` and gives the operation's answer.
    /// - Throws: ``AWSError`` always: typed faults as their wire form, anything unforeseen as an internal failure whose
    ///   cause is in the log.
    public func call(_ call: Call) async throws -> Reply {
        let context = Context(
            platform: self, caller: call.caller, region: call.region, service: call.service, operation: call.operation,
            requestID: call.requestID, now: clock.now(), http: call.http)
        keyUses.note(context)
        let outcome: Result<Reply, AWSError>
        var permissions: [Permission]?
        do {
            guard let service = services[call.service], let entry = operations[call.service]?.entries[call.operation] else {
                throw AWSError.notImplemented(call.service, call.operation)
            }
            permissions = try await self.permissions(of: call, context)
            try await authorize(call, permissions, on: service, context)
            if blobs.space.isLow, !SpaceRule.runsWithoutSpace(call.service, call.operation) { throw StoreError.full }
            outcome = .success(try await entry.handler(call.input, call.body, context))
        } catch {
            outcome = .failure(wire(error, context))
        }
        // Only IAM changes identities, and all it does comes through here.
        if call.service == "iam", !AuditTables.isReadOnly(call.service, call.operation) { identity.identitiesChanged() }
        do {
            switch outcome {
            case .success(let reply): try await audit.add(call, context, .success(reply.output), permissions)
            case .failure(let error): try await audit.add(call, context, .failure(error), permissions)
            }
        } catch {
            // What can't be recorded must not be acknowledged.
            throw wire(error, context)
        }
        return try outcome.get()
    }

    /// The one boundary where errors of any kind become AWS's.
    private func wire(_ error: any Error, _ context: Context) -> AWSError {
        if let fault = error as? any Fault { return fault.wire(in: context) }
        if error as? StoreError == .full {
            return AWSError("ServiceUnavailable", 503, "The disk that keeps Tarn's data is full; nothing was changed.")
        }
        if error is CancellationError, Task.isCancelled {
            return AWSError("ServiceUnavailable", 503, "The call was ended before it was done, for the server is stopping.")
        }
        log.error(
            "\(context.service):\(context.operation) failed",
            metadata: ["request": "\(context.requestID)", "error": "\(error)"])
        return .internalFailure
    }
}
