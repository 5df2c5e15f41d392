import Documents
import Kernel

/// What has been read of a shard and is not yet done: it waits in lanes, one for each batch that may run at once, and its
/// place in the shard is remembered, so that the checkpoint never passes a record that is not done.
///
/// Records of one key are always in the same lane.
actor ShardBuffer {
    private struct Waiting {
        var records: [(place: Int, record: SourceRecord)] = []
        var bytes = 0
        /// When the first of them was read.
        var since: Timestamp?
        /// What was done before a restart, ahead of the checkpoint.
        var doneBefore: String?
        var lastDone: String?
        var window: WindowFrame?
    }

    enum Next {
        case batch([(place: Int, record: SourceRecord)])
        case wait(until: Timestamp?)
        case end
    }

    private let settings: SourceSettings
    private let shard: String
    private let consumer: any BatchConsumer
    private var lanes: [Waiting]
    /// Sequence numbers of what is not yet behind the checkpoint, from the place `base` on; nil once done.
    private var open: [(sequence: String, isDone: Bool)] = []
    private var base = 0
    private var behind: String?
    private var isEnded = false
    private var lookedAt: Timestamp?
    private var saving: Task<Void, any Error>?
    nonisolated let room = Signal()
    nonisolated let signals: [Signal]

    init(_ settings: SourceSettings, shard: String, _ checkpoint: ShardCheckpoint?, consumer: any BatchConsumer) {
        (self.settings, self.shard, self.consumer) = (settings, shard, consumer)
        let count = max(1, settings.parallelization)
        var lanes = [Waiting](repeating: Waiting(), count: count)
        if let done = checkpoint?.lanes, done.count == count, count > 1 {
            for index in lanes.indices where !done[index].isEmpty {
                (lanes[index].doneBefore, lanes[index].lastDone) = (done[index], done[index])
            }
        }
        if let windows = checkpoint?.windows, windows.count == count {
            for index in lanes.indices { lanes[index].window = windows[index] }
        }
        self.lanes = lanes
        behind = checkpoint?.sequence
        signals = (0..<count).map { _ in Signal() }
    }

    /// How many records may be read now.
    var space: Int {
        let bytes = lanes.reduce(0) { $0 + $1.bytes }
        guard bytes < SourceLimit.waitingBytes else { return 0 }
        let most = max(SourceLimit.waitingRecords, 2 * settings.batchSize * lanes.count)
        return max(0, most - open.count)
    }

    /// Takes up what was read at `now`.
    func add(_ records: [SourceRecord], at now: Timestamp) async throws {
        var sortedOut: [Int] = []
        var woken: Set<Int> = []
        for record in records {
            let place = base + open.count
            open.append((record.id, false))
            let lane = lanes.count == 1 ? 0 : Self.lane(of: record.orderKey, among: lanes.count)
            if !record.isWanted || lanes[lane].doneBefore.map({ isUpTo(record.id, $0) }) ?? false {
                sortedOut.append(place)
                continue
            }
            if lanes[lane].records.isEmpty { lanes[lane].since = now }
            lanes[lane].records.append((place, record))
            lanes[lane].bytes += record.json.count + 1
            woken.insert(lane)
        }
        for lane in woken { signals[lane].raise() }
        if !sortedOut.isEmpty { try await finish(sortedOut) }
    }

    /// FNV-1a: the same key has the same lane after a restart too.
    private static func lane(of key: String, among count: Int) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(hash % UInt64(count))
    }

    /// The shard has been read to its end.
    func end() {
        isEnded = true
        for signal in signals { signal.raise() }
    }

    /// Nothing more was there at `now`.
    func isDry(at now: Timestamp) {
        lookedAt = now
        for (index, lane) in lanes.enumerated() where lane.window != nil { signals[index].raise() }
    }

    /// Whether all that came before `moment` has been read.
    func hasLooked(after moment: Timestamp) -> Bool { isEnded || lookedAt.map { $0 >= moment } ?? false }

    /// The next batch of a lane, if one is due; it is the lane's until ``finish(_:lane:)``.
    func next(_ lane: Int, at now: Timestamp) -> Next {
        let waiting = lanes[lane]
        guard let first = waiting.records.first, let since = waiting.since else { return isEnded ? .end : .wait(until: nil) }
        let due = since + .seconds(settings.windowSeconds)
        let isFull = waiting.records.count >= settings.batchSize || waiting.bytes >= SourceLimit.batchBytes
        guard isFull || isEnded || now >= due else { return .wait(until: due) }
        let frame = settings.frame(of: first.record)
        var count = 0
        var bytes = 0
        for (_, record) in waiting.records.prefix(settings.batchSize) {
            if count > 0, bytes + record.json.count + 1 > SourceLimit.batchBytes || settings.frame(of: record) != frame { break }
            count += 1
            bytes += record.json.count + 1
        }
        let batch = Array(waiting.records.prefix(count))
        lanes[lane].records.removeFirst(count)
        lanes[lane].bytes -= bytes
        if lanes[lane].records.isEmpty { lanes[lane].since = nil }
        return .batch(batch)
    }

    /// When the window of the lane's first waiting record begins; nil when none waits.
    func nextWindow(_ lane: Int) -> Timestamp? { lanes[lane].records.first.flatMap { settings.frame(of: $0.record) } }

    func window(_ lane: Int) -> WindowFrame? { lanes[lane].window }

    /// A lane's window has a new state, or is over.
    func keep(_ window: WindowFrame?, lane: Int) { lanes[lane].window = window }

    /// Saves the present state though no record was done.
    func save() async throws { try await keepCheckpoint() }

    /// These records are done with; the checkpoint follows.
    func finish(_ places: [Int], lane: Int? = nil) async throws {
        for place in places where place >= base {
            open[place - base].isDone = true
            if let lane { lanes[lane].lastDone = open[place - base].sequence }
        }
        let done = open.prefix { $0.isDone }.count
        if done > 0 {
            behind = open[done - 1].sequence
            open.removeFirst(done)
            base += done
            room.raise()
        }
        try await keepCheckpoint()
    }

    private func keepCheckpoint() async throws {
        var checkpoint = ShardCheckpoint(sequence: behind)
        if lanes.count > 1 { checkpoint.lanes = lanes.map { $0.lastDone ?? "" } }
        if settings.tumblingSeconds > 0 { checkpoint.windows = lanes.map(\.window) }
        let (before, consumer, shard, present) = (saving, consumer, shard, checkpoint)
        // One after the other, so that an older state never overwrites a newer one; and to the end, whoever is cancelled.
        let task = Task {
            // Whoever waited for the one before has seen its error.
            _ = await before?.result
            try await consumer.save(present, shard: shard)
        }
        saving = task
        try await task.value
    }
}

extension SourceSettings {
    /// When the tumbling window of a record begins; nil without windows.
    func frame(of record: SourceRecord) -> Timestamp? {
        guard tumblingSeconds > 0 else { return nil }
        let seconds = (record.arrived ?? created).seconds
        return Timestamp(seconds: seconds - seconds % Int64(tumblingSeconds))
    }
}
