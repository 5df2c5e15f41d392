import Kernel
import Logging
import Store

/// One worker per enabled mapping.
actor MappingPollers {
    private let service: LambdaService
    private let platform: Platform
    private var workers: [String: Task<Void, Never>] = [:]

    init(service: LambdaService, platform: Platform) { (self.service, self.platform) = (service, platform) }

    /// Takes up all mappings that are enabled.
    func start() async throws {
        let records = try await platform.store.read { snapshot in
            var all: [MappingRecord] = []
            try snapshot.records(MappingRecord.self, Key(.lambdaMapping)) { _, record in
                all.append(record)
                return true
            }
            return all
        }
        for record in records where record.isEnabled { begin(record) }
    }

    /// A mapping is new or has changed: its worker starts anew. The batch under way is finished first.
    func refresh(_ record: MappingRecord) async {
        await end(record.uuid)
        if record.isEnabled { begin(record) }
    }

    func end(_ uuid: String) async {
        guard let worker = workers.removeValue(forKey: uuid) else { return }
        worker.cancel()
        await worker.value
    }

    /// Tells all workers to end.
    func cancel() { for worker in workers.values { worker.cancel() } }

    func stop() async {
        cancel()
        for worker in workers.values { await worker.value }
        workers = [:]
    }

    private func begin(_ record: MappingRecord) {
        let poller = MappingPoller(service: service, platform: platform, mapping: record)
        workers[record.uuid] = Task { await poller.run() }
    }
}
