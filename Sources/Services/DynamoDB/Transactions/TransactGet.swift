import Documents
import Kernel
import Store

/// One read of a transaction.
struct TransactionRead: Sendable {
    var name: TableName
    var key: Attributes
    var projection: Projection?
}

extension DynamoDBService {
    /// TransactGetItems: all items as they are at one moment.
    func transactGet(_ input: Document, _ context: Context) async throws -> Document {
        var reads: [TransactionRead] = []
        for item in input["TransactItems"]?.list ?? [] {
            let get = item["Get"] ?? [:]
            reads.append(
                TransactionRead(
                    name: try TableName(in: get, context), key: try Attributes(get["Key"]?.members ?? [:]),
                    projection: try projection(get, isPart: true)))
        }
        let (items, used) = try await run(reads, context)
        var output: Members = [
            // What a projection leaves nothing of has no item.
            "Responses": .list(items.map { item in item.flatMap { $0.isEmpty ? nil : ["Item": $0.document] } ?? [:] })
        ]
        output["ConsumedCapacity"] = Consumption.documents(used, for: input, splits: true)
        return .map(output)
    }

    /// Reads items on one snapshot.
    /// - Throws: the cancellation with a reason for each read in order, if any of them fails.
    func run(_ reads: [TransactionRead], _ context: Context) async throws -> ([Attributes?], [Consumption]) {
        let (tables, meter, now) = (tables, meter, context.now)
        let (rows, used) = try await context.store.read { snapshot in
            var (rows, seen, bytes): ([[UInt8]?], Set<PlacedKey>, Int) = ([], [], 0)
            var (used, reasons): (ConsumptionByTable, [DynamoDBFault.CancellationReason]) = (ConsumptionByTable(), [])
            for read in reads {
                let table = try tables.table(read.name, in: snapshot, for: context)
                if table.global?.isStrong == true { throw StrongConsistency.noTransactions }
                do {
                    let key = try table.key(read.key)
                    guard seen.insert(PlacedKey(storage: table.storage, key: key)).inserted else {
                        throw TransactionLimit.twice
                    }
                    try meter.admit(table, isWrite: false, at: now)
                    let row = try snapshot.value(key.row(under: TableKey.items(table.storage)))
                    let size = try row.map { try ItemCoding.size($0) } ?? 0
                    bytes += size
                    guard bytes <= TransactionLimit.bytes else { throw TransactionLimit.tooLarge }
                    used.add(reads: Capacity.reads(size, isConsistent: true), table)
                    rows.append(try row.map { try table.open($0) })
                    reasons.append(DynamoDBFault.CancellationReason(code: "None"))
                } catch let fault as DynamoDBFault {
                    if fault == TransactionLimit.twice || fault == TransactionLimit.tooLarge { throw fault }
                    reasons.append(fault.cancellationReason)
                }
            }
            guard reasons.allSatisfy({ $0.code == "None" }) else { throw DynamoDBFault.transactionCancelled(reasons) }
            return (rows, used.all)
        }
        meter.charge(used, at: now)
        let items = try zip(rows, reads).map { row, read -> Attributes? in
            guard let item = try row.map({ try ItemCoding.decode($0) }) else { return nil }
            return read.projection?.apply(to: item) ?? item
        }
        return (items, used)
    }
}
