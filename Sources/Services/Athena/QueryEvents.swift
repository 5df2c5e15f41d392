import Documents
import Kernel
import Store

/// "Athena Query State Change" on the default event bus
/// (https://docs.aws.amazon.com/athena/latest/ug/athena-events.html).
extension Transaction {
    func announce(_ query: QueryRecord, from previous: QueryRecord.State?, _ place: Place, on platform: Platform) throws {
        let number =
            switch query.state {
            case .queued: "1"
            case .running: "2"
            default: "3"
            }
        var detail: Members = ["versionId": "0", "currentState": .string(query.state.rawValue)]
        if let previous { detail["previousState"] = .string(previous.rawValue) }
        if let type = query.statement { detail["statementType"] = .string(type) }
        detail["queryExecutionId"] = .string(query.id)
        detail["workgroupName"] = .string(query.workGroup)
        detail["sequenceNumber"] = .string(number)
        try announce(
            ServiceEvent(
                account: place.account, region: place.region, source: "aws.athena", detailType: "Athena Query State Change",
                detail: .map(detail), time: platform.clock.now()), on: platform)
    }
}
