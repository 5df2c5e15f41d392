import NIOCore

/// Runs a connection's tasks on its event loop: a request that finds its answer in memory is read, carried out and
/// written without changing threads.
///
/// What waits (the store's writer, child processes, files) waits on threads of its own and resumes the task here.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
