import EventSources
import Kernel
import Logging
import Store

/// One reader per enabled mapping.
actor MappingPollers {
    private let service: LambdaService
    private let platform: Platform
    private var readers: [String: Task<Void, Never>] = [:]

    init(service: LambdaService, platform: Platform) { (self.service, self.platform) = (service, platform) }

    /// Takes up all mappings that are enabled.
    func start() async throws {
        let records = try await platform.store.read { try $0.all(MappingRecord.self, Key(.lambdaMapping)) }
        for record in records where record.isEnabled { begin(record) }
    }

    /// A mapping is new or has changed: its reader starts anew, when batches under way are done.
    func refresh(_ record: MappingRecord) {
        let before = end(record.uuid)
        if record.isEnabled { begin(record, after: before) }
    }

    /// Ends a reader; batches under way are finished.
    @discardableResult
    func end(_ uuid: String) -> Task<Void, Never>? {
        let reader = readers.removeValue(forKey: uuid)
        reader?.cancel()
        return reader
    }

    /// Tells all readers to end.
    func cancel() { for reader in readers.values { reader.cancel() } }

    func stop() async {
        cancel()
        for reader in readers.values { await reader.value }
        readers = [:]
    }

    private func begin(_ record: MappingRecord, after before: Task<Void, Never>? = nil) {
        let consumer = MappingConsumer(service: service, platform: platform, mapping: record)
        readers[record.uuid] = Task { [platform] in
            await before?.value
            guard let settings = await consumer.settings() else { return }
            await SourceReader(settings, for: consumer, named: record.uuid, on: platform).run()
        }
    }
}
