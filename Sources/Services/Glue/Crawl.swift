import Documents
import Kernel
import SQLEngine

/// One run of a crawler: finds the tables under its targets and writes them to the catalog, as its role.
struct Crawl: Sendable {
    let record: CrawlerRecord
    let catalog: Catalog
    let platform: Platform
    let engine: any SQLRunning
    let log: CrawlLog

    /// - Returns: how many tables were made, changed and removed.
    func run() async throws -> CrawlerRecord.Counts {
        let session: CrawlerRole.Session
        do {
            session = try await CrawlerRole.assume(record.role, catalog, crawler: record.name, platform)
        } catch is AWSError { throw CrawlerRole.refusal }
        log.speak(as: session.caller)
        let access = access(session.keys)
        guard let configuration = record.configuration else { throw GlueFault.invalid("Invalid crawler configuration.") }
        var found: [InferredTable] = []
        for target in record.targets {
            let rules = configuration.rules(exclusions: (target["Exclusions"]?.list ?? []).compactMap(\.string))
            let location = Crawlers.location(target["Path"]?.string ?? "")
            found += try await engine.infer(location, rules, access: access, on: platform)
        }
        try Task.checkCancellation()
        if let threshold = configuration.tableThreshold, found.count > threshold {
            log.write(.info, "Table Threshold value = \(threshold), Tables detected - \(found.count)")
            throw GlueFault.invalid(
                "The number of tables detected by crawler: \(found.count) is greater than the table threshold value provided: "
                    + "\(threshold). Failing crawler without writing to Data Catalog.")
        }
        log.write(.benchmark, "Classification complete, writing results to database \(record.database)")
        log.write(
            .info,
            "Crawler configured with SchemaChangePolicy {\"UpdateBehavior\":\"\(record.updateBehavior)\","
                + "\"DeleteBehavior\":\"\(record.deleteBehavior)\"}.")
        let writer = CrawlWriter(
            record: record, configuration: configuration, catalog: catalog, platform: platform, caller: session.caller, log: log)
        let counts = try await writer.write(found)
        log.write(.benchmark, "Finished writing to Catalog")
        return counts
    }

    private func access(_ keys: Credentials) -> SQLAccess {
        let isSecure = platform.endpoint.hasPrefix("https://")
        let host = platform.endpoint.dropFirst(isSecure ? 8 : 7).prefix { $0 != "/" }
        return SQLAccess(
            endpoint: String(host), region: catalog.region, accessKey: keys.accessKeyID, secretKey: keys.secretAccessKey,
            sessionToken: keys.sessionToken, useSSL: isSecure)
    }
}

/// Brings the catalog up to what a crawl found. Each step bears repetition, as a crawl may run twice.
struct CrawlWriter: Sendable {
    let record: CrawlerRecord
    let configuration: CrawlerConfiguration
    let catalog: Catalog
    let platform: Platform
    let caller: Caller
    let log: CrawlLog

    func write(_ found: [InferredTable]) async throws -> CrawlerRecord.Counts {
        try await requireDatabase()
        var counts = CrawlerRecord.Counts()
        let before = try await tables()
        var names: Set<String> = []
        for table in found {
            try Task.checkCancellation()
            let wanted = record.tablePrefix + table.name
            var name = wanted
            // Another folder's table of this name keeps it.
            if names.contains(name) || before[name].map({ !isOurs($0, table.location) }) ?? false {
                name = wanted + "_" + CrawledTable.hash(table.location)
            }
            names.insert(name)
            if let old = before[name] {
                if !record.crawlsNewFoldersOnly, try await update(old, table, name) {
                    log.write(.info, "Updated table \(name) in database \(record.database)")
                    counts.updated += 1
                }
            } else {
                let input = CrawledTable.input(table, name: name, crawler: record.name)
                try await call("CreateTable", ["DatabaseName": .string(record.database), "TableInput": input])
                log.write(.info, "Created table \(name) in database \(record.database)")
                counts.created += 1
            }
            try await writePartitions(table, name, isNew: before[name] == nil, &counts)
        }
        for (name, table) in before where !names.contains(name) && !record.crawlsNewFoldersOnly {
            guard table["Parameters"]?["UPDATED_BY_CRAWLER"]?.string == record.name else { continue }
            if try await retire(name, table) { counts.deleted += 1 }
        }
        return counts
    }

    @discardableResult
    private func call(_ operation: String, _ input: Document) async throws -> Document {
        try await platform.call(Call(GlueService.id, operation, input, caller: caller, region: catalog.region)).output
    }

    private func requireDatabase() async throws {
        do {
            try await call("GetDatabase", ["Name": .string(record.database)])
        } catch let error as AWSError where error.code == "EntityNotFoundException" {
            try await call("CreateDatabase", ["DatabaseInput": ["Name": .string(record.database)]])
        }
    }

    private func tables() async throws -> [String: Document] {
        var all: [String: Document] = [:]
        var token: Document?
        repeat {
            var input: Members = ["DatabaseName": .string(record.database)]
            input["NextToken"] = token
            let page = try await call("GetTables", .map(input))
            for table in page["TableList"]?.list ?? [] { all[table["Name"]?.string ?? ""] = table }
            token = page["NextToken"]
        } while token != nil
        return all
    }

    private func isOurs(_ table: Document, _ location: String) -> Bool {
        func folder(_ text: String) -> String { text.hasSuffix("/") ? text : text + "/" }
        return folder(table["StorageDescriptor"]?["Location"]?.string ?? "") == folder(location)
    }

    /// - Returns: whether anything but the counts has changed.
    private func update(_ old: Document, _ found: InferredTable, _ name: String) async throws -> Bool {
        let new = CrawledTable.merged(
            old, found, crawler: record.name, updatesSchema: record.updateBehavior == "UPDATE_IN_DATABASE",
            keepsColumns: configuration.keepsColumns)
        let isChanged = new["StorageDescriptor"] != old["StorageDescriptor"]
        guard isChanged || new["Parameters"] != old["Parameters"] else { return false }
        try await call(
            "UpdateTable",
            ["DatabaseName": .string(record.database), "TableInput": new, "SkipArchive": .bool(!isChanged)])
        return isChanged
    }

    private func writePartitions(
        _ table: InferredTable, _ name: String, isNew: Bool, _ counts: inout CrawlerRecord.Counts
    ) async throws {
        guard !table.partitionKeys.isEmpty else { return }
        let place: Members = ["DatabaseName": .string(record.database), "TableName": .string(name)]
        let old = isNew ? [] : try await partitionValues(place)
        let known = Set(old)
        let fresh = table.partitions.filter { !known.contains($0.values) }
        counts.partitionsCreated = (counts.partitionsCreated ?? 0) + fresh.count
        let inherited = configuration.inheritsFromTable ? try await self.table(name) : nil
        for start in stride(from: 0, to: fresh.count, by: GlueLimit.batchCreate) {
            try Task.checkCancellation()
            let batch = fresh[start..<min(start + GlueLimit.batchCreate, fresh.count)]
            var input = place
            input["PartitionInputList"] = .list(
                batch.map { CrawledTable.partition($0, of: table, crawler: record.name, inherited: inherited) })
            try refuseErrors(try await call("BatchCreatePartition", .map(input)))
            let values = batch.map { "[\($0.values.joined(separator: ", "))]" }.joined(separator: ", ")
            log.write(.info, "Created partitions with values [\(values)] for table \(name) in database \(record.database)")
        }
        if let inherited, !record.crawlsNewFoldersOnly {
            let present = table.partitions.filter { known.contains($0.values) }
            counts.partitionsUpdated = (counts.partitionsUpdated ?? 0) + present.count
            try await inherit(inherited, present, of: table, place)
        }
        guard record.deleteBehavior == "DELETE_FROM_DATABASE" else { return }
        let present = Set(table.partitions.map(\.values))
        let gone = old.filter { !present.contains($0) }
        counts.partitionsDeleted = (counts.partitionsDeleted ?? 0) + gone.count
        for start in stride(from: 0, to: gone.count, by: GlueLimit.batchDelete) {
            let batch = gone[start..<min(start + GlueLimit.batchDelete, gone.count)]
            var input = place
            input["PartitionsToDelete"] = .list(batch.map { ["Values": .list($0.map { .string($0) })] })
            try await call("BatchDeletePartition", .map(input))
        }
    }

    private func table(_ name: String) async throws -> Document? {
        try await call("GetTable", ["DatabaseName": .string(record.database), "Name": .string(name)])["Table"]
    }

    /// Brings partitions that are there to their table's columns and format.
    private func inherit(
        _ inherited: Document, _ partitions: [InferredTable.Partition], of table: InferredTable, _ place: Members
    ) async throws {
        for start in stride(from: 0, to: partitions.count, by: GlueLimit.batchUpdate) {
            try Task.checkCancellation()
            let batch = partitions[start..<min(start + GlueLimit.batchUpdate, partitions.count)]
            var input = place
            input["Entries"] = .list(
                batch.map { partition in
                    [
                        "PartitionValueList": .list(partition.values.map { .string($0) }),
                        "PartitionInput": CrawledTable.partition(
                            partition, of: table, crawler: record.name, inherited: inherited),
                    ]
                })
            try refuseErrors(try await call("BatchUpdatePartition", .map(input)))
        }
    }

    private func partitionValues(_ place: Members) async throws -> [[String]] {
        var all: [[String]] = []
        var token: Document?
        repeat {
            var input = place
            input["NextToken"] = token
            input["ExcludeColumnSchema"] = true
            let page = try await call("GetPartitions", .map(input))
            all += (page["Partitions"]?.list ?? []).map { ($0["Values"]?.list ?? []).compactMap(\.string) }
            token = page["NextToken"]
        } while token != nil
        return all
    }

    private func refuseErrors(_ output: Document) throws {
        for error in output["Errors"]?.list ?? [] {
            let code = error["ErrorDetail"]?["ErrorCode"]?.string ?? ""
            // Somebody else made it meanwhile.
            if code == "AlreadyExistsException" { continue }
            throw GlueFault.invalid(error["ErrorDetail"]?["ErrorMessage"]?.string ?? code)
        }
    }

    /// A table whose data is gone.
    private func retire(_ name: String, _ table: Document) async throws -> Bool {
        switch record.deleteBehavior {
        case "DELETE_FROM_DATABASE":
            try await call("DeleteTable", ["DatabaseName": .string(record.database), "Name": .string(name)])
            return true
        case "DEPRECATE_IN_DATABASE":
            guard table["Parameters"]?["DEPRECATED_BY_CRAWLER"] == nil else { return false }
            var input = CrawledTable.input(of: table)
            var parameters = input["Parameters"]?.members ?? [:]
            parameters["DEPRECATED_BY_CRAWLER"] = .string(String(platform.clock.now().milliseconds))
            input["Parameters"] = .map(parameters)
            try await call("UpdateTable", ["DatabaseName": .string(record.database), "TableInput": .map(input)])
            return false
        default: return false
        }
    }
}
