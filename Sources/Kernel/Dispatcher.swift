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
        do {
            guard let service = services[call.service], let entry = operations[call.service]?.entries[call.operation] else {
                throw AWSError.notImplemented(call.service, call.operation)
            }
            try await authorize(call, on: service, context)
            let reply = try await entry.handler(call.input, call.body, context)
            await audit.add(context, error: nil)
            return reply
        } catch {
            let wire = self.wire(error, context)
            await audit.add(context, error: wire)
            throw wire
        }
    }

    /// The one boundary where errors of any kind become AWS's.
    private func wire(_ error: any Error, _ context: Context) -> AWSError {
        if let fault = error as? any Fault { return fault.wire }
        if error as? StoreError == .full {
            return AWSError("ServiceUnavailable", 503, "The disk that keeps Tarn's data is full; nothing was changed.")
        }
        log.error(
            "\(context.service):\(context.operation) failed",
            metadata: ["request": "\(context.requestID)", "error": "\(error)"])
        return .internalFailure
    }
}
