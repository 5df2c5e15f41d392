import Crypto
import Documents
import Kernel
import Store

extension DynamoDBService {
    /// TransactWriteItems
    func transactWrite(_ input: Document, _ context: Context) async throws -> Document {
        var writes: [TransactionWrite] = []
        for item in input["TransactItems"]?.list ?? [] { writes.append(try transactionWrite(item, context)) }
        let used = try await run(writes, token: input["ClientRequestToken"]?.string, request: input["TransactItems"], context)
        var output: Members = [:]
        output["ConsumedCapacity"] = Consumption.documents(used, for: input, splits: true)
        if input.asksForCollections { output["ItemCollectionMetrics"] = try await collections(writes, context) }
        return .map(output)
    }

    /// After the writes: how large their collections are by now.
    private func collections(_ writes: [TransactionWrite], _ context: Context) async throws -> Document? {
        let tables = tables
        return try await context.store.read { snapshot in
            var collections = ItemCollection.PerTable()
            for write in writes {
                let table = try tables.table(write.name, in: snapshot, for: context)
                try collections.add([write.request], of: table, as: table.name, in: snapshot)
            }
            return collections.document
        }
    }

    private func transactionWrite(_ item: Document, _ context: Context) throws(DynamoDBFault) -> TransactionWrite {
        let parts = ["ConditionCheck", "Put", "Delete", "Update"].compactMap { name in item[name].map { (name, $0) } }
        guard parts.count == 1, let (kind, part) = parts.first else {
            throw .validation("TransactItems can only contain one of Check, Put, Update or Delete")
        }
        let request: WriteRequest =
            switch kind {
            case "Put": try putRequest(part, isPart: true)
            case "Update": try updateRequest(part, isPart: true)
            default: try deleteRequest(part, isCheck: kind == "ConditionCheck", isPart: true)
            }
        return TransactionWrite(name: try TableName(in: part, context), request: request)
    }

    /// Carries out writes all together or not at all.
    /// - Parameters:
    ///   - token: the client's; the same request with the same token is carried out once.
    ///   - request: what tells one request from another.
    /// - Returns: what was used of each table. For a request that was carried out before, that is reads.
    func run(
        _ writes: [TransactionWrite], token: String?, request: Document?, _ context: Context
    ) async throws -> [Consumption] {
        let (tables, meter, dues, platform, now) = (tables, meter, tokenDues, context.platform, context.now)
        let key = token.map { RequestToken.key(context.account, context.region, $0) }
        let fingerprint = key == nil ? [] : Array(SHA256.hash(data: CBOR.write(request ?? .null)))
        let used = try await platform.store.write { transaction in
            // Within the transaction, so that history and stream records stand in the order of the changes.
            let now = platform.clock.now()
            if let key, try RequestToken.isRepeated(key, fingerprint, at: now, in: transaction) {
                return try TransactionWrite.repeated(writes, tables, in: transaction, context)
            }
            let outcome = try TransactionWrite.run(writes, tables, meter, in: transaction, context, now)
            if let key { try RequestToken.keep(key, fingerprint, at: now, in: transaction, dues) }
            return outcome
        }
        meter.charge(used, at: now)
        return used
    }
}

/// One write of a transaction.
struct TransactionWrite: Sendable {
    var name: TableName
    var request: WriteRequest
    /// Of PartiQL: its one refusal is told its own way.
    var isInsert = false
    /// Of PartiQL: of several wrong keys each is told of.
    var isStatement = false

    /// - Throws: the cancellation with a reason for each write in order, if any of them fails.
    static func run(
        _ writes: [TransactionWrite], _ tables: TableCache, _ meter: CapacityMeter, in transaction: any Transaction,
        _ context: Context, _ now: Timestamp
    ) throws -> [Consumption] {
        let places = try placed(writes, tables, in: transaction, context, now)
        var seen: Set<PlacedKey> = []
        var bytes = 0
        for place in places {
            guard seen.insert(PlacedKey(storage: place.target.writer.table.storage, key: place.key)).inserted else {
                throw TransactionLimit.twice
            }
            if case .put(let item) = place.write.request.action { bytes += item.itemSize }
            guard bytes <= TransactionLimit.bytes else { throw TransactionLimit.tooLarge }
        }
        var (used, reasons): (ConsumptionByTable, [DynamoDBFault.CancellationReason]) = (ConsumptionByTable(), [])
        bytes = 0
        for place in places {
            do {
                try meter.admit(place.target.writer.table, isWrite: true, at: now)
                let outcome = try place.write.request.run(in: place.target.writer, at: place.key, wantsOld: false)
                bytes += outcome.size
                used.add(outcome, place.target.writer.table)
                reasons.append(DynamoDBFault.CancellationReason(code: "None"))
            } catch let fault as DynamoDBFault {
                if place.write.isInsert, case .conditionFailed = fault {
                    reasons.append(DynamoDBFault.duplicateItem.cancellationReason)
                } else {
                    reasons.append(fault.cancellationReason)
                }
            }
        }
        guard reasons.allSatisfy({ $0.code == "None" }) else { throw DynamoDBFault.transactionCancelled(reasons) }
        guard bytes <= TransactionLimit.bytes else { throw TransactionLimit.tooLarge }
        return used.all
    }

    /// The table of some writes. A class: a table's record is costly to copy.
    private final class Target {
        let writer: ItemWriter
        init(_ writer: ItemWriter) { self.writer = writer }
    }

    /// A write with its table and its item's key.
    private struct Placed {
        let write: TransactionWrite
        let target: Target
        let key: ItemKey
    }

    /// Every write's key is looked at before anything else. An empty one fails the whole request; the first that does not
    /// fit its table cancels it alone; of statements, all do.
    private static func placed(
        _ writes: [TransactionWrite], _ tables: TableCache, in transaction: any Transaction, _ context: Context,
        _ now: Timestamp
    ) throws -> [Placed] {
        var targets: [TableName: Target] = [:]
        var places: [Placed] = []
        var wrong: [(place: Int, fault: DynamoDBFault)] = []
        for (place, write) in writes.enumerated() {
            let target: Target
            if let known = targets[write.name] {
                target = known
            } else {
                let table = try tables.table(write.name, in: transaction, for: context)
                if table.global?.isStrong == true { throw StrongConsistency.noTransactions }
                target = Target(ItemWriter(transaction: transaction, table: table, platform: context.platform, now: now))
                targets[write.name] = target
            }
            do throws(DynamoDBFault) {
                let key = try target.writer.table.key(of: write.request)
                places.append(Placed(write: write, target: target, key: key))
            } catch {
                if case .emptyKey = error { throw error }
                if wrong.isEmpty || write.isStatement { wrong.append((place, error)) }
                continue
            }
            guard case .put(let item) = write.request.action else { continue }
            do throws(DynamoDBFault) { try target.writer.table.checkIndexKeys(item) } catch {
                // Any other fault of an index's key is found again, as a reason of its own.
                if case .emptyIndexKey = error { throw error }
            }
        }
        guard !wrong.isEmpty else { return places }
        var reasons = writes.map { _ in DynamoDBFault.CancellationReason(code: "None") }
        for each in wrong { reasons[each.place] = each.fault.cancellationReason }
        throw DynamoDBFault.transactionCancelled(reasons)
    }

    /// What the answer to a request that was carried out before costs: reading its items.
    static func repeated(
        _ writes: [TransactionWrite], _ tables: TableCache, in snapshot: any Snapshot, _ context: Context
    ) throws -> [Consumption] {
        var used = ConsumptionByTable()
        for write in writes {
            let table = try tables.table(write.name, in: snapshot, for: context)
            let row = try snapshot.value(try table.key(of: write.request).row(under: TableKey.items(table.storage)))
            used.add(reads: Capacity.reads(try row.map { try ItemCoding.size($0) } ?? 0, isConsistent: true), table)
        }
        return used.all
    }
}

/// An item's key within all tables.
struct PlacedKey: Hashable {
    var storage: String
    var key: ItemKey
}

/// What a transaction used, table by table, in the order they came up.
struct ConsumptionByTable {
    private(set) var all: [Consumption] = []
    private var places: [String: Int] = [:]

    mutating func add(_ outcome: WriteRequest.Outcome, _ table: TableRecord) {
        all[place(table)].add(outcome, times: TransactionLimit.factor)
    }

    mutating func add(reads: Double, _ table: TableRecord) { all[place(table)].own.reads += reads * TransactionLimit.factor }

    private mutating func place(_ table: TableRecord) -> Int {
        if let place = places[table.storage] { return place }
        all.append(Consumption(table))
        places[table.storage] = all.count - 1
        return all.count - 1
    }
}

extension DynamoDBFault {
    /// Why a write stopped its transaction
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html, "Errors").
    var cancellationReason: CancellationReason {
        switch self {
        case .conditionFailed(let item):
            CancellationReason(code: "ConditionalCheckFailed", message: message, item: item)
        case .duplicateItem: CancellationReason(code: "DuplicateItem", message: message)
        case .throughputExceeded(let excess):
            CancellationReason(code: excess.isOnDemand ? "ThrottlingError" : "ProvisionedThroughputExceeded", message: message)
        default: CancellationReason(code: "ValidationError", message: message)
        }
    }
}
