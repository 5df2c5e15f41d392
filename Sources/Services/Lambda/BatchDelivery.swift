import Documents
import FunctionEngine
import Kernel
import Logging
import Store

/// One batch on its way to the function: tried until it succeeds, its records are too old, or its tries are used up.
struct BatchDelivery: Sendable {
    let service: LambdaService
    let platform: Platform
    let mapping: MappingRecord

    /// Returns when the batch is done with, by success or by its limits.
    /// - Throws: `CancellationError` when the mapping ends or changes first.
    func carryOut(_ records: [Document], _ payload: [UInt8]) async throws {
        var failures = 0
        var waits = 0
        while true {
            try Task.checkCancellation()
            if isTooOld(records) { return await giveUp(records, "its records are too old") }
            do {
                let key = FunctionRecord.key(mapping.account, mapping.region, mapping.functionName)
                guard let function = try await platform.store.read({ try $0.record(FunctionRecord.self, key) }) else {
                    throw LambdaFault.functionNotFound(arn: mapping.functionARN)
                }
                let outcome = try await service.run(function, Invocation(requestID: Identifier.uuid(), payload: payload))
                guard outcome.isError else { return await note("OK") }
                // An environment that was ended because the platform stops is no failure of the batch.
                try Task.checkCancellation()
                failures += 1
                await note("PROBLEM: Function call failed")
                if mapping.retriesMax >= 0, failures > mapping.retriesMax {
                    return await giveUp(records, "its retries are used up")
                }
            } catch let fault as LambdaFault {
                // Throttled or not runnable at present: no fault of the batch.
                await note("PROBLEM: \(fault.wire.message)")
            }
            waits += 1
            try await platform.clock.sleep(for: Backoff.delay(attempt: waits))
        }
    }

    /// Streams keep records for a day; what is older is gone from the source too.
    private func isTooOld(_ records: [Document]) -> Bool {
        let age = Duration.seconds(mapping.recordAgeMax >= 0 ? min(mapping.recordAgeMax, 86_400) : 86_400)
        let newest = records.compactMap { record -> Timestamp? in
            let time = record["dynamodb"]?["ApproximateCreationDateTime"]
            return time?.timestamp ?? time?.double.flatMap { Timestamp(epochSeconds: $0) }
        }.max()
        return newest.map { platform.clock.now() - $0 > age } ?? false
    }

    private func giveUp(_ records: [Document], _ reason: String) async {
        platform.log.error(
            "a batch of a stream was given up",
            metadata: ["mapping": "\(mapping.uuid)", "records": "\(records.count)", "reason": "\(reason)"])
        await note("PROBLEM: a batch was given up because \(reason)")
    }

    /// Keeps the outcome for GetEventSourceMapping; written only when it changes.
    func note(_ result: String) async {
        let key = mapping.key
        do {
            let present = try await platform.store.read { try $0.record(MappingRecord.self, key)?.lastResult }
            guard let present, present != result else { return }
            try await platform.store.write { transaction in
                guard var record = try transaction.record(MappingRecord.self, key) else { return }
                record.lastResult = result
                try transaction.put(key, record)
            }
        } catch {
            platform.log.warning(
                "a mapping's result could not be kept", metadata: ["mapping": "\(mapping.uuid)", "error": "\(error)"])
        }
    }
}
