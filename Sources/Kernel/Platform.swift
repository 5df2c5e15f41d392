import Documents
import Logging
import Model
import Store
import Synchronization

/// One running Tarn: the store, the clock, the services and what joins them. Passed to whoever needs it; there are no
/// globals.
public final class Platform: Sendable {
    public let configuration: Configuration
    public let clock: PlatformClock
    public let store: any KeyValueStore
    /// Object bytes that are too large for the store.
    public let blobs: BlobStore
    /// Append-only logs.
    public let logs: LogStore
    public let models: Models
    public let identity: any IdentityProvider
    /// Derives the keys under which secrets rest in the store.
    public let rootKey: RootKey
    public let log: Logger
    /// What was asked of this platform, and by whom.
    public let audit: AuditTrail
    /// When each access key and role was last used.
    public let keyUses: KeyUses
    /// Why calls were refused, and of late why they were allowed.
    public let decisions: DecisionLog
    /// Who waits for what services tell of themselves on the default event buses.
    public let eventInterest = EventInterest()
    /// What is used of resources that scale by themselves.
    public let usage = UsageMeter()
    /// Wakes readers of streams when there is something new to read.
    public let changes = ChangeFeed()

    public let services: [String: any Service]
    public let operations: [String: Operations]
    let actions: [String: ActionMap]

    /// The durable timers' runner.
    public var timers: TimerRunner { runners.timers }
    /// The outbox's runner.
    public var outbox: OutboxRunner { runners.outbox }

    private let runners = Runners()
    let policyCache = PolicyCache()
    let address = Mutex<String?>(nil)

    public init(
        configuration: Configuration, clock: PlatformClock, store: any KeyValueStore, blobs: BlobStore, logs: LogStore,
        models: Models, identity: any IdentityProvider, rootKey: RootKey, services: [any Service], log: Logger
    ) {
        self.configuration = configuration
        self.clock = clock
        self.store = store
        self.blobs = blobs
        self.logs = logs
        self.models = models
        self.identity = identity
        self.rootKey = rootKey
        self.log = log
        let writer = AuditWriter(store: store, logs: logs, clock: clock)
        audit = AuditTrail(writer: writer, logger: log)
        keyUses = KeyUses(store: store, log: log)
        decisions = DecisionLog(logs: logs, logger: log)
        var byID: [String: any Service] = [:]
        var tables: [String: Operations] = [:]
        var actions: [String: ActionMap] = [:]
        for service in services {
            let id = type(of: service).id
            var table = Operations()
            service.register(in: &table)
            byID[id] = service
            tables[id] = table
            actions[id] = service.actions
        }
        self.services = byID
        operations = tables
        self.actions = actions
        runners.connect(to: self)
        writer.connect(to: self)
    }
}
