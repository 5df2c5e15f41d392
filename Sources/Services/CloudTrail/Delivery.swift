import Compression
import Documents
import Kernel
import Logging
import Store

/// Every five minutes of the platform's clock a trail delivers what was logged for it since, exactly that and in order.
///
/// A file is written first and the progress after it, so a crash in between repeats a file under another name; nothing is
/// left out. What can't be delivered stays for the next time.
extension CloudTrailService {
    func deliver(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let trail = try await trail(of: timer, platform) else { return }
        try await deliverAll(trail, platform)
        guard trail.isLogging else { return }
        let next = Self.timer("deliver", trail.arn, due: platform.clock.now() + TrailLimit.deliveryInterval)
        try await platform.store.write { try $0.schedule(next, on: platform) }
    }

    func trail(of timer: TimerRecord, _ platform: Platform) async throws -> TrailRecord? {
        guard let arn = timer.payload["trail"]?.string, let key = TrailRecord.key(arn: arn) else { return nil }
        return try await platform.store.read { try $0.record(TrailRecord.self, key) }
    }

    /// Delivers everything that was logged up to now to every place the trail has.
    func deliverAll(_ trail: TrailRecord, _ platform: Platform) async throws {
        await platform.audit.flush()
        for (account, region) in try await Self.sources(of: trail, platform) {
            try await deliver(trail, account, region, to: .bucket, platform)
            if trail.logGroup != nil { try await deliver(trail, account, region, to: .logs, platform) }
        }
        try await trimData(of: trail, platform)
    }

    /// The histories that a trail reads.
    static func sources(of trail: TrailRecord, _ platform: Platform) async throws -> [(account: String, region: String)] {
        let history = AuditHistory(platform)
        var accounts = [trail.account]
        if let organization = trail.organization {
            for account in try await history.accounts() where account != trail.account {
                if try await platform.identity.organization(of: account).id == organization { accounts.append(account) }
            }
        }
        var sources: [(account: String, region: String)] = []
        for account in accounts {
            let regions = trail.isMultiRegion ? try await history.regions(of: account) : [trail.homeRegion]
            sources += regions.map { (account, $0) }
        }
        return sources
    }

    private func deliver(
        _ trail: TrailRecord, _ account: String, _ region: String, to sink: TrailProgress.Sink, _ platform: Platform
    ) async throws {
        let history = AuditHistory(platform)
        let key = TrailProgress.key(trail.arn, sink, account, region)
        var progress =
            try await platform.store.read { try $0.record(TrailProgress.self, key) } ?? TrailProgress(number: 1, offset: 0)
        // Only what is there now: the delivery's own calls are for the next one.
        let lastNumber = try await history.nextNumber(account, region)
        let lastOffset = try await history.nextOffset(account, region)
        while progress.number < lastNumber || progress.offset < lastOffset {
            var events: [AuditEntry] = []
            var next = progress
            var size = 0
            while next.number < lastNumber, size < TrailLimit.fileBytes {
                let limit = Int(min(Int64(TrailLimit.read), lastNumber - next.number))
                let page = try await history.management(account, region, from: next.number, limit: limit)
                guard let last = page.last?.number, last < lastNumber else {
                    next.number = lastNumber
                    break
                }
                next.number = last + 1
                for (_, entry) in page where entry.trails.contains(trail.arn) {
                    events.append(entry)
                    size += entry.event.count
                }
            }
            while next.offset < lastOffset, size < TrailLimit.fileBytes {
                let limit = Int(min(Int64(TrailLimit.read), lastOffset - next.offset))
                let page = try await history.data(account, region, from: next.offset, limit: limit, size: TrailLimit.fileBytes)
                guard page.next > next.offset else { break }
                next.offset = page.next
                for entry in page.entries where entry.trails.contains(trail.arn) {
                    events.append(entry)
                    size += entry.event.count
                }
            }
            guard next != progress else { return }
            events.sort { $0.time < $1.time }
            let isDone = try await put(events, trail, account, region, to: sink, progress: next, at: key, platform)
            guard isDone else { return }
            progress = next
        }
    }

    /// - Returns: false when the destination did not take them.
    private func put(
        _ events: [AuditEntry], _ trail: TrailRecord, _ account: String, _ region: String, to sink: TrailProgress.Sink,
        progress: TrailProgress, at key: Key, _ platform: Platform
    ) async throws -> Bool {
        let now = platform.clock.now()
        var file: DigestChain.File?
        if !events.isEmpty {
            do {
                switch sink {
                case .bucket: file = try await putFile(events, trail, account, region, platform)
                case .logs: try await TrailLogs(trail, platform).put(events, account: account, region: region)
                }
            } catch let error as any Fault where error.wire.code != AWSError.internalFailure.code {
                platform.log.warning(
                    "trail cannot deliver", metadata: ["trail": "\(trail.arn)", "error": "\(error.wire.message)"])
                try await note(trail, platform) { status in
                    switch sink {
                    case .bucket: (status.attempted, status.deliveryError) = (now, error.wire.code)
                    case .logs: status.logsError = error.wire.code
                    }
                }
                return false
            }
        }
        let (written, hasEvents) = (file, !events.isEmpty)
        try await platform.store.write { transaction in
            // Deleted meanwhile: then nothing of it stays.
            guard let present = try transaction.record(TrailRecord.self, trail.key) else { return }
            try transaction.put(key, progress)
            if present.validates, let written {
                try transaction.changeChain(trail.arn, account, region) { $0.files.append(written) }
            }
            guard hasEvents else { return }
            try transaction.changeStatus(trail.arn) { status in
                switch sink {
                case .bucket: (status.delivered, status.attempted, status.deliveryError) = (now, now, nil)
                case .logs: (status.logsDelivered, status.logsError) = (now, nil)
                }
            }
        }
        if let written { try await announce(written, of: trail, platform) }
        return true
    }

    private func putFile(
        _ events: [AuditEntry], _ trail: TrailRecord, _ account: String, _ region: String, _ platform: Platform
    ) async throws -> DigestChain.File {
        let document = TrailFile.document(events)
        let key = TrailFile.logKey(trail, account, region, at: platform.clock.now())
        try await TrailFile.put(try Gzip.compress(document), key: key, of: trail, on: platform)
        return DigestChain.File(
            bucket: trail.bucket, key: key, hash: TrailFile.hash(document),
            oldest: events.first?.time ?? platform.clock.now(), newest: events.last?.time ?? platform.clock.now())
    }

    func note(_ trail: TrailRecord, _ platform: Platform, _ change: @escaping @Sendable (inout TrailStatus) -> Void) async throws
    {
        try await platform.store.write { transaction in
            guard try transaction.contains(trail.key) else { return }
            try transaction.changeStatus(trail.arn, change)
        }
    }

    /// Data events stay until every trail that reads them has delivered them.
    private func trimData(of trail: TrailRecord, _ platform: Platform) async throws {
        let history = AuditHistory(platform)
        for (account, region) in try await Self.sources(of: trail, platform) {
            let needed = try await platform.store.read { snapshot in
                var needed = Int64.max
                try snapshot.records(TrailRecord.self, Key(.trail)) { _, other in
                    guard other.isLogging || other.arn == trail.arn else { return true }
                    guard other.account == account || other.isOrganization,
                        other.isMultiRegion || other.homeRegion == region
                    else { return true }
                    for sink in TrailProgress.Sink.allCases where sink == .bucket || other.logGroup != nil {
                        let key = TrailProgress.key(other.arn, sink, account, region)
                        needed = min(needed, try snapshot.record(TrailProgress.self, key)?.offset ?? 0)
                    }
                    return true
                }
                return needed
            }
            if needed > 0, needed < .max { try await history.trimData(account, region, before: needed) }
        }
    }
}

extension Transaction {
    func changeStatus(_ arn: String, _ change: (inout TrailStatus) -> Void) throws {
        var status = try record(TrailStatus.self, TrailStatus.key(arn)) ?? TrailStatus()
        change(&status)
        try put(TrailStatus.key(arn), status)
    }
}
