import Documents
import Kernel
import Logging
import Store
import Synchronization

/// Carries jobs out, one batch of tasks after the other, always of the job with the highest priority. Everything that is
/// done is in the store when the next batch begins, so a restarted server goes on where the last one was; tasks of a batch
/// that it interrupted run again.
final class JobRunner: Sendable {
    static let principal = "batchoperations.s3.amazonaws.com"

    private let signal = Signal()
    private let worker = Mutex<Task<Void, Never>?>(nil)

    /// There is a new job, or a word about one.
    func wake() { signal.raise() }

    func start(_ service: S3Service, _ platform: Platform) {
        worker.withLock { worker in
            if worker == nil { worker = Task { await self.run(service, platform) } }
        }
    }

    func stop() async {
        let task = worker.withLock { $0 }
        task?.cancel()
        signal.raise()
        await task?.value
    }

    private func run(_ service: S3Service, _ platform: Platform) async {
        while !Task.isCancelled {
            do {
                let found = try await next(platform)
                guard let job = found else {
                    try await signal.wait()
                    continue
                }
                try await JobRun(service: service, job: job, platform: platform).step()
            } catch is CancellationError {
                return
            } catch StoreError.closed {
                return
            } catch {
                platform.log.error("a batch job cannot go on", metadata: ["error": "\(error)"])
                guard (try? await RealTime.wait(.seconds(1))) != nil else { return }
            }
        }
    }

    /// The job whose turn it is. Others that were active are paused.
    private func next(_ platform: Platform) async throws -> JobRecord? {
        let jobs = try await platform.store.read { snapshot in
            let places = try snapshot.all(JobPlace.self, JobRecord.live)
            let jobs = try places.compactMap {
                try snapshot.record(JobRecord.self, JobRecord.key($0.id, account: $0.account, region: $0.region))
            }
            return jobs.filter(\.status.isAtWork)
        }
        let first = jobs.min { ($1.priority, $0.created, $0.id) < ($0.priority, $1.created, $1.id) }
        for job in jobs where job.status == .active && job.id != first?.id {
            try await JobRun.change(job, platform) { if $0.status == .active { $0.status = .paused } }
        }
        return first
    }
}

/// One step of a job.
struct JobRun: Sendable {
    let service: S3Service
    let job: JobRecord
    let platform: Platform

    func step() async throws {
        switch job.status {
        case .new, .preparing: try await prepare()
        case .ready, .paused: try await change { if $0.status == .ready || $0.status == .paused { $0.status = .active } }
        case .active: try await work()
        case .completing: try await finish(as: .complete)
        case .failing: try await finish(as: .failed)
        case .cancelling: try await finish(as: .cancelled)
        case .suspended, .complete, .failed, .cancelled: break
        }
    }

    func change(_ body: @escaping @Sendable (inout JobRecord) -> Void) async throws {
        try await Self.change(job, platform, body)
    }

    static func change(_ job: JobRecord, _ platform: Platform, _ body: @escaping @Sendable (inout JobRecord) -> Void) async throws
    {
        try await platform.store.write { transaction in
            guard var present = try transaction.record(JobRecord.self, job.key) else { return }
            body(&present)
            try transaction.put(job.key, present)
            if !present.status.isAtWork { try transaction.delete(present.liveKey) }
        }
    }

    /// A session of the job's role.
    /// - Throws: ``AWSError`` as STS refuses.
    func session() async throws -> Caller {
        let principal = Caller.service(JobRunner.principal, account: job.account, sourceARN: job.arn)
        return try await platform.assume(
            job.roleARN, session: "s3-batch-operations_\(job.id)", as: principal, region: job.region)
    }

    /// Reads the manifest into tasks.
    private func prepare() async throws {
        try await platform.store.write { [job] transaction in
            guard var present = try transaction.record(JobRecord.self, job.key) else { return }
            guard present.status == .new || present.status == .preparing else { return }
            present.status = .preparing
            try transaction.put(job.key, present)
            try transaction.deleteRange(from: JobTask.all(job.id), to: JobTask.all(job.id).rangeEnd)
        }
        let outcome: Result<(count: Int64, generated: Document?), JobRecord.Failure.Thrown>
        do {
            var manifest = JobManifest(run: self, caller: try await session())
            outcome = .success(try await manifest.take())
        } catch let failure as JobRecord.Failure.Thrown {
            outcome = .failure(failure)
        } catch let error as AWSError where error.isSenders {
            outcome = .failure(.init(failure: .init(code: error.code, reason: error.message)))
        }
        let now = platform.clock.now()
        try await change { record in
            guard record.status == .preparing else { return }
            switch outcome {
            case .success(let made):
                (record.total, record.generated) = (made.count, made.generated)
                record.status = record.needsConfirmation ? .suspended : .ready
                record.suspended = record.needsConfirmation ? now : nil
            case .failure(let thrown):
                record.failures = [thrown.failure]
                record.status = .failing
            }
        }
    }

    /// Carries out the next tasks.
    private func work() async throws {
        let tasks = try await platform.store.read { [job] snapshot in
            var tasks: [(Key, JobTask)] = []
            try snapshot.records(JobTask.self, JobTask.waiting(job.id), limit: Limit.jobBatch) { key, task in
                tasks.append((key, task))
                return true
            }
            return tasks
        }
        guard !tasks.isEmpty else {
            return try await change { if $0.status == .active { $0.status = .completing } }
        }
        let began = RealTime.reading()
        let caller: Caller
        do { caller = try await session() } catch let error as AWSError where error.isSenders {
            return try await change { record in
                record.failures = [.init(code: error.code, reason: error.message)]
                record.status = .failing
            }
        }
        let worker = JobWorker(run: self, caller: caller)
        let outcomes = try await withThrowingTaskGroup(of: (Int, JobOutcome).self) { group in
            var (outcomes, started) = ([JobOutcome?](repeating: nil, count: tasks.count), 0)
            func start() {
                guard started < tasks.count else { return }
                let (index, task) = (started, tasks[started].1)
                started += 1
                group.addTask { (index, try await worker.carryOut(task)) }
            }
            for _ in 0..<Limit.jobWidth { start() }
            for try await (index, outcome) in group {
                outcomes[index] = outcome
                start()
            }
            return outcomes.compactMap { $0 }
        }
        let spent = (RealTime.reading() - began).components
        let milliseconds = spent.seconds * 1_000 + spent.attoseconds / 1_000_000_000_000_000
        try await platform.store.write { [job, tasks] transaction in
            guard var present = try transaction.record(JobRecord.self, job.key) else { return }
            for ((key, _), outcome) in zip(tasks, outcomes) {
                guard case .integer(let index)? = try key.elements().last else { continue }
                try transaction.delete(key)
                let done = JobOutcome.done(job.id, hasSucceeded: outcome.hasSucceeded)
                try transaction.put(done.appending(.integer(index)), outcome)
                if outcome.hasSucceeded { present.succeeded += 1 } else { present.failed += 1 }
            }
            present.activeMilliseconds += milliseconds
            let tried = present.succeeded + present.failed
            if present.status == .active, tried > Limit.jobFailureTasks, present.failed * 2 > tried {
                present.status = .failing
                present.failures = [
                    .init(code: "FailureThresholdExceeded", reason: "More than 50% of the tasks have failed.")
                ]
            }
            try transaction.put(job.key, present)
        }
    }

    /// Writes the report and ends the job.
    private func finish(as status: JobRecord.Status) async throws {
        var failure: JobRecord.Failure?
        do { try await JobReport(run: self).write() } catch let error as AWSError where error.isSenders {
            failure = .init(code: "ReportNotWritten", reason: "\(error.code): \(error.message)")
        }
        let now = platform.clock.now()
        try await platform.store.write { [job, platform, failure] transaction in
            guard var present = try transaction.record(JobRecord.self, job.key) else { return }
            present.status = failure != nil && status == .complete ? .failed : status
            if let failure { present.failures.append(failure) }
            present.ended = now
            try transaction.put(job.key, present)
            try transaction.delete(present.liveKey)
            try transaction.deleteRange(from: JobTask.waiting(job.id), to: JobTask.waiting(job.id).rangeEnd)
            let place: Document = ["id": .string(job.id), "account": .string(job.account), "region": .string(job.region)]
            try transaction.schedule(
                TimerRecord(
                    id: "job \(job.id)", service: S3ControlService.id, name: "forget job", due: now + Limit.jobRetention,
                    payload: place), on: platform)
        }
    }
}

extension JobRecord.Failure {
    /// A job that cannot go on.
    struct Thrown: Error {
        var failure: JobRecord.Failure
    }

    static func thrown(_ code: String, _ reason: String) -> Thrown { Thrown(failure: .init(code: code, reason: reason)) }
}
